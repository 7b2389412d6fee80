// Times `brolly generate` for growing numbers of environments: cold, nothing changed, one changed; with peak memory.
// Usage: node bench/generate/run.mjs [2 100 1000 10000]   (needs a build; helm is found as the command finds it)
// Prints Markdown; bench/RESULTS.md holds what it printed. The whole takes some minutes.
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearTimeout, setTimeout } from 'node:timers';
import { fileURLToPath } from 'node:url';
import { createTerminal } from '../../generator/dist/terminal.js';
import { findHelm } from '../../generator/dist/tools.js';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const BROLLY = join(REPOSITORY, 'generator/bin/brolly.js');
const USAGE = fileURLToPath(new URL('usage.cjs', import.meta.url));
/** Runs of each, of which the median counts; big projects run less often. */
const runsFor = (count) => (count > 1000 ? 3 : 7);

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const usageFile = join(folder, 'usage');

/** Wall time, and processor time of all its Node.js processes, in milliseconds, and their peak memory in MiB. */
function measure(program, args, cwd) {
  writeFileSync(usageFile, '');
  const started = performance.now();
  const { status, error, stderr } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: `--require ${USAGE}`, USAGE_FILE: usageFile },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const wall = performance.now() - started;
  if (error !== undefined || status !== 0)
    throw new Error(`${program} ${args.join(' ')} ended with ${String(status)}: ${stderr}`, { cause: error });
  const used = readFileSync(usageFile, 'utf8').trim().split('\n').filter(Boolean).map(JSON.parse);
  return {
    wall,
    cpu: used.reduce((sum, { cpu }) => sum + cpu, 0),
    memory: Math.max(0, ...used.map(({ memory }) => memory)),
  };
}

const environment = (index) => `environment-${String(index).padStart(5, '0')}`;

/** A project of so many environments: the two of this repository, again and again. */
function makeProject(root, count) {
  mkdirSync(join(root, 'environments'), { recursive: true });
  cpSync(join(REPOSITORY, 'charts/ml-platform'), join(root, 'charts/ml-platform'), { recursive: true });
  for (const file of ['environment.schema.json', 'image.schema.json', 'values.yaml.hbs'])
    cpSync(join(REPOSITORY, 'environments', file), join(root, 'environments', file));
  writeFileSync(join(root, 'brolly.yaml'), 'chart: charts/ml-platform\nargocd: argocd\n');
  symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules')); // where npx finds the command
  for (let index = 0; index < count; index++) {
    const from = join(REPOSITORY, 'environments', index % 2 === 0 ? 'minikube-ci' : 'k3s-hetzner');
    const to = join(root, 'environments', environment(index));
    mkdirSync(to);
    for (const file of ['environment.yaml', 'image.yaml']) cpSync(join(from, file), join(to, file));
  }
}

/** Moved away and not removed: ext4 takes long to make files where many were removed shortly before. */
function setGeneratedAside(root, count) {
  const aside = mkdtempSync(join(folder, 'aside-'));
  const move = (path, name) => existsSync(join(root, path)) && renameSync(join(root, path), join(aside, name));
  move('argocd', 'argocd');
  move('.brolly', '.brolly');
  for (let index = 0; index < count; index++)
    move(`environments/${environment(index)}/values.yaml`, environment(index));
}

/** Repeats one measurement, each time after a preparation. */
function repeat(name, runs, prepare, run) {
  process.stderr.write(`${name}\n`);
  const results = Array.from({ length: runs }, (_, index) => {
    prepare(index);
    return run();
  });
  return {
    name,
    wall: median(results.map(({ wall }) => wall)),
    cpu: median(results.map(({ cpu }) => cpu)),
    memory: Math.max(...results.map(({ memory }) => memory)),
  };
}

/** Milliseconds from the change of a file until `--watch` has written what follows from it. */
async function watch(root) {
  process.stderr.write('watch\n');
  const child = spawn(process.execPath, [BROLLY, 'generate', '--watch'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const seen = (stream, text) =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`--watch never said "${text}"`)), 60_000);
      const listen = (chunk) => {
        if (!String(chunk).includes(text)) return;
        clearTimeout(late);
        stream.off('data', listen);
        resolve(performance.now());
      };
      stream.on('data', listen);
    });
  const times = [];
  try {
    await seen(child.stderr, 'watching');
    for (let index = 0; index < 7; index++) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      const written = seen(child.stdout, 'wrote');
      const started = performance.now();
      retain(root, 100 + index);
      times.push((await written) - started);
    }
  } finally {
    child.kill('SIGINT');
  }
  return median(times);
}

/** Changes one environment: metrics are kept for so many days. */
function retain(root, days) {
  const file = join(root, 'environments', environment(1), 'environment.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/retention: \d+d/, `retention: ${String(days)}d`));
}

/** The commit that is measured, and whether files differ from it. */
function readCommit() {
  const git = (...args) => spawnSync('git', args, { cwd: REPOSITORY, encoding: 'utf8' }).stdout.trim();
  return `${git('rev-parse', '--short=12', 'HEAD')}${git('status', '--porcelain') === '' ? '' : ' with changes'}`;
}

const ms = (number) => `${number.toFixed(0)} ms`;
const cold = (count) => `${String(count)} environments, cold`;
const unchanged = (count) => `${String(count)} environments, nothing changed`;

/** What is asked for: the name, the figure of it, the limit, and how both are written. Absent where it was not measured. */
function goalsOf(results, start, reaction) {
  const own = (name) => {
    const result = results.find((one) => one.name === name);
    return result && result.cpu - start.cpu;
  };
  const [small, big, idle, huge] = [own(cold(2)), own(cold(1000)), own(unchanged(1000)), own(cold(10_000))];
  return [
    ['2 environments cold, processor time after the start of Node.js', small, 300, ms],
    ['1,000 environments cold, the same', big, 2000, ms],
    ['1,000 environments with nothing changed, the same', idle, 300, ms],
    // ten times as many may take a tenth more for each
    ['10,000 environments cold against 1,000', huge && big && huge / big, 11, (times) => `${times.toFixed(1)} times`],
    ['`--watch`, from a change to what is written', reaction, 100, ms],
  ].filter(([, figure]) => figure !== undefined);
}

async function run(counts) {
  const context = { root: REPOSITORY, terminal: createTerminal(process, process.env), env: process.env };
  const { helm, helmVersion } = await findHelm(context);
  const load = loadavg()[0].toFixed(1);
  const start = repeat(
    'Node.js itself',
    7,
    () => undefined,
    () => measure(process.execPath, ['-e', '0'], REPOSITORY),
  );
  const generate = (root) => () => measure(process.execPath, [BROLLY, 'generate'], root);
  const results = counts.flatMap((count) => {
    const root = join(folder, String(count));
    makeProject(root, count);
    const runs = runsFor(count);
    return [
      repeat(cold(count), runs, () => setGeneratedAside(root, count), generate(root)),
      repeat(unchanged(count), runs, () => undefined, generate(root)),
      repeat(`${String(count)} environments, one changed`, runs, (index) => retain(root, 10 + index), generate(root)),
    ];
  });
  const small = join(folder, String(counts[0]));
  const values = `environments/${environment(1)}/values.yaml`;
  const beside = [
    repeat(
      '`npx brolly generate ENV`, cold',
      7,
      () => setGeneratedAside(small, counts[0]),
      () => measure('npx', ['--no-install', 'brolly', 'generate', environment(1)], small),
    ),
    repeat(
      '`helm template` of the same environment',
      7,
      () => undefined,
      () => measure(helm, ['template', 'x', 'charts/ml-platform', '--values', values], small),
    ),
  ];
  const reaction = await watch(small);

  console.log(
    `Commit ${readCommit()}, ${cpus()[0].model}, ${String(cpus().length)} cores, Node.js ${process.version},`,
  );
  console.log(`Helm ${helmVersion}; load average at the start ${load}.\n`);
  console.log('| run | wall | processor | after Node.js started | peak memory |\n| --- | ---: | ---: | ---: | ---: |');
  for (const { name, wall, cpu, memory } of [start, ...results, ...beside]) {
    const own = [ms(cpu), ms(Math.max(0, cpu - start.cpu)), `${memory.toFixed(0)} MiB`];
    console.log(`| ${name} | ${[ms(wall), ...(cpu === 0 ? ['–', '–', '–'] : own)].join(' | ')} |`);
  }
  console.log('\n| goal | limit | measured | |\n| --- | ---: | ---: | --- |');
  for (const [name, figure, limit, show] of goalsOf(results, start, reaction))
    console.log(`| ${name} | < ${show(limit)} | ${show(figure)} | ${figure < limit ? 'met' : '**not met**'} |`);
  console.log('\nMedians; of the time of `--watch`, 30 ms are a wait for more changes.');
}

try {
  await run(process.argv.length > 2 ? process.argv.slice(2).map(Number) : [2, 100, 1000, 10_000]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
