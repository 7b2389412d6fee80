import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { freePort } from './victoria-metrics.js';

const FOLDER = new URL('recordings/', import.meta.url);

/** What was recorded on a cluster; see recordings/record.mjs. */
export type Recording = 'kubelet' | 'kube-state' | 'argocd';

/** How long it took to record. */
export const RECORDED_SECONDS = 360;

/**
 * Plays a recording: whoever asks gets the values of the step that it has come to, and at its end those of the last.
 * @param seconds from now to the end; fewer than RECORDED_SECONDS play it faster than it was
 * @returns the address, and what ends the server
 */
export async function serveRecording(
  name: Recording,
  seconds: number,
): Promise<{ address: string; close: () => void }> {
  const series = readFileSync(new URL(`${name}.txt`, FOLDER), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, labelled = '', values = ''] = /^(\S*\{.*\}) (.*)$/.exec(line) ?? [];
      return { labelled, values: values.split(' ') };
    });
  const steps = series[0]?.values.length ?? 0;
  const begun = Date.now();
  const now = (): string => {
    const step = Math.min(steps - 1, Math.floor(((Date.now() - begun) / 1000 / seconds) * steps));
    return series
      .filter(({ values }) => values[step] !== '-')
      .map(({ labelled, values }) => `${labelled} ${values[step] ?? ''}\n`)
      .join('');
  };
  const port = await freePort();
  const server = createServer((_, response) => response.end(now()));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { address: `127.0.0.1:${String(port)}`, close: () => server.close() };
}
