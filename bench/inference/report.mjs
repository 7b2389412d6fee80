// What was measured, as Markdown.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { TICK } from './client.mjs';
import { combined, mostOf, percentile } from './statistics.mjs';
import { CONSTANT, LEVELS } from './systems.mjs';

/**
 * @param systems those of `systemsFor`, with what kept one from being measured as its `obstacle`
 * @param rounds what each round measured: of the bare sessions, and of each system by its name
 */
export function report({ model, texts, time, load, deadline, systems, rounds }) {
  const { bare } = combined(rounds.map((round) => ({ bare: round.bare })));
  const results = systems.map((system) =>
    system.obstacle ? system : { ...system, ...combined(rounds.map(({ measured }) => measured[system.name])) },
  );
  return [
    '## Inference service\n',
    head({ model, texts, time, load, results }),
    '\n### Throughput and latency\n',
    throughput(bare, results),
    '\n### Overload, probes, memory, start\n',
    limits(results, deadline, time),
    '\n### Goals\n',
    goals(rounds, results),
    '\n### What was measured\n',
    notes(results),
  ].join('\n');
}

function head({ model, texts, time, load, results }) {
  const git = (...args) => spawnSync('git', args, { encoding: 'utf8', cwd: import.meta.dirname }).stdout.trim();
  const commit = git('rev-parse', '--short=12', 'HEAD');
  const changed = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' with changes';
  const packages = ['onnxruntime-node', 'fastify'].map((name) => `${name} ${versionOf(name)}`).join(', ');
  const others = [...new Set(results.flatMap(({ versions }) => versions?.split(', ') ?? []))].sort();
  return `\`node bench/inference/run.mjs\` on ${cpus()[0].model.trim()}, ${String(cpus().length)} cores; load average ${load.toFixed(2)} at the start. Commit ${commit}${changed}.
Node.js ${process.version}, ${packages}; ${others.join(', ')}.
Model: \`sentiment\` ${model.manifest.version}, the same file for all. ${String(texts)} texts of everyday language, again and again.

Servers and client share cores 0 and 1, and one server runs at a time, or two in turns. The client is one process of Node.js on plain sockets
with keep-alive. Everything was measured in ${String(time.rounds)} rounds, each time for ${String(time.seconds)} s after a warm-up of ${String(time.warmUp)} s, and after
each route of the server had once been under load for ${String(time.settle)} s; the figures are medians, and answers other than 200
are added up.`;
}

const versionOf = (name) =>
  JSON.parse(readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;

function throughput(bare, results) {
  const rows = bare.flatMap(({ size, mixed, alike }) => [
    [`bare sessions, ${String(size)} at a time`, perSecond(mixed)],
    ...(alike ? [[`bare sessions, ${String(size)} of like length at a time`, perSecond(alike)]] : []),
  ]);
  const limit = table(
    ['two threads with a session each, no server and no tokeniser', 'texts/s, p50 / p99 of a run'],
    rows,
  );
  const loads = results.flatMap(({ name, routes, obstacle }) =>
    obstacle
      ? [[name, ...LEVELS.map(() => 'failed')]]
      : routes.map((route) => [`${name}: ${route.name}`, ...route.loads.map(perSecond)]),
  );
  return `${limit}\n\nUnder way at a time, in texts or, of \`GET\`, requests:\n\n${table(['', ...LEVELS.map(String)], loads)}`;
}

/** `1234/s, 5.6 / 7.8 ms`, and what was not answered 200. */
function perSecond(load) {
  if (!load) return '';
  const text = `${load.perSecond.toFixed(0)}/s, ${ms(load.p50)} / ${ms(load.p99)} ms`;
  return [text, ...failures(load.others)].join(', ');
}

const ms = (number) => (Number.isNaN(number) ? '–' : number.toFixed(number < 10 ? 2 : 0));

const failures = (others = {}) =>
  Object.entries(others).map(
    ([status, count]) => `${String(count)} ${status === '0' ? 'not answered' : `× ${status}`}`,
  );

function limits(results, deadline, time) {
  const rows = results
    .filter(({ overload }) => overload)
    .map(({ name, peak, overload, goodput, probes, health, before, after, seconds }) => [
      name,
      `${peak.toFixed(0)}/s`,
      `${overload.perSecond.toFixed(0)}/s (${percent(goodput)})`,
      `${ms(overload.p50)} / ${ms(overload.p99)} ms`,
      failures(overload.others).join(', '),
      `\`${health}\` ${ms(probes.p50)} / ${ms(probes.p99)} ms`,
      `${before.now.toFixed(0)} / ${after.now.toFixed(0)} / ${after.peak.toFixed(0)} MiB`,
      `${seconds.toFixed(1)} s`,
    ]);
  const columns = ['', 'peak', `goodput at twice the peak`, 'p50 / p99 of it', 'others', 'probe under load, p50 / p99'];
  return `Goodput: answers of status 200 within ${String(deadline)} s, at a constant rate of requests that waits for nothing, directly after the peak was
measured once more and once it had lasted for ${String(time.settle)} s; the client looks at its clock and at the answers every ${String(TICK)} ms. The probe is asked while ${String(LEVELS.at(-1))} requests are under way. Memory is that of all processes together: ready, after
all loads (what is shared counted once), and the most each had resident. Start is until the first answer that it is ready.

${table([...columns, 'memory', 'start'], rows)}`;
}

/** What the service is to be better than, and how many times. */
const RIVALS = [
  ['Fastify, asleep', 8],
  ['MLServer', 2],
  ['LitServe', 2],
  ['FastAPI, `def`', 2],
  ['FastAPI, `async def`', 2],
];

function goals(rounds, results) {
  const find = (name) => results.find((result) => result.name === name && !result.obstacle);
  const brolly = find('Brolly');
  if (!brolly) return 'The service itself was not measured.';
  // In the order of `systemsFor`; the second is the first in another protocol.
  const [single, , batch, linear] = brolly.routes.map(({ name }) => name);
  const loadsOf = ({ routes }, route) => routes.find(({ name }) => name === route).loads;
  /** The median of what the rounds came to: both sides of a comparison are of the same round. */
  const ratio = (route, limitOf) =>
    percentile(
      rounds.map((round) => mostOf(loadsOf(round.measured.Brolly, route)) / limitOf(round)),
      0.5,
    );
  const bare = (round) => mostOf(round.bare.flatMap(({ mixed, alike }) => [mixed, alike]));
  const rival = (name) => (find(name) ? (round) => mostOf(round.measured[name].routes[0].loads) : () => NaN);
  const plain = find(CONSTANT);
  const turns = plain
    ? rounds.flatMap(({ measured }) => measured.Brolly.routes.flatMap((route) => route.turns ?? []))
    : [];
  const rows = [
    goal('≥ 80 % of the bare sessions, one text in a request', ratio(single, bare), 0.8, percent),
    goal('≥ 80 % of the bare sessions, lists of texts', ratio(batch, bare), 0.8, percent),
    ...RIVALS.map(([name, factor]) => goal(`≥ ${String(factor)} × ${name}`, ratio(single, rival(name)), factor, times)),
    goal('linear route ≥ 50 % of plain Fastify, in turns', percentile(turns, 0.5), 0.5, percent),
    [
      `\`/health\` p99 < 10 ms while all workers are busy`,
      `${ms(brolly.probes.p99)} ms`,
      verdict(brolly.probes.p99 < 10),
    ],
    goal('goodput ≥ 90 % of the peak at twice the peak', brolly.goodput, 0.9, percent),
  ];
  const shares = plain?.routes[0].loads.map(
    (load, i) => `${percent(loadsOf(brolly, linear)[i].perSecond / load.perSecond)} at ${String(LEVELS[i])}`,
  );
  const beside = plain && [
    `The linear route and plain Fastify were loaded in ${String(turns.length)} turns of a second each, with as many under way as each was best at:`,
    `it came to ${percent(Math.min(...turns))} to ${percent(Math.max(...turns))} of plain Fastify. Not in turns, one after the other, it came to`,
    `${percent(ratio(linear, rival(CONSTANT)))}, each at its best; at the same number under way to ${shares.join(', ')}.`,
  ];
  return `Each at its best number of texts or requests under way; the median of what each round came to.

${table(['goal', 'measured', ''], rows)}
${beside ? `\n${beside.join('\n')}` : ''}`;
}

/** @param value NaN when there is none */
const goal = (text, value, least, format) =>
  Number.isNaN(value) ? [text, 'not measured', ''] : [text, format(value), verdict(value >= least)];

const verdict = (met) => (met ? 'met' : '**not met**');
const times = (factor) => `${factor.toFixed(2)} ×`;

const notes = (results) =>
  results
    .map(({ name, note, obstacle }) => `- ${name}: ${note}.${obstacle ? ` **Failed**: ${obstacle}` : ''}`)
    .join('\n');

const percent = (share) => `${(share * 100).toFixed(0)} %`;

function table(columns, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
