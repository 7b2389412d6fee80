import { Failure, FindingsError, type Finding } from './errors.js';
import type { Environment } from './generated/environment.js';
import type { Images } from './generated/image.js';
import {
  CHART,
  listComponents,
  listEnvironments,
  loadEnvironments,
  loadSchema,
  loadSubchartSchemas,
  type EnvironmentSources,
} from './load.js';
import {
  mergeValues,
  formatPath,
  isObject,
  type Component,
  type GeneratedFile,
  type Json,
  type JsonObject,
  type LoadedEnvironment,
  type Schema,
} from './model.js';
import { renderTemplate, toView } from './render.js';
import { checkRules } from './rules.js';
import { bundleSchemas, defaultsOf } from './schema.js';
import { nearest } from './suggest.js';
import { loadTemplates, type Templates } from './templates.js';
import { checkSchema, type Problem } from './validate.js';
import { MARK } from './write.js';
import { parseYaml, printYaml, printYamlStream, type Source } from './yaml.js';

/** Everything that follows from one environment's input files. */
export interface GeneratedEnvironment extends LoadedEnvironment {
  /** Complete values for the umbrella chart. */
  readonly values: JsonObject;
  readonly components: readonly Component[];
  readonly files: readonly GeneratedFile[];
}

/** What all environments share: the charts' contract, the schemas of the input files and the templates. */
interface Project {
  readonly schemas: { readonly environment: Schema; readonly image: Schema; readonly values: Schema };
  readonly defaults: JsonObject;
  readonly components: Awaited<ReturnType<typeof listComponents>>;
  readonly templates: Templates;
}

/**
 * load → check → render → validate → print, for the environments named (default: all). Nothing is written.
 * Throws a FindingsError with the problems of all environments, or a Failure for a name that is no environment.
 */
export async function generateEnvironments(
  root: string,
  names: readonly string[] = [],
): Promise<GeneratedEnvironment[]> {
  const project = await loadProject(root);
  const sources = await loadEnvironments(root, await chooseEnvironments(root, names));
  const findings: Finding[] = [];
  const generated = sources.map((source) => {
    const result = generateOne(project, source);
    findings.push(...result.findings);
    return result.environment;
  });
  if (findings.some(({ severity }) => severity === 'error')) throw new FindingsError(findings);
  return generated.filter((environment) => environment !== undefined);
}

/** The environments named, or all; a Failure for a name that is none. */
export async function chooseEnvironments(root: string, names: readonly string[]): Promise<readonly string[]> {
  const known = await listEnvironments(root);
  if (known.length === 0)
    throw new Failure('there is no environment', { hint: 'an environment is a folder in environments/' });
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const meant = nearest(unknown, known);
    throw new Failure(`there is no environment "${unknown}"`, {
      hint: meant === undefined ? `there are: ${known.join(', ')}` : `did you mean "${meant}"?`,
    });
  }
  return names.length === 0 ? known : names;
}

async function loadProject(root: string): Promise<Project> {
  const [environment, image, subcharts, components, templates] = await Promise.all([
    loadSchema(root, 'environments/environment.schema.json'),
    loadSchema(root, 'environments/image.schema.json'),
    loadSubchartSchemas(root),
    listComponents(root),
    loadTemplates(),
  ]);
  const values = bundleSchemas(subcharts);
  return { schemas: { environment, image, values }, defaults: defaultsOf(values), components, templates };
}

interface Result {
  readonly environment?: GeneratedEnvironment;
  readonly findings: readonly Finding[];
}

function generateOne(project: Project, source: EnvironmentSources): Result {
  const environment = checkSchema(project.schemas.environment, source.environment.value);
  const images = checkSchema(project.schemas.image, source.images.value);
  const findings = [...locate(environment.problems, source.environment), ...locate(images.problems, source.images)];
  if (findings.length > 0) return { findings };

  // the schemas from which these types are made have just been checked
  const loaded: LoadedEnvironment = {
    name: source.name,
    environment: environment.value as unknown as Environment,
    images: images.value as unknown as Images,
  };
  const broken = locate(checkRules(loaded), source.environment);
  if (broken.length > 0) return { findings: broken };
  return renderEnvironment(project, loaded);
}

function renderEnvironment(project: Project, loaded: LoadedEnvironment): Result {
  const { name, environment } = loaded;
  const components = project.components.map(({ name: component, file }): Component => {
    const namespace = (environment.namespaces as Partial<Record<string, string>>)[component];
    if (namespace === undefined) throw new Error(`no namespace is named for the component ${component}`);
    return { name: component, file, namespace };
  });
  const view = toView(loaded, components);

  const rendered = parseYaml(renderTemplate(project.templates.values, view), 'templates/values.yaml.hbs').value;
  const values = mergeValues(project.defaults, isObject(rendered) ? rendered : {});
  const path = `environments/${name}/values.yaml`;
  const text = printYaml(values, { header: `${MARK}\n${modeline}` });
  const findings = locate(checkSchema(project.schemas.values, values).problems, parseYaml(text, path));
  if (findings.length > 0) return { findings };

  const stream = (rendering: string): string => {
    const documents = rendering.split(/^---$/m).map((document): Json => parseYaml(document, 'templates').value);
    return printYamlStream(documents, { header: MARK });
  };
  const files = [
    { path, text },
    { path: `argocd/${name}/root.yaml`, text: stream(renderTemplate(project.templates.root, view)) },
    ...components.map((component) => ({
      path: `argocd/${name}/applications/${component.name}.yaml`,
      text: stream(renderTemplate(project.templates.application, { ...view, component })),
    })),
  ];
  return { environment: { ...loaded, values, components, files }, findings: [] };
}

const modeline = `yaml-language-server: $schema=../../${CHART}/values.schema.json`;

/** Says of each problem in which file, line and column it stands. */
function locate(problems: readonly Problem[], source: Source): Finding[] {
  return problems.map(({ at, of, ...problem }) => ({
    ...problem,
    file: source.file,
    ...source.position(at, of),
    path: formatPath(at),
  }));
}
