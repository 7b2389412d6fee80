// Measures the inference service beside others, on the same two cores, with the same client, texts and ONNX file: one
// system after the other, in several rounds. Needs Linux, a build (`npm run build`) and, for the Python servers, Python
// 3.11; their packages are installed into .brolly/bench.
// Usage: node bench/inference/run.mjs [--quick] [name…]   (--quick only shows that all works; names leave out the others)
//        npx --yes node@24 bench/inference/run.mjs        (with the Node.js of the image)
// Prints Markdown; bench/RESULTS.md holds what it printed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { WordPiece } from '../../services/inference/dist/text/wordpiece.js';
import { bareSessions } from './bare.mjs';
import { ask, closedLoop, isUp, openLoop, probe } from './client.mjs';
import { start } from './processes.mjs';
import { report } from './report.mjs';
import { mostOf } from './statistics.mjs';
import { LEVELS, sentiment, systemsFor } from './systems.mjs';
import { labelledTexts } from './texts.mjs';

const CORES = '0,1';
/** Texts in a run of the bare sessions. */
const SIZES = [1, 8, 16, 32];
/** Seconds that a client waits under overload. */
const DEADLINE = 1;
/** Share of the labels that must be the model's. */
const SAME_LABELS = 0.98;

const args = process.argv.slice(2);
/** The speed of a machine changes from minute to minute, so everything is measured several times. */
const time = args.includes('--quick')
  ? { rounds: 1, settle: 0.5, warmUp: 0.3, seconds: 1, turns: 2 }
  : { rounds: 3, settle: 4, warmUp: 1, seconds: 3, turns: 8 };
const names = args.filter((arg) => !arg.startsWith('--')).map((name) => name.toLowerCase());

async function measureBare(texts, { folder, manifest }) {
  const { vocab, maxTokens } = manifest.preprocessing;
  const tokenizer = new WordPiece(readFileSync(join(folder, vocab), 'utf8'), maxTokens);
  const mixed = texts.map(({ text }) => tokenizer.encode(text));
  const alike = mixed.toSorted((a, b) => a.length - b.length);
  const results = [];
  for (const size of SIZES) {
    console.error(`bare sessions: ${String(size)}`);
    const run = (rows) => bareSessions({ model: join(folder, manifest.model), rows, size, ...time });
    // One text in a run is of the same length as all in it.
    results.push({ size, mixed: await run(mixed), ...(size > 1 && { alike: await run(alike) }) });
  }
  return results;
}

/** @param others what was measured in this round before, by the names of the systems */
async function measure(system, labels, folder, others) {
  const { port, health, routes } = system;
  const server = await started(system, folder);
  try {
    const before = server.memory();
    await settle(system);
    const measured = [];
    for (const route of routes) {
      const result = await measureRoute(system, route, labels);
      const other = systems.find(({ name, obstacle }) => name === route.beside && !obstacle);
      if (other)
        result.turns = await inTurns(system, route, result.loads, other, others[other.name].routes[0].loads, folder);
      measured.push(result);
    }
    if (!health) return { routes: measured };
    const [{ requests }] = routes;
    const [{ loads }] = measured;
    console.error(`${system.name}: ${health} under load`);
    const load = closedLoop({ port, requests, concurrency: LEVELS.at(-1), ...time });
    const probes = await probe({ port, path: health, every: 10, until: load });
    // The peak is measured again directly before the overload that it is compared with.
    console.error(`${system.name}: peak, overload`);
    const peak = (await closedLoop({ port, requests, concurrency: bestLevel(loads), ...time })).perSecond;
    const sustained = { ...time, warmUp: time.settle };
    const overload = await openLoop({ port, requests, rate: 2 * peak, deadline: DEADLINE, ...sustained });
    const goodput = overload.perSecond / peak;
    const { seconds } = server;
    return { routes: measured, seconds, before, after: server.memory(), probes, peak, overload, goodput };
  } finally {
    await server.stop();
  }
}

function started({ start: how, port, ready }, folder) {
  const isReady = () => isUp(port, ready);
  return start({ ...how, log: join(folder, `log-${String(port)}.txt`), isReady, seconds: 60 });
}

/** What a server does in its first seconds alone, such as compiling itself, is not what it is measured by. */
async function settle({ name, port, routes }) {
  console.error(`${name}: settling`);
  for (const { requests, size = 1 } of routes)
    await closedLoop({ port, requests, concurrency: LEVELS.at(-1) / size, warmUp: 0, seconds: time.settle });
}

/**
 * Starts another server and loads the two in turns of a second, each with as many under way as it was best at: a moment in
 * which the machine is faster falls on both.
 * @param own, otherLoads what was measured of the route of the one that runs, and of the only route of the other
 * @returns of each pair of turns, how many times the other the first came to
 */
async function inTurns({ port, name }, { requests }, own, other, otherLoads, folder) {
  const server = await started(other, folder);
  try {
    await settle(other);
    console.error(`${name} and ${other.name}: in turns`);
    const turn = async (side, loads) => {
      const concurrency = bestLevel(loads);
      return (await closedLoop({ port: side, requests, concurrency, warmUp: 0.1, seconds: 1 })).perSecond;
    };
    const ratios = [];
    while (ratios.length < time.turns) ratios.push((await turn(port, own)) / (await turn(other.port, otherLoads)));
    return ratios;
  } finally {
    await server.stop();
  }
}

/** The number under way at which most was answered. */
const bestLevel = (loads) => LEVELS[loads.findIndex((load) => load?.perSecond === mostOf(loads))];

/** The name of the route and the load at each level; undefined where one request has more texts than that. */
async function measureRoute({ name, port }, { name: path, requests, size = 1, labelsOf }, labels) {
  if (labelsOf) check((await ask({ port, requests })).flatMap(labelsOf), labels);
  const loads = [];
  for (const level of LEVELS) {
    if (level < size) {
      loads.push(undefined);
      continue;
    }
    console.error(`${name}: ${path}, ${String(level)}`);
    const load = await closedLoop({ port, requests, concurrency: level / size, ...time });
    loads.push({ ...load, perSecond: load.perSecond * size });
  }
  return { name: path, loads };
}

/** Rounding may decide between two labels that are equally likely, and no oftener than that. */
function check(given, labels) {
  const same = given.filter((label, i) => label === labels[i]).length;
  if (same < SAME_LABELS * given.length)
    throw new Error(`${String(same)} of ${String(given.length)} labels are the model's`);
}

/** Does the work, or notes at the system what stands in the way: a result is never left out in silence. */
async function attempt(system, work) {
  if (system.obstacle) return;
  try {
    await work();
  } catch (error) {
    process.exitCode = 1;
    system.obstacle = error.message;
  }
}

// As in the service: nobody's ONNX Runtime reports its use meanwhile.
process.env.ORT_DISABLE_TELEMETRY = '1';
// The threads and processes started from here on stay on these cores.
const { status } = spawnSync('taskset', ['--cpu-list', '--pid', CORES, String(process.pid)]);
if (status !== 0) throw new Error('taskset (util-linux) is needed');
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
process.on('exit', () => {
  rmSync(folder, { recursive: true, force: true });
});
const load = loadavg()[0];
const model = sentiment();
const texts = labelledTexts(model.manifest.postprocessing.labels);
const labels = texts.map(({ label }) => label);
const all = systemsFor(
  texts.map(({ text }) => text),
  folder,
);
const systems = all.filter(({ name }) => names.length === 0 || names.some((part) => name.toLowerCase().includes(part)));
// Whatever has to be installed is installed before anything is measured.
for (const system of systems) {
  await attempt(system, () => {
    system.start = system.prepare();
  });
}
const rounds = [];
for (let i = 1; i <= time.rounds; i += 1) {
  console.error(`round ${String(i)} of ${String(time.rounds)}`);
  const round = { bare: await measureBare(texts, model), measured: {} };
  for (const system of systems) {
    await attempt(system, async () => {
      round.measured[system.name] = await measure(system, labels, folder, round.measured);
    });
  }
  rounds.push(round);
}
console.log(report({ model, texts: texts.length, time, load, deadline: DEADLINE, systems, rounds }));
