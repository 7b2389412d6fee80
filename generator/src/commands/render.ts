import type { Context } from '../context.js';
import { EXIT, Failure } from '../errors.js';
import { renderManifests } from '../helm.js';
import { generateEnvironments } from '../pipeline.js';
import { printYamlStream } from '../print-yaml.js';
import { loadProject } from '../project.js';
import { nearest } from '../suggest.js';
import { findHelm } from '../tools.js';

export interface RenderOptions {
  readonly environment: string;
  /** Only this component; default: all, each in its own namespace as Argo CD installs them. */
  readonly component?: string;
  readonly format?: 'yaml' | 'json';
}

/** Prints the manifests of an environment, rendered by the real Helm, as one YAML stream or a JSON list. */
export async function render(context: Context, options: RenderOptions): Promise<number> {
  const { root, terminal } = context;
  const project = await loadProject(root);
  const [environment] = generateEnvironments(project, [options.environment]);
  if (environment === undefined) throw new Error('one environment was asked for and none came');
  const names = environment.components.map(({ name }) => name);
  const { component } = options;
  if (component !== undefined && !names.includes(component)) {
    const meant = nearest(component, names);
    throw new Failure(`there is no component "${component}"`, {
      hint: meant === undefined ? `there are: ${names.join(', ')}` : `did you mean "${meant}"?`,
    });
  }
  const { helm } = await findHelm(context);
  const chosen = environment.components.filter(({ name }) => component === undefined || name === component);
  const manifests = await Promise.all(chosen.map((one) => renderManifests(helm, project, environment, one)));
  const objects = manifests.flat();
  terminal.out(options.format === 'json' ? JSON.stringify(objects, null, 2) : printYamlStream(objects).trimEnd());
  return EXIT.ok;
}
