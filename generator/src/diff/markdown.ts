import { changeLines, formatCounts, objectTitle, printable, rolloutLines, type Line } from './lines.js';
import type { DiffReport, EnvironmentDiff } from './model.js';
import { summarize } from './text.js';

/** First line of the document, by which a workflow finds its comment again. */
export const MARKER = '<!-- brolly-diff -->';
/** GitHub refuses a comment of more than 65,536 characters. */
const LIMIT = 65_000;
/** Room for the line that says how much was left out. */
const RESERVE = 200;
/** So many dangers of one environment are listed, and so much of an error is quoted; both come before any object. */
const DANGERS = 20;
const ERROR_LENGTH = 2_000;

/** A part of an environment that is shown whole or not at all: its values, or one object. */
interface Block {
  readonly environment: string;
  readonly text: string;
}

/**
 * One Markdown document, safe to be posted: what comes from values stands in code, where GitHub neither reads HTML nor notifies
 * `@people`. Whole objects are left out from the end until it fits into a comment.
 */
export function formatMarkdown(report: DiffReport): string {
  const { environments } = report;
  if (environments.every(({ status }) => status === 'unchanged')) {
    return `${MARKER}\n### Brolly diff: no change\n\nValues and manifests of ${names(environments)} stay as they are.\n`;
  }
  const heads = new Map(environments.map((environment) => [environment.name, environmentHead(environment)]));
  const top = [
    MARKER,
    `### Brolly diff: ${verdict(environments)}`,
    '',
    ...table(environments),
    '',
    ...summaryOfDangers(environments),
  ].join('\n');
  const frames = [...heads.values()].reduce((length, text) => length + text.length + 1, 0);
  let room = LIMIT - RESERVE - top.length - frames;
  if (room < 0)
    return `${top.slice(0, top.indexOf('\n\n'))}\n\nThe changes do not fit into a comment: read the summary of the workflow run.\n`;
  const all = environments.flatMap(environmentBlocks);
  const fitting = all.findIndex(({ text }) => (room -= text.length + 1) < 0);
  const shown = fitting === -1 ? all : all.slice(0, fitting);
  const sections = environments
    .filter(({ status }) => status === 'changed' || status === 'failed')
    .map(({ name }) => {
      const blocks = shown.filter(({ environment }) => environment === name).map(({ text }) => text);
      return `${heads.get(name) ?? ''}${blocks.join('\n')}\n</details>\n`;
    });
  const left = all.length - shown.length;
  const rest =
    left === 0
      ? []
      : [
          `**${String(left)} more not shown**, for a comment has no room for them: \`brolly diff\` prints everything.\n`,
        ];
  return [top, ...sections, ...rest].join('\n');
}

function verdict(environments: readonly EnvironmentDiff[]): string {
  const dangers = environments.reduce((sum, environment) => sum + environment.dangers.length, 0);
  const changed = environments.filter(({ status }) => status !== 'unchanged').length;
  const failed = environments.filter(({ status }) => status === 'failed').length;
  return [
    `${String(changed)} of ${plural(environments.length, 'environment')} changed`,
    ...(dangers > 0 ? [plural(dangers, 'danger')] : []),
    ...(failed > 0 ? [`${String(failed)} failed`] : []),
  ].join(', ');
}

function table(environments: readonly EnvironmentDiff[]): string[] {
  const rows = environments.map((environment) => {
    const { name, status, counts, dangers } = environment;
    const objects = status === 'failed' ? 'not compared' : formatCounts(counts.objects);
    const what = status === 'changed' || status === 'unchanged' ? formatCounts(counts.values) : status;
    return `| ${code(name).replaceAll('|', '\\|')} | ${what} | ${objects} | ${dangers.length === 0 ? 'none' : String(dangers.length)} |`;
  });
  return ['| Environment | Values | Objects | Dangers |', '| --- | --- | --- | --- |', ...rows];
}

function summaryOfDangers(environments: readonly EnvironmentDiff[]): string[] {
  return environments.flatMap(({ name, dangers }) => {
    if (dangers.length === 0) return [];
    const lines = dangers
      .slice(0, DANGERS)
      .map(({ rule, object, message }) => `- **${rule}** ${code(`${object}: ${message}`)}`);
    const more = dangers.length > DANGERS ? [`- and ${String(dangers.length - DANGERS)} more`] : [];
    return [`**Dangers in** ${code(name)}`, '', ...lines, ...more, ''];
  });
}

/** The open <details> of an environment, with its errors: what is shown whatever the length. */
function environmentHead(environment: EnvironmentDiff): string {
  const errors = environment.errors.map(({ side, message }) => {
    const text = message.length > ERROR_LENGTH ? `${message.slice(0, ERROR_LENGTH)}…` : message;
    return `The ${side} side cannot be rendered, so manifests are not compared:\n\n${fence('text', text.split('\n').map(printable))}\n`;
  });
  const summary = `<summary><code>${html(environment.name)}</code>: ${html(summarize(environment))}</summary>`;
  return `<details>\n${summary}\n\n${errors.join('\n')}`;
}

function environmentBlocks({ name, values, objects }: EnvironmentDiff): Block[] {
  const valuesBlock = values.length === 0 ? [] : [block(name, 'Values', values.flatMap(changeLines))];
  const objectBlocks = objects.map((object) =>
    block(name, code(objectTitle(object)), [...rolloutLines(object), ...object.changes.flatMap(changeLines)]),
  );
  return [...valuesBlock, ...objectBlocks];
}

function block(environment: string, title: string, lines: readonly Line[]): Block {
  if (lines.length === 0) return { environment, text: `${title}\n` };
  const body = lines.map(({ mark, text }) => `${mark} ${printable(text)}`);
  return { environment, text: `${title}\n\n${fence('diff', body)}\n` };
}

/** A fenced block whose fence is longer than any run of back-ticks inside it. */
function fence(language: string, lines: readonly string[]): string {
  const content = lines.join('\n');
  const ticks = '`'.repeat(Math.max(3, longestRun(content) + 1));
  return `${ticks}${language}\n${content}\n${ticks}`;
}

/** Inline code; a blank on both sides lets the content begin or end with a back-tick. */
function code(text: string): string {
  const content = printable(text);
  const ticks = '`'.repeat(longestRun(content) + 1);
  return ticks.length === 1 ? `\`${content}\`` : `${ticks} ${content} ${ticks}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}

function html(text: string): string {
  return printable(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function names(environments: readonly EnvironmentDiff[]): string {
  return environments.length === 0 ? 'all environments' : environments.map(({ name }) => code(name)).join(', ');
}

function plural(number: number, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? '' : 's'}`;
}
