import { fileURLToPath } from 'node:url';
import { allCharts, type Chart } from './deep/chart.js';
import { readText } from './files.js';
import { inferSchema } from './infer.js';
import { objectOf, type GeneratedFile, type JsonObject, type Schema } from './model.js';
import { printYaml } from './print-yaml.js';
import { propertiesOf } from './schema.js';

/** What a new project is to hold. */
export interface Plan {
  /** The chart that every environment installs. */
  readonly chart: Chart;
  /** Names of what it is installed as; each gets a namespace of its own name. */
  readonly components: readonly string[];
  /** Name of the first environment. */
  readonly environment: string;
  /** Clone URL; without one there is nothing that Argo CD could read. */
  readonly repository: string | undefined;
}

/** Where the environments of a new project are: the default of brolly.yaml. */
const ENVIRONMENTS = 'environments';
/** The newest minor version of Kubernetes that the charts are tested with. */
const KUBERNETES = '1.36';

const TEMPLATES = fileURLToPath(new URL('../templates', import.meta.url));

/** The files of a new project that a person goes on with; everything else is generated from them. */
export async function scaffold({ chart, components, environment, repository }: Plan): Promise<GeneratedFile[]> {
  const argocd = repository !== undefined;
  const header = `yaml-language-server: $schema=../environment.schema.json`;
  const first = {
    cluster: { kubernetesVersion: KUBERNETES },
    ...(argocd && { gitops: { repository } }),
    namespaces: Object.fromEntries(components.map((name) => [name, name])),
  };
  return [
    {
      path: 'brolly.yaml',
      text: printYaml({ chart: chart.folder, ...(argocd && { argocd: 'argocd' }), docs: 'docs' }),
    },
    { path: `${ENVIRONMENTS}/environment.schema.json`, text: printJson(await environmentSchema(components, argocd)) },
    { path: `${ENVIRONMENTS}/${environment}/environment.yaml`, text: printYaml(first, { header }) },
    ...schemasFor(chart),
    { path: '.gitignore', text: '.brolly/\n' },
  ];
}

async function environmentSchema(components: readonly string[], argocd: boolean): Promise<Schema> {
  const schema = objectOf(JSON.parse(await readText(TEMPLATES, 'environment.schema.json')) as Schema);
  const namespaces = objectOf(propertiesOf(schema).namespaces);
  const own = components.map((name): [string, JsonObject] => [
    name,
    { description: `Namespace of ${name}.`, $ref: '#/definitions/namespace' },
  ]);
  const properties = { ...Object.fromEntries(own), ...propertiesOf(namespaces) };
  return {
    ...schema,
    required: ['cluster', ...(argocd ? ['gitops'] : []), 'namespaces'],
    properties: { ...propertiesOf(schema), namespaces: { ...namespaces, required: [...components], properties } },
  };
}

/** A schema for each chart of the repository's own that has none, made from its values.yaml. */
function schemasFor(outermost: Chart): GeneratedFile[] {
  const own = allCharts(outermost).filter(({ schema, vendored }) => schema === undefined && !vendored);
  const byFolder = new Map(own.map((chart) => [chart.folder, chart]));
  return [...byFolder.values()].map((chart) => {
    const { name, mount, values, dependencies, folder } = chart;
    const subcharts = [...new Set([...dependencies, ...chart.subcharts.map((each) => each.name)])];
    const schema = inferSchema(values, {
      title: `${pascalCase(name)}Values`,
      description: `Values of the ${name} chart.`,
      subcharts,
      further: conditionsOf(outermost, mount),
    });
    return { path: `${folder}/values.schema.json`, text: printJson(schema) };
  });
}

/** The keys by which charts around a subchart ask whether to install it; Helm leaves them among its values. */
function conditionsOf(outermost: Chart, mount: readonly string[]): JsonObject {
  const conditions = allCharts(outermost).flatMap((chart) => chart.conditions);
  const own = conditions.filter(
    (path) => path.length === mount.length + 1 && path.slice(0, -1).join('.') === mount.join('.'),
  );
  const keys = mount.length === 0 ? [] : own.map((path) => path.at(-1) ?? '');
  return Object.fromEntries(
    keys.map((key) => [key, { description: 'Whether to install this chart.', type: 'boolean' }]),
  );
}

function printJson(schema: Schema): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function pascalCase(name: string): string {
  return name.replace(/(?:^|[-_.])([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}
