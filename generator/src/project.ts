import { Failure, FindingsError } from './errors.js';
import { readIfThere, readText } from './files.js';
import { formatPath } from './model.js';
import { fileURLToPath } from 'node:url';
import type { ProjectFile } from './generated/project.js';
import { checkSchema } from './validate.js';
import { parseYaml } from './yaml.js';

/** The file at the root of a repository that Brolly works on. */
const PROJECT_FILE = 'brolly.yaml';

/** A repository and where things are in it; the paths are relative to `root`. */
export interface Project extends ProjectFile {
  /** Absolute. */
  readonly root: string;
}

const SCHEMAS = fileURLToPath(new URL('../schemas', import.meta.url));

/** Reads brolly.yaml. Throws a Failure where there is none, and a FindingsError with everything that is wrong in it. */
export async function loadProject(root: string): Promise<Project> {
  const text = readIfThere(root, PROJECT_FILE);
  if (text === undefined)
    throw new Failure(`there is no ${PROJECT_FILE} here or above`, { hint: 'run `brolly init` beside a Helm chart' });
  const source = parseYaml(text, PROJECT_FILE);
  const schema = JSON.parse(await readText(SCHEMAS, 'project.schema.json')) as Parameters<typeof checkSchema>[0];
  const { value, problems } = checkSchema(schema, source.value);
  if (problems.length > 0) {
    throw new FindingsError(
      problems.map(({ at, of, ...problem }) => ({
        ...problem,
        file: PROJECT_FILE,
        ...source.position(at, of),
        path: formatPath(at),
      })),
    );
  }
  // the schema from which the type is made has just been checked
  return { root, ...(value as unknown as ProjectFile) };
}
