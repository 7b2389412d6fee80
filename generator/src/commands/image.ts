import type { Context } from '../context.js';
import { Failure } from '../errors.js';
import { imageFile, loadYaml } from '../load.js';
import { chooseEnvironments, openGenerator } from '../pipeline.js';
import { loadProject } from '../project.js';
import { propertiesOf } from '../schema.js';
import { nearest } from '../suggest.js';
import { editYaml } from '../yaml.js';
import { editAndGenerate } from './edit.js';

export interface ImageOptions {
  readonly environment: string;
  readonly name: string;
  readonly tag: string;
  readonly digest?: string;
  readonly format?: 'text' | 'json';
}

/**
 * Writes which build of an image an environment runs, then generates. A digest that was there before goes away unless a
 * new one is given: it belongs to the old tag.
 */
export async function image(
  context: Context,
  { environment, name, tag, digest, format = 'text' }: ImageOptions,
): Promise<number> {
  const { root } = context;
  const project = await loadProject(root);
  const generator = openGenerator(project);
  chooseEnvironments(generator, [environment]);
  const known = Object.keys(propertiesOf(generator.schemas.images ?? {}));
  if (!known.includes(name)) {
    const meant = nearest(name, known);
    throw new Failure(`there is no image "${name}"`, {
      hint: meant === undefined ? `there are: ${known.join(', ')}` : `did you mean "${meant}"?`,
    });
  }
  const path = imageFile(project, environment);
  const before = loadYaml(project, path);
  const text = editYaml(editYaml(before.text, [name, 'tag'], tag), [name, 'digest'], digest);
  return editAndGenerate(context, [{ path, text }], { environments: [environment], format });
}
