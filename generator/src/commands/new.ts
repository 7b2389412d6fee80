import type { Context } from '../context.js';
import { EXIT, Failure } from '../errors.js';
import { readIfThere } from '../files.js';
import { environmentFile, imageFile, listEnvironments, loadYaml } from '../load.js';
import { objectOf } from '../model.js';
import { chooseEnvironments, openGenerator } from '../pipeline.js';
import { loadProject } from '../project.js';
import { editYaml } from '../yaml.js';
import { editAndGenerate } from './edit.js';

export interface NewOptions {
  readonly environment: string;
  readonly from: string;
  readonly format?: 'text' | 'json';
}

/** Folders, Argo CD applications and namespaces are named after environments: a DNS label (RFC 1123). */
const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Makes an environment with the files of another, comments kept, then generates. One made from an abstract environment extends it. */
export async function newEnvironment(
  context: Context,
  { environment, from, format = 'text' }: NewOptions,
): Promise<number> {
  const { root, terminal } = context;
  const project = await loadProject(root);
  if (!NAME.test(environment))
    throw new Failure(`"${environment}" cannot be the name of an environment`, {
      hint: 'use lower-case letters, digits and hyphens, at most 63',
    });
  if (listEnvironments(project).includes(environment))
    throw new Failure(`there is an environment "${environment}" already`, {
      hint: `change it in ${environmentFile(project, environment)}`,
    });
  chooseEnvironments(openGenerator(project), [from]);
  const source = loadYaml(project, environmentFile(project, from));
  const abstract = objectOf(source.value).abstract === true;
  const image = readIfThere(root, imageFile(project, from));
  if (abstract && image === undefined)
    throw new Failure(`"${from}" is abstract and has no ${imageFile(project, from)}`, {
      hint: `make it from an environment that has one, then say \`extends: ${from}\` in it`,
    });
  const modeline = source.text.startsWith('# yaml-language-server:') ? `${source.text.split('\n')[0] ?? ''}\n` : '';
  const edits = [
    {
      path: environmentFile(project, environment),
      text: abstract ? modeline + editYaml('', ['extends'], from) : source.text,
    },
    ...(image === undefined ? [] : [{ path: imageFile(project, environment), text: image }]),
  ];
  const code = await editAndGenerate(context, edits, { environments: [environment], format });
  if (code === EXIT.ok) terminal.err(`next: say what is different in ${environmentFile(project, environment)}`);
  return code;
}
