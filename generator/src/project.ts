import { dirname, join } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import { Failure, FindingsError } from './errors.js';
import { listFolders, readIfThere, readText } from './files.js';
import type { ProjectFile } from './generated/project.js';
import { formatPath } from './model.js';
import { nearest } from './suggest.js';
import { checkSchema } from './validate.js';
import { parseYaml } from './yaml.js';

/** The file at the root of a repository that Brolly works on. */
export const PROJECT_FILE = 'brolly.yaml';

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
  const project = { root, ...(value as unknown as ProjectFile) };
  if (hasChart(project, project.chart)) return project;
  const { chart } = project;
  const beside = listFolders(root, dirname(chart)).map((name) => join(dirname(chart), name));
  const meant = nearest(
    chart,
    beside.filter((folder) => hasChart(project, folder)),
  );
  throw new FindingsError([
    {
      severity: 'error',
      code: 'missing-file',
      message: `there is no chart in ${chart}, for it has no Chart.yaml`,
      hint: meant === undefined ? 'name the folder of a Helm chart' : `did you mean "${meant}"?`,
      file: PROJECT_FILE,
      ...source.position(['chart']),
      path: 'chart',
    },
  ]);
}

function hasChart({ root }: Pick<Project, 'root'>, folder: string): boolean {
  return readIfThere(root, `${folder}/Chart.yaml`) !== undefined;
}
