import type { Context } from '../context.js';
import { EXIT, Failure } from '../errors.js';
import { explainValue, type Explanation } from '../explain.js';
import { formatObject } from '../diff/model.js';
import { parsePath, type Json } from '../model.js';
import { generateEnvironments, openGenerator } from '../pipeline.js';
import { styleOf } from '../print-yaml.js';
import { loadProject } from '../project.js';
import { findHelm } from '../tools.js';
import type { Terminal } from '../terminal.js';

export interface ExplainOptions {
  readonly environment: string;
  readonly path: string;
  readonly format?: 'text' | 'json';
}

/** Says of one value what it is, who says so, what it may be, and which fields of which manifests it reaches. */
export async function explain(context: Context, { environment: name, path, format }: ExplainOptions): Promise<number> {
  const { root, terminal } = context;
  const project = await loadProject(root);
  const generator = openGenerator(project);
  const [environment] = generateEnvironments(project, [name]);
  if (environment === undefined) throw new Failure(`nothing is generated for "${name}"`);
  const { helm } = await findHelm(context);
  const explanation = await explainValue(generator, environment, parsePath(path), helm, () => {
    if (terminal.isTTY) terminal.status('rendering with another value');
  });
  terminal.out(
    format === 'json' ? JSON.stringify(explanation, null, 2) : formatExplanation(explanation, terminal.style),
  );
  return EXIT.ok;
}

function formatExplanation(explanation: Explanation, style: Terminal['style']): string {
  const { path, value, origins, schema, sets, reaches, problem } = explanation;
  const rows = [`${style.bold(path)} = ${value === undefined ? style.dim('absent') : style.green(print(value))}`];
  for (const [index, { stage, value: said, places }] of origins.entries()) {
    const where = places.map(({ file, line, column, path: at }) => `${file}:${String(line)}:${String(column)} (${at})`);
    const source = where.length > 0 ? where.join(', which overrides ') : STAGES[stage];
    rows.push(index === 0 ? `  said by ${source}` : `  ${style.dim(`instead of ${print(said)} by ${source}`)}`);
  }
  if (schema.description !== undefined) rows.push('', `  ${schema.description}`);
  const facts = Object.entries(schema).filter(([key]) => key !== 'description');
  for (const [key, fact] of facts)
    rows.push(`  ${style.cyan(`${key}:`)} ${typeof fact === 'string' && key !== 'default' ? fact : print(fact)}`);
  if (sets.length > 0) rows.push('', '  sets in the chart:', ...sets.map((at) => `    ${at}`));
  rows.push('');
  if (problem !== undefined) rows.push('  what it reaches cannot be told: with another value,', indent(problem, 4));
  else if (reaches.length === 0) rows.push('  reaches no manifest: all are the same with another value');
  else rows.push('  reaches:');
  for (const { fields, ...object } of reaches)
    rows.push(`    ${style.bold(formatObject(object))}`, ...fields.map((field) => `      ${field}`));
  return rows.join('\n');
}

const STAGES = {
  override: 'the environment',
  template: 'the template of values',
  default: "the chart's default",
  environment: 'the environment',
  schema: 'the default in environment.schema.json',
} as const;

/** As it stands in YAML: text that could be taken for something else is in quotes. */
function print(value: Json): string {
  return typeof value === 'string' && styleOf(value) === 'plain' ? value : JSON.stringify(value);
}

function indent(text: string, width: number): string {
  return text.trim().replace(/^/gm, ' '.repeat(width));
}
