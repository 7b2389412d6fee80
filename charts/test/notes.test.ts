import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { HELM, only, type Tree, UMBRELLA } from './helm.js';

/** Helm 3 asks for a cluster before it prints notes. */
const NEEDS_CLUSTER = spawnSync(HELM, ['version', '--short'], { encoding: 'utf8' }).stdout.startsWith('v3.');

/** What Helm says after an installation with these values. */
function notes(values: Tree): string {
  const args = ['install', 'trial', UMBRELLA, '--namespace=lab', '--dry-run=client', '--values=-'];
  const { stdout, stderr, status } = spawnSync(HELM, args, { input: JSON.stringify(values), encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout.split('\nNOTES:\n')[1] ?? '';
}

/** The commands among them. */
const commands = (values: Tree): string[] =>
  notes(values)
    .split('\n')
    .filter((line) => line.startsWith('  '))
    .map((line) => line.trim());

// That the commands work is tested where there is a cluster: e2e/install.test.ts.
describe.skipIf(NEEDS_CLUSTER)('NOTES.txt (skipped with Helm 3, which asks for a cluster)', () => {
  test('has commands for what is installed, and for nothing else', () => {
    expect(notes(only('inference'))).not.toMatch(/victoria-metrics|grafana|persistentvolumeclaim/);
    expect(notes(only('grafana'))).not.toMatch(/inference|victoria-metrics|persistentvolumeclaim/);
    expect(commands(only('victoria-metrics'))).toContain("curl 'http://127.0.0.1:8428/api/v1/query?query=up'");
  });

  test('asks with a key where one is needed', () => {
    const key = '-H "authorization: Bearer $KEY"';
    expect(notes({})).not.toContain('KEY');
    for (const auth of [{ auth: { existingSecret: 'keys' } }, { config: { auth: { keysFile: '/keys.json' } } }]) {
      const curls = commands({ ...only('inference'), inference: auth }).filter((line) => line.startsWith('curl'));
      expect(curls).toHaveLength(2);
      for (const curl of curls) expect(curl).toContain(key);
    }
  });

  test('asks from outside where the Service is open', () => {
    const open = (type: string): string => notes({ inference: { service: { type, nodePort: 32100 } } });
    expect(notes({})).not.toContain('from outside');
    expect(open('NodePort')).toContain(':32100/predict/21"');
    expect(open('LoadBalancer')).toContain('kubectl -n lab get service trial-inference');
  });

  test('tells who may see the dashboards', () => {
    expect(notes({})).toContain('There is no login and no password');
    expect(notes({ grafana: { admin: { existingSecret: 'login' } } })).toContain('Log in with what Secret login holds');
  });

  test('tells how to copy the samples, and what an uninstallation leaves of them', () => {
    const kept = (values: Tree): string[] => commands(values).filter((line) => line.includes('persistentvolumeclaim'));
    const claim = 'kubectl -n lab delete persistentvolumeclaim data-trial-victoria-metrics-0';
    const copies = 'kubectl -n lab delete persistentvolumeclaim trial-victoria-metrics-backup';
    const store = (values: Tree): Tree => ({ 'victoria-metrics': values });
    expect(kept({})).toEqual([claim]);
    expect(kept(store({ persistence: { enabled: false } }))).toEqual([]);
    expect(kept(store({ backup: { enabled: true } }))).toEqual([claim, copies]);
    expect(kept(store({ backup: { enabled: true, destination: 's3://backups/ml' } }))).toEqual([claim]);
    expect(commands(store({ backup: { enabled: true } }))).toContain(
      'kubectl -n lab create job copy --from=cronjob/trial-victoria-metrics-backup',
    );
  });

  test('says that connections are refused, unless no chart refuses any', () => {
    const networkPolicy = { enabled: false };
    const off = { inference: { networkPolicy }, 'victoria-metrics': { networkPolicy }, grafana: { networkPolicy } };
    expect(notes({})).toContain('Network policies are on');
    expect(notes(off)).not.toContain('Network policies');
    expect(notes({ ...off, ...only('grafana') })).toContain('Network policies are on');
  });
});
