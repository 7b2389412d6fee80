import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));

/** The image that is built from this checkout; the tag is the chart's default, so that an install without values finds it. */
export const IMAGE = { repository: 'ghcr.io/brolly/inference', tag: '1.0.0' };

export interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

interface Options {
  cwd?: string;
  input?: string;
  env?: NodeJS.ProcessEnv;
}

/** Runs a program to its end, whatever its exit code. */
export function run(program: string, args: readonly string[], options: Options = {}): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: options.cwd ?? REPOSITORY, env: { ...process.env, ...options.env } });
    const result: Result = { code: null, stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (result.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (result.stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ ...result, code });
    });
    child.stdin.end(options.input);
  });
}

/** Runs a program that has to succeed, and gives what it printed. */
export async function sh(program: string, args: readonly string[], options: Options = {}): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, options);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(code)}\n${stdout}\n${stderr}`);
  return stdout;
}

export const kubectl = (...args: string[]): Promise<string> => sh('kubectl', args);
export const helm = (...args: string[]): Promise<string> => sh('helm', args);
/** How long Helm waits for what it installs: a machine that does other things too needs its time. */
export const WAIT = ['--wait', '--timeout=8m'] as const;
export const git = (cwd: string, ...args: string[]): Promise<string> => sh('git', args, { cwd });
export const brolly = (args: readonly string[], options: Options = {}): Promise<string> =>
  sh(process.execPath, [join(REPOSITORY, 'generator/bin/brolly.js'), ...args], options);

export interface KubernetesObject {
  kind: string;
  metadata: { name: string; namespace: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: Record<string, unknown>;
  status?: Record<string, unknown>;
}

/** The objects of a kind; `args` narrow it down (`--namespace`, `--selector`). */
export async function list<T extends KubernetesObject = KubernetesObject>(
  kind: string,
  ...args: string[]
): Promise<T[]> {
  return (JSON.parse(await kubectl('get', kind, ...args, '--output=json')) as { items: T[] }).items;
}

/** Brings objects into the cluster as they are. */
export async function apply(...items: object[]): Promise<void> {
  await sh('kubectl', ['apply', '--filename=-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
}

/** A pod beside a release: the image of the service, with a command and whatever else `container` says. */
export function bystander(
  name: string,
  namespace: string,
  container: object,
  { labels = {}, volumes = [] }: { labels?: object; volumes?: object[] } = {},
): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        fsGroup: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      volumes,
      containers: [
        {
          name: 'main',
          image: `${IMAGE.repository}:${IMAGE.tag}`,
          resources: { requests: { memory: '32Mi', cpu: '10m' }, limits: { memory: '192Mi', cpu: '500m' } },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          ...container,
        },
      ],
    },
  };
}

/** The command of a pod that others run something in. */
export const IDLE = ['node', '--eval', 'setInterval(() => {}, 1000)'];

/**
 * Makes a namespace that refuses every pod that does not meet the restricted Pod Security Standard, and warns of every
 * workload whose pods would not. One that an earlier run left is removed first.
 */
export async function restrictedNamespace(name: string): Promise<void> {
  await kubectl('delete', 'namespace', name, '--ignore-not-found', '--wait');
  const labels = {
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/warn': 'restricted',
  };
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
}

/** Installs the service alone, from this checkout, in a new restricted namespace; waits until it is ready. */
export async function installService(
  chart: string,
  release: string,
  namespace: string,
  ...settings: string[]
): Promise<void> {
  await restrictedNamespace(namespace);
  await helm(
    'install',
    release,
    chart,
    `--namespace=${namespace}`,
    '--set=victoria-metrics.enabled=false,grafana.enabled=false',
    `--set-string=inference.image.tag=${IMAGE.tag}`,
    ...settings.map((setting) => `--set=inference.${setting}`),
    ...WAIT,
  );
}

/** Removes namespaces with all that is in them. Each file has its own, so nobody has to wait until they are gone. */
export async function dropNamespaces(...names: string[]): Promise<void> {
  await kubectl('delete', 'namespace', ...names, '--ignore-not-found', '--wait=false');
}

/** What is left of a release in its namespace once its pods are gone, but for pods that the caller expects to stay. */
export async function leftovers(namespace: string, ...staying: string[]): Promise<string[]> {
  const kinds =
    'pods,deployments,statefulsets,replicasets,jobs,cronjobs,services,configmaps,secrets,serviceaccounts,roles,rolebindings,networkpolicies,poddisruptionbudgets,horizontalpodautoscalers,ingresses,persistentvolumeclaims';
  const left = await eventually('the pods to go', 180, async () => {
    const objects = await list(kinds, `--namespace=${namespace}`);
    const going = objects.some(({ kind, metadata }) => kind === 'Pod' && !staying.includes(metadata.name));
    return going ? undefined : objects;
  });
  // What every namespace has by itself.
  const own = left.filter(({ metadata: { name } }) => name !== 'kube-root-ca.crt' && name !== 'default');
  return own.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort();
}

/** Tries until `check` gives a value other than undefined; says what was seen last when time is up. */
export async function eventually<T>(what: string, seconds: number, check: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + seconds * 1000;
  let last: unknown = 'nothing';
  while (Date.now() < end) {
    try {
      const value = await check();
      if (value !== undefined) return value;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new Error(`gave up after ${String(seconds)} s waiting for ${what}; last seen: ${String(last)}`);
}

export interface Pod extends KubernetesObject {
  status: { podIP: string; conditions?: { type: string; status: string }[] };
}

/** The pods of a workload that are ready. */
export async function readyPods(namespace: string, selector: string): Promise<Pod[]> {
  const pods = await list<Pod>('pods', `--namespace=${namespace}`, `--selector=${selector}`);
  return pods.filter(({ status }) =>
    status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
  );
}

/** Waits until so many pods of a workload are ready, neither more nor fewer. A busy machine answers some probes late. */
export async function expectReady(namespace: string, selector: string, count: number): Promise<void> {
  await eventually(`${String(count)} ready pods`, 180, async () => {
    const names = (await readyPods(namespace, selector)).map(({ metadata }) => metadata.name);
    if (names.length === count) return true;
    throw new Error(`ready are ${names.join(', ')}`);
  });
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

/** Asks from inside the cluster: runs fetch in a pod that has Node.js, so that DNS and the Service are used. */
export async function askInside(namespace: string, pod: string, url: string, init: RequestInit = {}): Promise<Answer> {
  const script = `
    const [url, init] = JSON.parse(process.argv[1]);
    const response = await fetch(url, init);
    const text = await response.text();
    let body = text;
    try { body = JSON.parse(text); } catch { /* not every answer is JSON */ }
    console.log(JSON.stringify({ status: response.status, headers: Object.fromEntries(response.headers), body }));`;
  const args = ['node', '--input-type=module', '--eval', script, '--', JSON.stringify([url, init])];
  return JSON.parse(await kubectl('exec', `--namespace=${namespace}`, pod, '--', ...args)) as Answer;
}

/** A request with a JSON body, for askInside. */
export function post(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

interface QueryAnswer {
  data: { result: { metric: Record<string, string>; value: [number, string] }[] };
}

/** Starts a `kubectl port-forward`: the address of this machine that it listens at, and what ends it. */
export async function startForward(
  program: string,
  args: readonly string[],
): Promise<{ url: string; end: () => Promise<void> }> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve();
    });
  });
  const url = await new Promise<string>((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const local = /Forwarding from 127\.0\.0\.1:(\d+)/.exec(output)?.[1];
      if (local !== undefined) resolve(`http://127.0.0.1:${local}`);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('close', () => {
      reject(new Error(`${program} ${args.join(' ')} ended: ${output}`));
    });
  });
  const end = (): Promise<void> => {
    child.kill();
    return ended;
  };
  return { url, end };
}

/** The commands that NOTES.txt of a release gives, in their order. */
export async function notesOf(release: string, namespace: string): Promise<string[]> {
  const notes = await helm('get', 'notes', release, `--namespace=${namespace}`);
  return notes
    .split('\n')
    .filter((line) => line.startsWith('  '))
    .map((line) => line.trim());
}

/** Types commands of NOTES.txt one after the other, each of which has to succeed. @returns what they printed */
export async function typeAll(commands: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const printed: string[] = [];
  const forwards: { typed: string; url: string; end: () => Promise<void> }[] = [];
  try {
    for (const command of commands) {
      const [, local] = /port-forward .* (\d+):\d+/.exec(command) ?? [];
      if (local !== undefined) {
        // On whichever port is free on this machine, and not in the background.
        const line = command.replace(` ${local}:`, ' :').replace(/ &$/, '');
        forwards.push({ typed: `http://127.0.0.1:${local}/`, ...(await startForward('bash', ['-c', `exec ${line}`])) });
        continue;
      }
      const line = forwards.reduce((text, { typed, url }) => text.replaceAll(typed, `${url}/`), command);
      printed.push(
        await eventually(line, 120, async () => {
          const output = await sh('bash', ['-c', line], { env });
          return output.includes('"result":[]') ? undefined : output; // nothing is scraped yet
        }),
      );
    }
  } finally {
    await Promise.all(forwards.map(({ end }) => end()));
  }
  return printed.join('\n');
}

/**
 * Runs `work` with an address of this machine that leads to a Service. It goes by way of the kubelet, which no NetworkPolicy
 * refuses: the metrics store lets in nobody but the pods of its release.
 */
export async function forward<T>(
  namespace: string,
  service: string,
  port: number,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const args = ['port-forward', `--namespace=${namespace}`, `service/${service}`, `:${String(port)}`];
  const { url, end } = await startForward('kubectl', args);
  try {
    return await work(url);
  } finally {
    await end();
  }
}

/** Runs a PromQL query on the VictoriaMetrics Service of a release. */
export async function query(
  namespace: string,
  service: string,
  promql: string,
): Promise<QueryAnswer['data']['result']> {
  return forward(namespace, service, 8428, async (url) => {
    const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(promql)}`);
    return ((await answer.json()) as QueryAnswer).data.result;
  });
}
