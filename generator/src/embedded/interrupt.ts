/** How a run is told to end. */
export interface Stop {
  /** Aborted when the run should end: by the caller, by a signal, or by `now`. */
  readonly signal: AbortSignal;
  /** Aborted when a person will not wait for the end. */
  readonly hurry: AbortSignal;
  /** Ends the run from within. */
  now(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A terminal and npm both pass on one Ctrl-C, so a second signal counts only after this many milliseconds. */
const SECOND_AFTER = 1000;

/**
 * Runs `work` so that no signal ends this program before it has ended what it started: the first asks it to stop, a later
 * one to hurry. SIGHUP is a closed terminal.
 */
export async function interruptible<T>(outer: AbortSignal, work: (stop: Stop) => Promise<T>): Promise<T> {
  const inner = new AbortController();
  const hurry = new AbortController();
  let first: number | undefined;
  const onSignal = (): void => {
    first ??= Date.now();
    inner.abort();
    if (Date.now() - first > SECOND_AFTER) hurry.abort();
  };
  const streams = [process.stdout, process.stderr];
  for (const name of SIGNALS) process.on(name, onSignal);
  for (const stream of streams) stream.on('error', ignore);
  try {
    return await work({
      signal: AbortSignal.any([outer, inner.signal]),
      hurry: hurry.signal,
      now: () => {
        inner.abort();
      },
    });
  } finally {
    for (const name of SIGNALS) process.removeListener(name, onSignal);
    for (const stream of streams) stream.removeListener('error', ignore);
  }
}

/** A terminal that was closed takes no more words, which must not end this program before it has ended the others. */
function ignore(): void {
  // there is nobody left to tell
}
