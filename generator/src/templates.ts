import { fileURLToPath } from 'node:url';
import { FindingsError, type Finding, type Place } from './errors.js';
import { readIfThere } from './files.js';
import type { Json, Path, Schema } from './model.js';
import type { Project } from './project.js';
import { MARKER, TemplateError, compileTemplate, type Template } from './render.js';
import { propertiesOf } from './schema.js';
import type { TemplateFault } from './template-paths.js';
import { parseYaml } from './yaml.js';

/** A template whose faults are findings in its file. */
export interface ProjectTemplate extends Pick<Template, 'render'> {
  /** Where it says the value at a path of what it makes; undefined where that cannot be told, or the file is not the project's. */
  place(path: Path): Place | undefined;
}

/** The templates of a project, ready to be rendered. */
export interface Templates {
  /** From an environment to values of the chart. */
  readonly values: ProjectTemplate;
  /** Argo CD applications; undefined in a project that has no place for them. */
  readonly root?: ProjectTemplate;
  readonly application?: ProjectTemplate;
}

/** The templates that come with Brolly. */
const SHIPPED = fileURLToPath(new URL('../templates', import.meta.url));

/**
 * Reads and compiles the templates: the project's own, and those that come with Brolly where it has none. Throws a
 * FindingsError with everything in them that can fit no environment, by the schemas of its files.
 */
export function loadTemplates(project: Project, environment: Schema, images: Schema | undefined): Templates {
  const image = Object.keys(propertiesOf(images ?? {})).map((name) => [name, IMAGE] as const);
  const paths = new Map<string, Schema>([
    ...['name', 'chart', 'chartName', 'folder', 'applications'].map((name): [string, Schema] => [name, TEXT]),
    ['environment', environment],
    ['images', { properties: Object.fromEntries(image) }],
    ['components', { type: 'array', items: COMPONENT }],
    ['component', COMPONENT],
  ]);
  const findings: Finding[] = [];
  const load = (name: string): ProjectTemplate => {
    const own = `${project.templates}/${name}.yaml.hbs`;
    const text = readIfThere(project.root, own);
    const used = text ?? readIfThere(SHIPPED, `${name}.yaml.hbs`) ?? '';
    const template = compileTemplate(used, paths, (rendered) => parseDocuments(rendered, used));
    const toFindings = (faults: readonly TemplateFault[]): Finding[] =>
      faults.map((fault) =>
        text === undefined ? aboutShipped(project, name, fault) : { severity: 'error', ...fault, file: own },
      );
    findings.push(...toFindings(template.faults));
    return {
      render: (view) => {
        try {
          return template.render(view);
        } catch (error) {
          if (error instanceof TemplateError) throw new FindingsError(toFindings(error.faults));
          throw error;
        }
      },
      place: (path) => {
        const position = text === undefined ? undefined : findKey(text, path);
        return position && { file: own, ...position };
      },
    };
  };
  const values = load('values');
  const templates =
    project.argocd === undefined ? { values } : { values, root: load('root'), application: load('application') };
  if (findings.length > 0) throw new FindingsError(findings);
  return templates;
}

/** A template that is nobody's to change: what does not fit is the project's schema. */
function aboutShipped({ environments }: Project, name: string, { code, message }: TemplateFault): Finding {
  return {
    severity: 'error',
    code,
    message: `${message}, which Brolly's own ${name}.yaml.hbs takes`,
    hint: `add it to this schema, or put a ${name}.yaml.hbs of your own beside it`,
    file: `${environments}/environment.schema.json`,
  };
}

const TEXT: Schema = { properties: {} };
const IMAGE: Schema = { properties: { registry: TEXT, repository: TEXT, tag: TEXT, digest: TEXT } };
const COMPONENT: Schema = { properties: { name: TEXT, namespace: TEXT, file: TEXT } };

function parseDocuments(rendered: string, template: string): Json[] {
  return rendered.split(/^---$/m).map((document) => {
    try {
      return parseYaml(document, '').value;
    } catch (error) {
      if (!(error instanceof FindingsError)) throw error;
      throw new TemplateError(error.findings.map((finding) => unreadable(finding, document, template)));
    }
  });
}

/** What makes a rendering no YAML, at the line of the template that begins as the line of the rendering does. */
function unreadable({ message, line = 1, column = 1 }: Finding, rendered: string, template: string): TemplateFault {
  const text = rendered.split('\n')[line - 1] ?? '';
  const start = text.split(`"${MARKER}`)[0] ?? '';
  const found = start.trim() === '' ? -1 : template.split('\n').findIndex((each) => each.startsWith(start));
  return {
    code: 'template-syntax',
    message: `the template makes no YAML: ${message}`,
    hint: 'a value stands by itself, without quotes: {{yaml PATH}}; one of several parts is {{text "a" PATH}}',
    ...(found >= 0 && { line: found + 1, column: Math.min(column, start.length + 1) }),
  };
}

/** Where a template, which is written as YAML, itself says the value at a path, or the nearest one around it. */
function findKey(template: string, path: Path): { line: number; column: number } | undefined {
  const keys = path.filter((step) => typeof step === 'string');
  const lines = template.split('\n').map((text) => {
    const [, indent, , key] = /^( *(?:- +)*)(["']?)([^\s:"'#{][^:"']*)\2 *:(?: |$)/.exec(text) ?? [];
    return indent === undefined ? undefined : { key, indent: indent.length, takes: /\{\{(?:yaml|text) /.test(text) };
  });
  /** The line of the last key, each somewhere below the one before; a line that takes its value from elsewhere says none. */
  const find = ([key, ...rest]: readonly string[], start: number, end: number): number | undefined => {
    for (let at = start; at < end; at += 1) {
      const line = lines[at];
      if (line === undefined || line.key !== key) continue;
      if (rest.length === 0 && !line.takes) return at;
      const after = lines.findIndex((each, index) => index > at && each !== undefined && each.indent <= line.indent);
      const found = rest.length === 0 ? undefined : find(rest, at + 1, after < 0 ? end : Math.min(after, end));
      if (found !== undefined) return found;
    }
    return undefined;
  };
  for (let length = keys.length; length > 0; length -= 1) {
    const at = find(keys.slice(0, length), 0, lines.length);
    if (at !== undefined) return { line: at + 1, column: (lines[at]?.indent ?? 0) + 1 };
  }
  return undefined;
}
