import type { Terminal } from '../terminal.js';
import { changeLines, formatCounts, objectTitle, printable, rolloutLines, type Line } from './lines.js';
import type { DiffReport, EnvironmentDiff, ObjectChange } from './model.js';

type Style = Terminal['style'];

/** The report for a person at a terminal. */
export function formatText({ base, head, environments }: DiffReport, style: Style): string {
  const sides = [base, head].map(({ ref, commit }) =>
    commit === undefined ? ref : commit === ref ? short(ref) : `${ref} (${short(commit)})`,
  );
  return [
    style.dim(printable(sides.join(' → '))),
    ...environments.map((environment) => formatEnvironment(environment, style)),
  ].join('\n');
}

function formatEnvironment(environment: EnvironmentDiff, style: Style): string {
  const { name, status, errors, dangers, values, objects } = environment;
  return [
    `${style.bold(printable(name))}: ${printable(summarize(environment))}`,
    ...errors.map(({ side, message }) =>
      style.red(indent(`${side} cannot be rendered, so manifests are not compared:\n${lines(message)}`, 2)),
    ),
    ...dangers.map(
      ({ rule, object, message }) => `  ${style.red('danger')} ${printable(`${rule}: ${object}: ${message}`)}`,
    ),
    ...(values.length === 0 ? [] : ['  values', ...values.flatMap(changeLines).map((line) => paint(line, style))]),
    ...objects.flatMap((object) => formatObjectChange(object, style)),
    ...(status === 'changed' || status === 'failed' ? [''] : []),
  ].join('\n');
}

/** One line about an environment. */
export function summarize({ status, counts }: EnvironmentDiff): string {
  switch (status) {
    case 'unchanged':
      return 'no change';
    case 'added':
      return `new environment, ${String(counts.objects.added)} objects`;
    case 'removed':
      return `environment removed, ${String(counts.objects.removed)} objects`;
    case 'failed':
      return 'failed';
    case 'changed':
      return `values ${formatCounts(counts.values)}, objects ${formatCounts(counts.objects)}`;
  }
}

function formatObjectChange(object: ObjectChange, style: Style): string[] {
  const body = [...rolloutLines(object), ...object.changes.flatMap(changeLines)];
  return [`  ${printable(objectTitle(object))}`, ...body.map((line) => paint(line, style))];
}

function paint({ mark, text }: Line, style: Style): string {
  const line = `    ${mark} ${printable(text)}`;
  return { '+': style.green, '-': style.red, '!': style.yellow, ' ': (same: string) => same }[mark](line);
}

function short(commit: string): string {
  return commit.slice(0, 12);
}

function lines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

function indent(text: string, width: number): string {
  return text.replace(/^/gm, ' '.repeat(width));
}
