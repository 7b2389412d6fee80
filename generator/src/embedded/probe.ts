import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Probe } from './plan.js';

/** Asks once, as the kubelet does: a status from 200 to 399 in time is a success. Returns what is wrong, or undefined. */
export function ask({ path, port, timeoutSeconds }: Probe, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const headers = { 'user-agent': 'kube-probe' };
    // agent false: a connection of its own that ends with the answer, so that no probe keeps a draining server open
    const request = get({ host: '127.0.0.1', port, path, agent: false, headers, signal }, ({ statusCode = 0 }) => {
      done(statusCode >= 200 && statusCode < 400 ? undefined : `GET ${path} answers ${String(statusCode)}`);
    });
    const limit = setTimeout(() => {
      done(`GET ${path} does not answer within ${String(timeoutSeconds)} s`);
    }, timeoutSeconds * 1000);
    const done = (problem: string | undefined): void => {
      clearTimeout(limit);
      resolve(problem);
      request.destroy();
    };
    request.on('error', ({ message }) => {
      done(`GET ${path}: ${message}`);
    });
  });
}

/**
 * Asks again and again until aborted, and reports each time the answer turns: to success after `successThreshold` good
 * answers in a row, to failure after `failureThreshold` bad ones. The first report comes as soon as either is reached.
 */
export async function watch(
  probe: Probe,
  signal: AbortSignal,
  report: (problem: string | undefined) => void,
): Promise<void> {
  let reported: boolean | undefined;
  let last: boolean | undefined;
  let inARow = 0;
  await pause(probe.initialDelaySeconds, signal);
  while (!signal.aborted) {
    const problem = await ask(probe, signal);
    if (isAborted(signal)) return;
    const good = problem === undefined;
    inARow = good === last ? inARow + 1 : 1;
    last = good;
    if (good !== reported && inARow >= (good ? probe.successThreshold : probe.failureThreshold)) {
      reported = good;
      report(problem);
    }
    await pause(probe.periodSeconds, signal);
  }
}

/** Waits so many seconds, or until aborted. */
export async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
}

/** Resolves once aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}

/** A loop condition has told the compiler that the signal is not aborted, and it does not see that time passes. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
