import { join } from 'node:path';
import { Failure } from './errors.js';
import { withTempDir, writeAllAtomic } from './files.js';
import { CHART } from './load.js';
import type { Component, Manifest } from './model.js';
import type { GeneratedEnvironment } from './pipeline.js';
import { run } from './process.js';
import { parseManifests } from './yaml.js';

export interface TemplateRequest {
  /** Folder that holds the chart: the repository, or a copy of it at another commit. */
  readonly root: string;
  readonly release: string;
  readonly namespace: string;
  /** Absolute paths, the later outranks the earlier. */
  readonly valueFiles: readonly string[];
  readonly kubeVersion: string;
}

/** What `helm template` prints for the umbrella chart. Throws a Failure with Helm's own words when it cannot be rendered. */
export async function template(helm: string, request: TemplateRequest): Promise<string> {
  const { root, release, namespace, valueFiles, kubeVersion } = request;
  const files = valueFiles.flatMap((file) => ['--values', file]);
  const args = [
    'template',
    release,
    join(root, CHART),
    '--namespace',
    namespace,
    '--kube-version',
    kubeVersion,
    ...files,
  ];
  const { code, stdout, stderr } = await run(helm, args);
  if (code !== 0) throw new Failure(`helm cannot render the release "${release}"`, { hint: stderr.trim() });
  return stdout;
}

/**
 * The manifests of an environment as generated, whatever its files on disk say: one component as Argo CD renders it, or,
 * without one, the whole umbrella as the release `release` in `namespace`.
 */
export function renderManifests(
  helm: string,
  root: string,
  environment: GeneratedEnvironment,
  target: Component | { readonly release: string; readonly namespace: string },
): Promise<Manifest[]> {
  return withTempDir(async (dir) => {
    const values = environment.files.filter(({ path }) => path.endsWith('/values.yaml'));
    await writeAllAtomic(dir, values);
    const valueFiles = values.map(({ path }) => join(dir, path));
    const text = await template(helm, {
      root,
      release: 'file' in target ? target.name : target.release,
      namespace: target.namespace,
      valueFiles: 'file' in target ? [...valueFiles, join(root, target.file)] : valueFiles,
      kubeVersion: environment.environment.cluster.kubernetesVersion,
    });
    return parseManifests(text);
  });
}
