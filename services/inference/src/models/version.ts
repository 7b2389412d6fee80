/** Orders versions (`v1.10.0`, `2`) by their numbers, the newest first. */
export function newestFirst(a: string, b: string): number {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  for (const i of [0, 1, 2]) {
    const difference = (right[i] ?? 0) - (left[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const numbersOf = (version: string) => version.replace('v', '').split('.').map(Number);
