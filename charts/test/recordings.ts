import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { freePort } from './victoria-metrics.js';

const FOLDER = new URL('recordings/', import.meta.url);
/** Seconds between two values; see recordings/record.mjs. */
const STEP = 10;

/** What was recorded on a cluster. */
export type Recording = 'kubelet' | 'kube-state' | 'argocd';

/**
 * Serves a recording as if it ended at a time: each value with the time at which it would have been there.
 * @param ended Unix time in milliseconds
 * @returns the address, and what ends the server
 */
export async function serveRecording(name: Recording, ended: number): Promise<{ address: string; close: () => void }> {
  const series = readFileSync(new URL(`${name}.txt`, FOLDER), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, labelled = '', values = ''] = /^(\S*\{.*\}) (.*)$/.exec(line) ?? [];
      return { labelled, values: values.split(' ') };
    });
  const text = series.flatMap(({ labelled, values }) =>
    values.flatMap((value, step) => {
      const time = ended - (values.length - 1 - step) * STEP * 1000;
      return value === '-' ? [] : [`${labelled} ${value} ${String(time)}`];
    }),
  );
  const port = await freePort();
  const server = createServer((_, response) => response.end(`${text.join('\n')}\n`));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { address: `127.0.0.1:${String(port)}`, close: () => server.close() };
}
