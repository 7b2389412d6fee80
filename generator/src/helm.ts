import { join } from 'node:path';
import { Failure } from './errors.js';
import { withTempDir, writeAllAtomic } from './files.js';
import type { Component, Manifest } from './model.js';
import type { GeneratedEnvironment } from './pipeline.js';
import { run } from './process.js';
import type { Project } from './project.js';
import { parseManifests } from './yaml.js';

export interface TemplateRequest {
  /** Absolute path of the chart's folder: in the repository, or in a copy of it at another commit. */
  readonly chart: string;
  readonly release: string;
  readonly namespace: string;
  /** Absolute paths, the later outranks the earlier. */
  readonly valueFiles: readonly string[];
  readonly kubeVersion: string;
  /** Render values that the charts' schemas refuse, too. */
  readonly skipSchema?: boolean;
}

/** What `helm template` prints for the umbrella chart. Throws a Failure with Helm's own words when it cannot be rendered. */
export async function template(helm: string, request: TemplateRequest): Promise<string> {
  const { chart, release, namespace, valueFiles, kubeVersion, skipSchema = false } = request;
  const files = valueFiles.flatMap((file) => ['--values', file]);
  const args = ['template', release, chart, '--namespace', namespace, '--kube-version', kubeVersion, ...files];
  if (skipSchema) args.push('--skip-schema-validation');
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
  { root, chart }: Project,
  environment: GeneratedEnvironment,
  target: Component | { readonly release: string; readonly namespace: string },
  options: Pick<TemplateRequest, 'skipSchema'> = {},
): Promise<Manifest[]> {
  return withTempDir(async (dir) => {
    const values = environment.files.filter(({ path }) => path.endsWith('/values.yaml'));
    writeAllAtomic(dir, values);
    const component = 'release' in target || target.file === undefined ? [] : [join(root, target.file)];
    const valueFiles = [...values.map(({ path }) => join(dir, path)), ...component];
    const text = await template(helm, {
      chart: join(root, chart),
      release: 'release' in target ? target.release : target.name,
      namespace: target.namespace,
      valueFiles,
      kubeVersion: environment.environment.cluster.kubernetesVersion,
      ...options,
    });
    return parseManifests(text);
  });
}
