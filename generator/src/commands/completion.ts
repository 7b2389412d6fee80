import { complete as completeWords, completionScript, SHELLS, type CommandShape } from '../completion.js';
import type { Context } from '../context.js';
import { EXIT, Failure, FindingsError } from '../errors.js';
import { listComponents, loadChartName } from '../load.js';
import { formatPath, isObject, type Path, type Schema } from '../model.js';
import { openGenerator, type Generator } from '../pipeline.js';
import { loadProject } from '../project.js';
import { propertiesOf, resolveRef } from '../schema.js';

/** Prints what a shell has to run so that it completes brolly. */
export function completion({ terminal }: Context, shell: string): number {
  const known = SHELLS.find((one) => one === shell);
  if (known === undefined)
    throw new Failure(`there is no completion for "${shell}"`, { hint: `there are: ${SHELLS.join(', ')}` });
  terminal.out(completionScript(known).trimEnd());
  return EXIT.ok;
}

/** Prints the words that a shell may offer in the place of the last one, one a line. */
export async function complete(
  context: Context,
  commands: readonly CommandShape[],
  words: readonly string[],
): Promise<number> {
  const generator = await openIfThere(context.root);
  const found = completeWords(commands, words, candidatesOf(generator));
  if (found.length > 0) context.terminal.out(found.join('\n'));
  return EXIT.ok;
}

/** The repository, as far as it can be read: who is in the middle of a command line wants no error message there. */
async function openIfThere(root: string): Promise<Generator | undefined> {
  try {
    return openGenerator(await loadProject(root));
  } catch (error) {
    if (error instanceof Failure || error instanceof FindingsError) return undefined;
    throw error;
  }
}

function candidatesOf(generator: Generator | undefined): Parameters<typeof completeWords>[2] {
  const environments = (): readonly string[] => generator?.names ?? [];
  const paths = (): string[] => {
    if (generator === undefined) return [];
    const { schemas, contract } = generator;
    return [...new Set([...pathsOf(schemas.environment), ...pathsOf(contract.schema)])];
  };
  return {
    environments,
    environment: environments,
    from: environments,
    path: paths,
    assignments: () => paths().map((path) => `${path}=`),
    name: () => Object.keys(propertiesOf(generator?.schemas.images ?? {})),
    component: () => (generator === undefined ? [] : componentsOf(generator)),
    shell: () => SHELLS,
  };
}

function componentsOf({ project }: Generator): string[] {
  return listComponents(project, loadChartName(project)).map(({ name }) => name);
}

/** Paths of every leaf that a schema names. */
function pathsOf(root: Schema, schema: Schema = root, at: Path = []): string[] {
  return Object.entries(propertiesOf(schema)).flatMap(([key, property]) => {
    if (!isObject(property)) return [];
    const child = resolveRef(root, property);
    const path = [...at, key];
    return isObject(child.properties) ? pathsOf(root, child, path) : [formatPath(path)];
  });
}
