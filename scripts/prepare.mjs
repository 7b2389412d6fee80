// Brings a clone to where its commands run: right Node.js, installed, built. Nothing is installed when it starts, so it uses
// only what Node.js brings, and it does nothing twice.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stampFile = join(root, 'node_modules', '.brolly-stamp');

checkNode(process.versions.node);
const stamp = installStamp();
if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
  step('installed the packages of package-lock.json', npm(), ['ci', '--no-audit', '--no-fund', '--prefer-offline']);
  writeFileSync(stampFile, stamp);
}
step('built', [process.execPath], [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '--build']);

/** The versions that `engines` in package.json names. */
function checkNode(version) {
  const [major, minor] = version.split('.').map(Number);
  if ((major === 20 && minor >= 19) || (major === 22 && minor >= 13) || major >= 24) return;
  fail(`Node.js ${version} is not supported: install 20.19 or later, 22.13 or later, or 24 (https://nodejs.org)`);
}

/** What an installation depends on: the lock file, and the machine that native packages are for. */
function installStamp() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform} ${process.arch}`;
}

/** The npm that started this, or the one on PATH. */
function npm() {
  const script = process.env.npm_execpath;
  return script !== undefined && /\.[cm]?js$/.test(script) ? [process.execPath, script] : ['npm'];
}

/** Runs one program quietly and says how long it took; when it fails, shows what it said and ends with its exit code. */
function step(what, [program, ...first], args) {
  const started = Date.now();
  const { status, error, stdout, stderr } = spawnSync(program, [...first, ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: Infinity,
  });
  if (error !== undefined) fail(`${program} could not be started: ${error.message}`);
  if (status !== 0) {
    process.stderr.write(stdout + stderr);
    fail(`not ${what}: ${program} ${[...first, ...args].join(' ')} ended with ${String(status)}`);
  }
  process.stderr.write(`${what} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
