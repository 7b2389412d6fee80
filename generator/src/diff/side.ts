import { join, posix } from 'node:path';
import { Failure, FindingsError } from '../errors.js';
import { listFiles, readText } from '../files.js';
import type { TemplateRequest } from '../helm.js';
import { CHART } from '../load.js';
import { isObject, type Json, type Manifest } from '../model.js';
import { parseManifests, parseYaml } from '../yaml.js';
import { at, textAt, type Rendered } from './objects.js';

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
export async function loadSide(tree: string, name: string, render: Render): Promise<Side> {
  let values: Json = {};
  try {
    const path = `environments/${name}/values.yaml`;
    values = parseYaml(await readText(tree, path), path).value;
    const declared = await readApplications(tree, name);
    const kubeVersion = await readKubeVersion(tree, name);
    const rendered = await Promise.all(
      declared
        .filter(({ kind }) => kind === 'Application')
        .map((application) => renderApplication(tree, application, kubeVersion, render)),
    );
    const argocd = declared.map((manifest) => ({ component: 'argocd', namespace: 'argocd', manifest }));
    return { values, objects: [...argocd, ...rendered.flat()] };
  } catch (error) {
    return { values, objects: [], error: describeError(error).replaceAll(`${tree}/`, '') };
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

async function readApplications(tree: string, name: string): Promise<Manifest[]> {
  const folders = [`argocd/${name}`, `argocd/${name}/applications`];
  const paths = await Promise.all(
    folders.map(async (folder) => (await listFiles(tree, folder)).map((file) => `${folder}/${file}`)),
  );
  const texts = await Promise.all(paths.flat().map((path) => readText(tree, path)));
  return texts.flatMap(parseManifests).map((manifest) => requireName(manifest, `argocd/${name}`));
}

async function readKubeVersion(tree: string, name: string): Promise<string> {
  const path = `environments/${name}/environment.yaml`;
  const version = at(parseYaml(await readText(tree, path), path).value, 'cluster', 'kubernetesVersion');
  if (typeof version !== 'string') throw new Failure(`${path} does not say cluster.kubernetesVersion`);
  return version;
}

/** The objects of an application that installs the umbrella chart; none for one that only holds other applications. */
async function renderApplication(
  tree: string,
  application: Manifest,
  kubeVersion: string,
  render: Render,
): Promise<Rendered[]> {
  const { name } = application.metadata;
  const source = at(application, 'spec', 'source');
  if (at(source, 'path') !== CHART) return [];
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
    .map((file) => valueFile(tree, name, file));
  const namespace = at(application, 'spec', 'destination', 'namespace');
  const release = at(helm, 'releaseName');
  const request = {
    root: tree,
    release: typeof release === 'string' ? release : name,
    namespace: typeof namespace === 'string' ? namespace : 'default',
    valueFiles,
    kubeVersion,
  };
  return parseManifests(await render(request))
    .flatMap(unpackList)
    .map((manifest) => requireName(manifest, `the release ${request.release}`))
    .filter((manifest) => !isTest(manifest))
    .map((manifest) => ({ component: name, namespace: request.namespace, manifest }));
}

/** As Argo CD finds it: below the repository for a leading slash, else below the chart; never outside of the repository. */
function valueFile(tree: string, application: string, file: string): string {
  const path = file.startsWith('/') ? posix.normalize(file.slice(1)) : posix.normalize(posix.join(CHART, file));
  if (path.startsWith('..'))
    throw new Failure(`the application ${application} names a value file outside of the repository: ${file}`);
  return join(tree, path);
}

/** Kubernetes refuses an object without these, and nothing could be matched with it. */
function requireName(manifest: Manifest, where: string): Manifest {
  if (textAt(manifest, 'kind') !== '' && textAt(manifest, 'metadata', 'name') !== '') return manifest;
  throw new Failure(`an object in ${where} has no kind or no metadata.name`);
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
