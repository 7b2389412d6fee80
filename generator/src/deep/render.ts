import { availableParallelism } from 'node:os';
import { mergeLayers } from '../layers.js';
import type { JsonObject } from '../model.js';
import { run } from '../process.js';

/** What a chart renders to under some values; what stops Helm is as good an answer as manifests. */
export interface Rendering {
  readonly text: string;
  readonly failed: boolean;
}

/** What a rendering is compared with. */
export interface Base {
  readonly text: string;
  /** What the chart renders to with other values on top of those of the base. */
  readonly render: (values: JsonObject) => Promise<Rendering>;
}

/** Renders values to compare with; Helm's words where they cannot be rendered. */
export type MakeBase = (values: JsonObject, apiVersions?: readonly string[]) => Promise<Base | string>;

/** A hung Helm must not hang the check. */
const TIMEOUT = 60_000;

/**
 * Renders a chart without the check of its schema: a probe asks what the templates do with a value, not whether it is
 * allowed. At most one Helm per processor runs at a time. A chart that is not `steady` (it makes a password, a certificate)
 * is rendered twice for each base: lines that differ say nothing.
 */
export function baseMaker(helm: string, chart: string, steady: boolean): MakeBase {
  const args = ['template', 'probe', chart, '--skip-schema-validation', '--values', '-'];
  const limited = limit(Math.min(4, availableParallelism()));
  const render = (values: JsonObject, apis: readonly string[]): Promise<Rendering> =>
    limited(async () => {
      const input = JSON.stringify(values);
      const { code, stdout, stderr } = await run(helm, [...args, ...apis], { input, timeout: TIMEOUT });
      return code === 0 ? { text: stdout, failed: false } : { text: stderr, failed: true };
    });
  return async (values, apiVersions = []) => {
    const apis = apiVersions.flatMap((version) => ['--api-versions', version]);
    const first = await render(values, apis);
    if (first.failed) return first.text.trim();
    const volatile = steady ? new Set() : differingKeys(first.text, (await render(values, apis)).text);
    const settle = (text: string): string => {
      if (volatile.size === 0) return text;
      return linesOf(text)
        .filter((line) => !volatile.has(keyOf(line)))
        .join('\n');
    };
    return {
      text: settle(first.text),
      render: async (over) => {
        const { text, failed } = await render(mergeLayers({}, [values, over]), apis);
        return { text: failed ? text : settle(text), failed };
      },
    };
  };
}

/** The keys of the lines that two renderings of the same values do not share. */
function differingKeys(a: string, b: string): Set<string> {
  if (a === b) return new Set();
  const [inA, inB] = [new Set(linesOf(a)), new Set(linesOf(b))];
  const different = [...linesOf(a).filter((line) => !inB.has(line)), ...linesOf(b).filter((line) => !inA.has(line))];
  return new Set(different.map(keyOf));
}

function linesOf(text: string): string[] {
  return text.split('\n');
}

function keyOf(line: string): string {
  return line.replace(/:.*/, ':');
}

function limit(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
