import type { Context } from '../context.js';
import { Failure } from '../errors.js';
import { readText, writeAllAtomic } from '../files.js';
import { imageFile } from '../load.js';
import { propertiesOf } from '../schema.js';
import { nearest } from '../suggest.js';
import { editYaml } from '../yaml.js';
import { chooseEnvironments, openGenerator } from '../pipeline.js';
import { loadProject } from '../project.js';
import { generate } from './generate.js';

export interface ImageOptions {
  readonly environment: string;
  readonly name: string;
  readonly tag: string;
  readonly digest?: string;
}

/**
 * Writes which build of an image an environment runs, then generates. A digest that was there before goes away unless a
 * new one is given: it belongs to the old tag. When the result is not valid, the file is left as it was.
 */
export async function image(context: Context, { environment, name, tag, digest }: ImageOptions): Promise<number> {
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
  const before = await readText(root, path);
  const text = editYaml(editYaml(before, [name, 'tag'], tag), [name, 'digest'], digest);
  writeAllAtomic(root, [{ path, text }]);
  try {
    return await generate(context, { environments: [environment] });
  } catch (error) {
    writeAllAtomic(root, [{ path, text: before }]);
    throw error;
  }
}
