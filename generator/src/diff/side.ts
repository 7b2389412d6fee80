import { join, posix } from 'node:path';
import { Failure, FindingsError } from '../errors.js';
import { listFiles, readText } from '../files.js';
import type { TemplateRequest } from '../helm.js';
import { mergeLayers } from '../layers.js';
import { listComponents, listEnvironments, loadChartName, loadEnvironment, loadSchema } from '../load.js';
import { isObject, type Json, type JsonObject, type Manifest } from '../model.js';
import type { Project } from '../project.js';
import { parseManifests, parseYaml } from '../yaml.js';
import { at, requireName, type Rendered } from './objects.js';

/** One environment in a tree: its values, and every object that Argo CD would apply for it. */
export interface Side {
  readonly values: Json;
  readonly objects: readonly Rendered[];
  /** Why this side cannot be compared; its objects are then not to be trusted. */
  readonly error?: string;
}

/** Renders one release of the umbrella chart. */
export type Render = (request: TemplateRequest) => Promise<string>;

/** Reads and renders one environment of a tree. What goes wrong is part of the result, so that other environments are still told. */
export async function loadSide(project: Project, name: string, render: Render): Promise<Side> {
  const { root } = project;
  let values: Json = {};
  try {
    const path = `${project.environments}/${name}/values.yaml`;
    values = parseYaml(await readText(root, path), path).value;
    const environment = readEnvironment(project, name);
    const kubeVersion = at(environment, 'cluster', 'kubernetesVersion');
    if (typeof kubeVersion !== 'string') throw new Failure(`${name} does not say cluster.kubernetesVersion`);
    const declared = await readApplications(project, name);
    const requests =
      project.argocd === undefined
        ? requestComponents(project, name, environment, kubeVersion)
        : declared
            .filter(({ kind }) => kind === 'Application')
            .flatMap((application) => requestApplication(project, application, kubeVersion));
    const rendered = await Promise.allSettled(requests.map((request) => renderRelease(request, render)));
    const errors = rendered.filter((one) => one.status === 'rejected').map(({ reason }) => describeError(reason));
    if (errors.length > 0) throw new Failure(errors.join('\n'));
    const releases = rendered.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    const argocd = declared.map((manifest) => ({ component: 'argocd', namespace: 'argocd', manifest }));
    return { values, objects: [...argocd, ...releases] };
  } catch (error) {
    return { values, objects: [], error: describeError(error).replaceAll(`${root}/`, '') };
  }
}

/** What is wrong, in one text of one or more lines. */
export function describeError(error: unknown): string {
  if (error instanceof FindingsError) {
    return error.findings
      .map(({ file, line, column, message }) =>
        [...[file, line, column].filter((part) => part !== undefined), ` ${message}`].join(':'),
      )
      .join('\n');
  }
  if (error instanceof Failure) return error.hint === undefined ? error.message : `${error.message}\n${error.hint}`;
  if (error instanceof Error) return error.message;
  throw error;
}

/** The input of an environment with what it extends, unchecked. */
function readEnvironment(project: Project, name: string): JsonObject {
  const schema = loadSchema(project.root, `${project.environments}/environment.schema.json`);
  const { layers } = loadEnvironment(project, name, listEnvironments(project), false);
  return mergeLayers(
    schema,
    layers.map(({ value }) => (isObject(value) ? value : {})),
  );
}

async function readApplications({ root, argocd }: Project, name: string): Promise<Manifest[]> {
  if (argocd === undefined) return [];
  const folders = [`${argocd}/${name}`, `${argocd}/${name}/applications`];
  const paths = folders.flatMap((folder) => listFiles(root, folder).map((file) => `${folder}/${file}`));
  const texts = await Promise.all(paths.map((path) => readText(root, path)));
  return texts.flatMap(parseManifests).map((manifest) => requireName(manifest, `${argocd}/${name}`));
}

interface Release {
  /** Name of the component, which is also that of its application. */
  readonly component: string;
  readonly request: TemplateRequest;
}

/** What is installed where no Argo CD applications say it: every component with the environment's values. */
function requestComponents(project: Project, name: string, environment: JsonObject, kubeVersion: string): Release[] {
  const { root, chart, environments } = project;
  const components = listComponents(project, loadChartName(project));
  return components.map(({ name: component, file }) => {
    const namespace = at(environment, 'namespaces', component);
    const files = [`${environments}/${name}/values.yaml`, ...(file === undefined ? [] : [file])];
    return {
      component,
      request: {
        chart: join(root, chart),
        release: component,
        namespace: typeof namespace === 'string' ? namespace : 'default',
        valueFiles: files.map((path) => join(root, path)),
        kubeVersion,
      },
    };
  });
}

/** What an application installs of the chart; nothing for one that only holds other applications. */
function requestApplication(project: Project, application: Manifest, kubeVersion: string): Release[] {
  const { name } = application.metadata;
  const source = at(application, 'spec', 'source');
  if (at(source, 'path') !== project.chart) return [];
  const helm = at(source, 'helm');
  const outranking = ['parameters', 'values', 'valuesObject', 'fileParameters'].filter(
    (key) => at(helm, key) !== undefined,
  );
  if (outranking.length > 0) {
    throw new Failure(`the application ${name} sets ${outranking.join(' and ')}`, {
      hint: 'they outrank the value files; put the values there',
    });
  }
  const given = at(helm, 'valueFiles');
  const valueFiles = (Array.isArray(given) ? given : [])
    .filter((file) => typeof file === 'string')
    .map((file) => valueFile(project, name, file));
  const namespace = at(application, 'spec', 'destination', 'namespace');
  const release = at(helm, 'releaseName');
  const request = {
    chart: join(project.root, project.chart),
    release: typeof release === 'string' ? release : name,
    namespace: typeof namespace === 'string' ? namespace : 'default',
    valueFiles,
    kubeVersion,
  };
  return [{ component: name, request }];
}

async function renderRelease({ component, request }: Release, render: Render): Promise<Rendered[]> {
  return parseManifests(await render(request))
    .flatMap(unpackList)
    .map((manifest) => requireName(manifest, `the release ${request.release}`))
    .filter((manifest) => !isTest(manifest))
    .map((manifest) => ({ component, namespace: request.namespace, manifest }));
}

/** As Argo CD finds it: below the repository for a leading slash, else below the chart; never outside of the repository. */
function valueFile({ root, chart }: Project, application: string, file: string): string {
  const path = posix.normalize(file.startsWith('/') ? file.slice(1) : posix.join(chart, file));
  if (path.startsWith('..'))
    throw new Failure(`the application ${application} names a value file outside of the repository: ${file}`);
  return join(root, path);
}

function unpackList(manifest: Manifest): Manifest[] {
  const items = manifest.items;
  if (manifest.kind !== 'List' || !Array.isArray(items)) return [manifest];
  return items.filter(isObject) as Manifest[];
}

/** Argo CD does not apply Helm's test pods. */
function isTest(manifest: Manifest): boolean {
  const hook = at(manifest.metadata, 'annotations', 'helm.sh/hook');
  return typeof hook === 'string' && hook.split(',').every((name) => name.trim().startsWith('test'));
}
