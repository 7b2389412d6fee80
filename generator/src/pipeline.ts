import { findBreaches } from './breaches.js';
import { loadContract, type Contract } from './contract.js';
import { Failure, FindingsError, isError, type Finding } from './errors.js';
import { textOf } from './fields.js';
import { inspectSources } from './inspect.js';
import type { Environment } from './generated/environment.js';
import type { Images } from './generated/image.js';
import { checkInput, toFinding, type Input, type InputSchemas } from './input.js';
import { mergeLayers } from './layers.js';
import {
  listComponents,
  listEnvironments,
  loadChartName,
  loadEnvironment,
  loadSchema,
  loadSchemaIfThere,
  type EnvironmentSources,
} from './load.js';
import {
  objectOf,
  type Component,
  type GeneratedFile,
  type Json,
  type JsonObject,
  type LoadedEnvironment,
  type Path,
} from './model.js';
import type { Problem } from './problem.js';
import { printYaml, printYamlStream } from './print-yaml.js';
import type { Project } from './project.js';
import type { View } from './render.js';
import { nearest } from './suggest.js';
import { loadTemplates, type Templates } from './templates.js';
import { traceValues, type Origin, type ValueLayers, type ValueOrigin } from './trace.js';
import { checkValues } from './validate.js';
import { MARK } from './write.js';
import { parseYaml } from './yaml.js';

/** Everything that follows from one environment's input files. */
export interface GeneratedEnvironment extends LoadedEnvironment {
  /** Complete values for the chart. */
  readonly values: JsonObject;
  readonly components: readonly Component[];
  readonly files: readonly GeneratedFile[];
  /** What is worth a look and stops nothing. */
  readonly warnings: readonly Finding[];
  /** Where the value at a path of the values comes from, the deciding step first. */
  readonly trace: (path: Path) => ValueOrigin[];
  /** Where the value at a path of environment.yaml was written, the deciding place first. */
  readonly traceInput: (path: Path) => Origin[];
  /** What would follow from another environment.yaml, with defaults filled in and not checked. */
  readonly vary: (environment: JsonObject) => GeneratedEnvironment;
}

/** What all environments of a project share. */
export interface Generator {
  readonly project: Project;
  readonly contract: Contract;
  readonly schemas: InputSchemas;
  /** Every environment, sorted; those included that are only there to be extended. */
  readonly names: readonly string[];
  /**
   * load → check → render → validate → print, for one environment; nothing is written. Findings without an environment are
   * errors; neither means that it is abstract. Throws a FindingsError for files that cannot be read.
   */
  generate(name: string): { environment?: GeneratedEnvironment; findings: readonly Finding[] };
}

/** Reads what all environments share, once. */
export function openGenerator(project: Project): Generator {
  const { root, environments, chart } = project;
  const contract = loadContract(project);
  const folders = listEnvironments(project);
  const chartName = loadChartName(project);
  const components = listComponents(project, chartName);
  const schemas = {
    environment: loadSchema(root, `${environments}/environment.schema.json`),
    images: loadSchemaIfThere(root, `${environments}/image.schema.json`),
  };
  const templates = loadTemplates(project, schemas.environment, schemas.images);
  const shared: Shared = { project, contract, schemas, templates, components, chart, chartName };
  return {
    project,
    contract,
    schemas,
    names: folders,
    generate: (name) => generateOne(shared, loadEnvironment(project, name, folders, schemas.images !== undefined)),
  };
}

/** The environments named, or all of a project; throws a FindingsError with the problems of all of them. */
export function generateEnvironments(project: Project, names: readonly string[] = []): GeneratedEnvironment[] {
  const generator = openGenerator(project);
  const findings: Finding[] = [];
  const generated = chooseEnvironments(generator, names).flatMap((name) => {
    const { environment, findings: found } = attempt(generator, name);
    findings.push(...found, ...(environment?.warnings ?? []));
    return environment ?? [];
  });
  if (findings.some(isError)) throw new FindingsError(findings);
  const none = names.find((name) => generated.every((environment) => environment.name !== name));
  if (none === undefined) return generated;
  throw new Failure(`"${none}" is abstract: nothing is generated for it`, {
    hint: 'name an environment that extends it',
  });
}

/** Generates one environment; what cannot be read is a finding like any other. */
export function attempt(generator: Generator, name: string): ReturnType<Generator['generate']> {
  try {
    return generator.generate(name);
  } catch (error) {
    if (error instanceof FindingsError) return { findings: error.findings };
    throw error;
  }
}

/** The environments named, or all; a Failure for a name that is none. */
export function chooseEnvironments({ project, names }: Generator, wanted: readonly string[]): readonly string[] {
  if (names.length === 0)
    throw new Failure('there is no environment', { hint: `an environment is a folder in ${project.environments}/` });
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown === undefined) return wanted.length === 0 ? names : wanted;
  const meant = nearest(unknown, names);
  throw new Failure(`there is no environment "${unknown}"`, {
    hint: meant === undefined ? `there are: ${names.join(', ')}` : `did you mean "${meant}"?`,
  });
}

interface Shared extends Pick<Generator, 'project' | 'contract' | 'schemas'> {
  readonly templates: Templates;
  readonly components: readonly Omit<Component, 'namespace'>[];
  readonly chart: string;
  readonly chartName: string;
}

function generateOne(shared: Shared, sources: EnvironmentSources): ReturnType<Generator['generate']> {
  const { schemas, contract } = shared;
  if (sources.abstract) return { findings: [] }; // its heirs are checked with everything it says
  const input = checkInput(schemas, sources);
  const noted = inspectSources(schemas, contract.schema, sources);
  if (input.findings.length > 0) return { findings: [...noted, ...input.findings, ...checkOverrides(shared, input)] };

  const laid = layEnvironment(shared, input);
  const { values, trace } = laid;
  const problems = checkValues(contract.schema, values);
  const findings = [
    ...noted,
    ...problems.map((problem) => locate(shared, laid, problem)),
    ...findBreaches(input, values, trace, problems),
  ];
  if (findings.some(isError)) return { findings };
  return { environment: { ...printEnvironment(shared, input, laid), warnings: findings }, findings: [] };
}

/** The values of an environment, before anything is known about whether they are right. */
interface LaidEnvironment {
  readonly view: View;
  readonly values: JsonObject;
  readonly trace: ReturnType<typeof traceValues>;
  readonly valuesFile: GeneratedFile;
}

function layEnvironment(shared: Shared, input: Input): LaidEnvironment {
  const { project, contract, templates } = shared;
  const view = toView(shared, input, withNamespaces(shared, input.environment));
  const [rendered] = templates.values.render(view);
  const template = { value: objectOf(rendered?.value), sources: rendered?.sources ?? [] };
  const { values, trace } = layValues(contract, input, template);
  const path = `${project.environments}/${input.name}/values.yaml`;
  const text = printYaml(values, { header: `${MARK}\n${modeline(project, input.name)}` });
  return { view, values, trace, valuesFile: { path, text } };
}

/** Where a person wrote what is wrong: in an input file, else in the template; what nobody wrote is shown where it would stand. */
function locate(
  { templates }: Shared,
  { trace, valuesFile: { path, text } }: LaidEnvironment,
  problem: Problem,
): Finding {
  const steps = trace(problem.at, problem.of);
  const origins = steps.flatMap(({ origins }) => origins);
  if (origins.length > 0) return toFinding(problem, origins);
  const written = steps[0]?.stage === 'template' ? templates.values.place(problem.at) : undefined;
  if (written !== undefined) return toFinding(problem, [{ ...written, path: problem.at, value: undefined }]);
  const position = parseYaml(text, path).position(problem.at, problem.of);
  const line = text.split('\n')[position.line - 1];
  const finding = toFinding(problem, [{ file: path, ...position, path: problem.at, value: undefined }]);
  return line === undefined ? finding : { ...finding, text: line };
}

/** Everything that follows from an environment whose values are right, or are to be looked at whatever they are. */
function printEnvironment(shared: Shared, input: Input, laid: LaidEnvironment): Omit<GeneratedEnvironment, 'warnings'> {
  const { view, values, trace, valuesFile } = laid;
  return {
    name: input.name,
    // where the schemas from which these types are made have been checked; `vary` is for who knows that they were not
    environment: input.environment as unknown as Environment,
    images: input.images as unknown as Images,
    values,
    components: view.components,
    files: [valuesFile, ...printApplications(shared, view)],
    trace,
    traceInput: (path) => input.trace(['environment', ...path]),
    vary: (environment) => {
      const other = { ...input, environment };
      return { ...printEnvironment(shared, other, layEnvironment(shared, other)), warnings: [] };
    },
  };
}

/** The values of an environment from everything that says one, and where each comes from. */
function layValues(
  { schema, defaults }: Contract,
  input: Input,
  template: { value: JsonObject; sources: ValueLayers['sources'] },
): { values: JsonObject; trace: ReturnType<typeof traceValues> } {
  const overrides = objectOf(input.environment.values);
  const values = mergeLayers(schema, [defaults, template.value, overrides]);
  const layers = { defaults, template: template.value, sources: template.sources, overrides };
  // a template sees the repository of an image in two parts
  const trace = traceValues(schema, layers, (path, of) => {
    const isImage = path[0] === 'images';
    return input.trace(isImage ? path.map((step) => (step === 'registry' ? 'repository' : step)) : path, of);
  });
  return { values, trace };
}

/** What is wrong with `values:` is told together with what is wrong above it, which the template cannot do without. */
function checkOverrides({ contract }: Shared, input: Input): Finding[] {
  const { values, trace } = layValues(contract, input, { value: {}, sources: [] });
  return checkValues(contract.schema, values).flatMap((problem) => {
    const [step] = trace(problem.at, problem.of);
    return step?.stage === 'override' && step.origins.length > 0 ? [toFinding(problem, step.origins)] : [];
  });
}

/** The root application and one for each component; none where the project has no place for them. */
function printApplications({ project, templates }: Shared, view: View): GeneratedFile[] {
  const { root, application } = templates;
  if (project.argocd === undefined || root === undefined || application === undefined) return [];
  const folder = `${project.argocd}/${view.name}`;
  const stream = (documents: readonly { readonly value: Json }[]): string =>
    printYamlStream(
      documents.map(({ value }) => value),
      { header: MARK },
    );
  return [
    { path: `${folder}/root.yaml`, text: stream(root.render(view)) },
    ...view.components.map((component) => ({
      path: `${folder}/applications/${component.name}.yaml`,
      text: stream(application.render({ ...view, component })),
    })),
  ];
}

function withNamespaces({ components, project }: Shared, environment: JsonObject): Component[] {
  const namespaces = objectOf(environment.namespaces);
  return components.map((component) => {
    const namespace = namespaces[component.name];
    if (typeof namespace === 'string') return { ...component, namespace };
    throw new Failure(`no environment says the namespace of "${component.name}"`, {
      hint: `${project.environments}/environment.schema.json has to require "namespaces.${component.name}", a string`,
    });
  });
}

function toView(shared: Shared, { name, environment, images }: Input, components: readonly Component[]): View {
  const { project, chart, chartName } = shared;
  return {
    name,
    chart,
    chartName,
    folder: `${project.environments}/${name}`,
    applications: `${project.argocd ?? ''}/${name}/applications`,
    environment,
    images: Object.fromEntries(
      Object.entries(images).map(([image, build]) => [image, splitRepository(objectOf(build))]),
    ),
    components,
  };
}

/** Charts name the registry of an image by itself, so that a mirror can replace it. */
function splitRepository({ repository, ...rest }: JsonObject): JsonObject {
  const name = textOf(repository);
  const slash = name.indexOf('/');
  return { ...rest, registry: name.slice(0, slash), repository: name.slice(slash + 1) };
}

function modeline({ chart, environments }: Project, name: string): string {
  const up = '../'.repeat(`${environments}/${name}`.split('/').length);
  return `yaml-language-server: $schema=${up}${chart}/values.schema.json`;
}
