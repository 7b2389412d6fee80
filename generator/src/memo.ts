/** So many texts are kept at most, for a process that goes on for long. */
const MOST = 10_000;

/** A function of a text that keeps what it gave: environments share most of their keys and values. */
export function memoized<T extends object | string>(make: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const made = make(text);
    if (known.size < MOST) known.set(text, made);
    return made;
  };
}

/** A function of an object that keeps what it gave as long as the object is there, which nobody may change. */
export function memoizedByObject<K extends object, T extends object>(make: (key: K) => T): (key: K) => T {
  const known = new WeakMap<K, T>();
  return (key) => {
    const made = known.get(key) ?? make(key);
    known.set(key, made);
    return made;
  };
}
