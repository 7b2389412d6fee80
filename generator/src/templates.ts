import { fileURLToPath } from 'node:url';
import { FindingsError, type Finding } from './errors.js';
import { readIfThere } from './files.js';
import type { Schema } from './model.js';
import type { Project } from './project.js';
import { compileTemplate, type Template } from './render.js';
import { propertiesOf } from './schema.js';
import { nearest } from './suggest.js';
import { parseYaml } from './yaml.js';

/** The templates of a project, ready to be rendered. */
export interface Templates {
  /** From an environment to values of the chart. */
  readonly values: Template;
  readonly root: Template;
  readonly application: Template;
}

/** The templates that come with Brolly. */
const SHIPPED = fileURLToPath(new URL('../templates', import.meta.url));

/**
 * Reads and compiles the templates: the project's own, and those that come with Brolly where it has none. Throws a
 * FindingsError with every name in them that no environment can have, by the schemas of its files.
 */
export function loadTemplates(project: Project, environment: Schema, images: Schema | undefined): Templates {
  const paths = new Map<string, Schema>([
    ...['name', 'chart', 'chartName', 'folder', 'applications'].map((name): [string, Schema] => [name, {}]),
    ['environment', environment],
    [
      'images',
      { properties: Object.fromEntries(Object.keys(propertiesOf(images ?? {})).map((name) => [name, IMAGE])) },
    ],
    ['components', { type: 'array', items: COMPONENT }],
    ['component', COMPONENT],
  ]);
  const findings: Finding[] = [];
  const load = (name: string): Template => {
    const own = `${project.templates}/${name}.yaml.hbs`;
    const text = readIfThere(project.root, own) ?? readIfThere(SHIPPED, `${name}.yaml.hbs`) ?? '';
    const template = compileTemplate(text, paths, parseDocuments);
    findings.push(
      ...template.faults.map(({ message, name: wrong, known, line, column }): Finding => {
        const meant = nearest(wrong, known);
        const hint = meant === undefined ? `known: ${known.join(', ')}` : `did you mean "${meant}"?`;
        const place = { file: own, line, column };
        return { severity: 'error', code: 'template-name', message, ...(known.length > 0 && { hint }), ...place };
      }),
    );
    return template;
  };
  const templates = { values: load('values'), root: load('root'), application: load('application') };
  if (findings.length > 0) throw new FindingsError(findings);
  return templates;
}

const IMAGE: Schema = { properties: { registry: {}, repository: {}, tag: {}, digest: {} } };
const COMPONENT: Schema = { properties: { name: {}, namespace: {}, file: {} } };

function parseDocuments(text: string) {
  return text.split(/^---$/m).map((document) => parseYaml(document, 'a rendered template').value);
}
