import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  WAIT,
  dropNamespaces,
  eventually,
  expectReady,
  forward,
  leftovers,
  notesOf,
  post,
  restrictedNamespace,
  run,
  sh,
  typeAll,
} from './cluster.js';

/** `helm install trial` with nothing but the chart, as an archive in a folder that has nothing else. */
async function install(program: string, namespace: string): Promise<void> {
  await restrictedNamespace(namespace);
  const cwd = await mkdtemp(join(tmpdir(), 'archive-'));
  try {
    await sh(program, ['package', join(inject('platform'), 'charts/ml-platform'), `--destination=${cwd}`]);
    const [archive = ''] = await readdir(cwd);
    const begun = Date.now();
    const { code, stderr } = await run(program, ['install', 'trial', archive, `--namespace=${namespace}`, ...WAIT], {
      cwd,
    });
    expect(stderr).not.toContain('would violate PodSecurity');
    expect(code, stderr).toBe(0);
    console.log(`${program} installed it, and every pod was ready, in ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  } finally {
    await rm(cwd, { recursive: true });
  }
}

describe('a release with no values at all', () => {
  const NAMESPACE = 'trial';
  beforeAll(() => install('helm', NAMESPACE));
  afterAll(() => dropNamespaces(NAMESPACE));

  test('comes up whole', async () => {
    await expectReady(NAMESPACE, 'app.kubernetes.io/instance=trial', 5);
  });

  test('lets everybody view its dashboards, and nobody change them (where Grafana is no stand-in)', async ({
    skip,
  }) => {
    await forward(NAMESPACE, 'trial-grafana', 3000, async (url) => {
      const ask = async (path: string, init?: RequestInit): Promise<unknown> => (await fetch(url + path, init)).json();
      const refused = async (path: string, body: unknown): Promise<boolean> =>
        [401, 403].includes((await fetch(url + path, post(body))).status);
      const health = (await ask('/api/health')) as { database: string; version: string };
      expect(health.database).toBe('ok');
      skip(health.version === 'stand-in', 'the image of Grafana is a stand-in here');

      const found = (await ask('/api/search?type=dash-db')) as { title: string }[];
      expect(found.map(({ title }) => title).sort()).toEqual(['Delivery', 'Inference', 'Platform']);
      expect(await refused('/api/dashboards/db', { dashboard: { title: 'New' } })).toBe(true);
      expect(await refused('/login', { user: 'admin', password: 'admin' })).toBe(true);
      // Through the plugin of the data source, which is what a read-only disk can cost.
      const datasource = { uid: 'victoriametrics', type: 'prometheus' };
      const queries = [{ refId: 'A', datasource, expr: 'up', instant: true }];
      await eventually('data of the store', 120, async () => {
        const answer = await ask('/api/ds/query', post({ queries, from: 'now-5m', to: 'now' }));
        const { results } = answer as { results: { A: { frames: { data: { values: unknown[][] } }[] } } };
        return results.A.frames.some(({ data }) => data.values.some((column) => column.length > 0)) ? true : undefined;
      });
    });
  });

  test('NOTES.txt gives commands that work as they are typed, and the last of them leave nothing', async () => {
    const commands = await notesOf('trial', NAMESPACE);
    expect(commands.filter((command) => command.includes('port-forward'))).toHaveLength(3);
    const printed = await typeAll(commands);
    const answers = ['"prediction":48', '"sentiment":"positive"', 'endpoints answer', '"__name__"', 'uninstalled'];
    for (const answer of answers) expect(printed).toContain(answer);
    expect(await leftovers(NAMESPACE)).toEqual([]);
  });
});

test('Helm 3 installs it with no values, too', async ({ skip }) => {
  const there = await run('helm3', ['version']).catch(() => undefined);
  skip(there?.code !== 0, 'there is no helm3 on PATH');
  const namespace = 'trial-helm3';
  try {
    await install('helm3', namespace);
    await expectReady(namespace, 'app.kubernetes.io/instance=trial', 5);
    await sh('helm3', ['test', 'trial', `--namespace=${namespace}`, '--timeout=5m']);
  } finally {
    await dropNamespaces(namespace);
  }
});
