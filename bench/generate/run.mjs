// Times `brolly generate` for growing numbers of environments: cold, nothing changed, one changed; with peak memory.
// Usage: node bench/generate/run.mjs [2 100 1000 10000]   (the built command and helm on PATH or in HELM)
// Prints a table in Markdown; bench/RESULTS.md holds what it printed.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const BROLLY = join(REPOSITORY, 'generator/bin/brolly.js');
const HELM = process.env.HELM ?? 'helm';
/** Runs of each, of which the median counts; big projects run less often. */
const runsFor = (count) => (count > 1000 ? 3 : 7);

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Wall and processor time in milliseconds and peak memory in MiB of a program, as the kernel counts them. */
function measure(program, args, cwd) {
  const report = join(cwd, '..', 'time.txt');
  const started = performance.now();
  const { status, stderr } = spawnSync('/usr/bin/time', ['-f', '%U %S %M', '-o', report, program, ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const wall = performance.now() - started;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(status)}: ${stderr}`);
  const [user, system, kilobytes] = readFileSync(report, 'utf8').trim().split(' ').map(Number);
  return { wall, cpu: (user + system) * 1000, memory: kilobytes / 1024 };
}

/** A project of so many environments: the two of this repository, again and again. */
function makeProject(root, count) {
  mkdirSync(join(root, 'environments'), { recursive: true });
  cpSync(join(REPOSITORY, 'charts/ml-platform'), join(root, 'charts/ml-platform'), { recursive: true });
  for (const file of ['environment.schema.json', 'image.schema.json', 'values.yaml.hbs'])
    cpSync(join(REPOSITORY, 'environments', file), join(root, 'environments', file));
  writeFileSync(join(root, 'brolly.yaml'), 'chart: charts/ml-platform\nargocd: argocd\n');
  for (let index = 0; index < count; index++) {
    const from = join(REPOSITORY, 'environments', index % 2 === 0 ? 'minikube-ci' : 'k3s-hetzner');
    const to = join(root, 'environments', `environment-${String(index).padStart(5, '0')}`);
    mkdirSync(to);
    for (const file of ['environment.yaml', 'image.yaml']) cpSync(join(from, file), join(to, file));
  }
}

function removeGenerated(root, count) {
  rmSync(join(root, 'argocd'), { recursive: true, force: true });
  rmSync(join(root, '.brolly'), { recursive: true, force: true });
  for (let index = 0; index < count; index++)
    rmSync(join(root, 'environments', `environment-${String(index).padStart(5, '0')}`, 'values.yaml'), { force: true });
}

/** Repeats one measurement, each time after a preparation. */
function repeat(count, prepare, run) {
  const results = Array.from({ length: runsFor(count) }, (_, index) => {
    prepare(index);
    return run();
  });
  return {
    wall: median(results.map(({ wall }) => wall)),
    cpu: median(results.map(({ cpu }) => cpu)),
    memory: Math.max(...results.map(({ memory }) => memory)),
  };
}

/** Milliseconds from the change of a file until `--watch` has written what follows from it. */
async function watch(root) {
  const child = spawn(process.execPath, [BROLLY, 'generate', '--watch'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const seen = (stream, text) =>
    new Promise((resolve) => {
      const listen = (chunk) => {
        if (!String(chunk).includes(text)) return;
        stream.off('data', listen);
        resolve(performance.now());
      };
      stream.on('data', listen);
    });
  await seen(child.stderr, 'watching');
  const times = [];
  for (let index = 0; index < 7; index++) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const written = seen(child.stdout, 'wrote');
    const started = performance.now();
    retain(root, 100 + index);
    times.push((await written) - started);
  }
  child.kill('SIGINT');
  return median(times);
}

/** Changes one environment: metrics are kept for so many days. */
function retain(root, days) {
  const file = join(root, 'environments/environment-00001/environment.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/retention: \d+d/, `retention: ${String(days)}d`));
}

const counts = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [2, 100, 1000, 10_000];
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const rows = [];
const ms = (number) => `${number.toFixed(0)} ms`;
const row = (name, { wall, cpu, memory }, start) =>
  rows.push(`| ${name} | ${ms(wall)} | ${ms(cpu)} | ${ms(Math.max(0, cpu - start.cpu))} | ${memory.toFixed(0)} MiB |`);
try {
  const start = repeat(
    2,
    () => undefined,
    () => measure(process.execPath, ['-e', '0'], REPOSITORY),
  );
  row('Node.js itself', start, { cpu: 0 });
  const generate = (root) => () => measure(process.execPath, [BROLLY, 'generate'], root);
  for (const count of counts) {
    const root = join(folder, String(count));
    makeProject(root, count);
    row(
      `${String(count)} environments, cold`,
      repeat(count, () => removeGenerated(root, count), generate(root)),
      start,
    );
    row(
      `${String(count)}, nothing changed`,
      repeat(count, () => undefined, generate(root)),
      start,
    );
    row(
      `${String(count)}, one changed`,
      repeat(count, (index) => retain(root, 10 + index), generate(root)),
      start,
    );
  }
  const small = join(folder, String(counts[0]));
  row(
    '`npx brolly generate`, 2 environments of this repository',
    repeat(
      2,
      () => undefined,
      () => measure('npx', ['brolly', 'generate'], REPOSITORY),
    ),
    start,
  );
  const template = ['template', 'x', 'charts/ml-platform', '--values', 'environments/environment-00001/values.yaml'];
  row(
    '`helm template`, one environment',
    repeat(
      2,
      () => undefined,
      () => measure(HELM, template, small),
    ),
    { cpu: 0 },
  );
  const reaction = await watch(small);
  console.log(`${cpus()[0].model}, ${String(cpus().length)} cores, Node.js ${process.version}\n`);
  console.log('| run | wall | processor | after Node.js started | peak memory |\n| --- | ---: | ---: | ---: | ---: |');
  console.log(rows.join('\n'));
  console.log(
    `\n\`--watch\`, from the change of a file to the values written: ${ms(reaction)} (median of 7, of which it waits 30 ms for more changes).`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
