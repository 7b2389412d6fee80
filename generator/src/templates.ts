import { fileURLToPath } from 'node:url';
import { readText } from './files.js';

/** The Handlebars templates that ship with the command. */
export interface Templates {
  readonly values: string;
  readonly root: string;
  readonly application: string;
}

const FOLDER = fileURLToPath(new URL('../templates', import.meta.url));

export async function loadTemplates(): Promise<Templates> {
  const [values, root, application] = await Promise.all(
    ['values', 'root', 'application'].map((name) => readText(FOLDER, `${name}.yaml.hbs`)),
  );
  if (values === undefined || root === undefined || application === undefined) throw new Error('a template is missing');
  return { values, root, application };
}
