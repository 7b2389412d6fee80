import Handlebars from 'handlebars';
import { textOf } from './fields.js';
import { memoized } from './memo.js';
import { formatPath, type Component, type Json, type JsonObject, type Path } from './model.js';
import { VALUES, followTemplate, type Paths, type TemplateFault } from './template-paths.js';

/** What a template may name. */
export interface View {
  readonly name: string;
  /** Folder of the chart, relative to the repository root. */
  readonly chart: string;
  /** As Chart.yaml says. */
  readonly chartName: string;
  /** The folder of the environment's own files, relative to the repository root. */
  readonly folder: string;
  /** Where its Argo CD applications are written. */
  readonly applications: string;
  readonly environment: JsonObject;
  readonly images: Readonly<Record<string, JsonObject>>;
  readonly components: readonly Component[];
  /** Of a template that is rendered once for each component. */
  readonly component?: Component;
}

/** A document of a rendered template. */
export interface Rendered {
  readonly value: Json;
  /** Where in the view the value at a path of the document came from; a path inside a value that came whole is not named. */
  readonly sources: readonly { readonly at: Path; readonly from: Path }[];
}

/** A template, ready to be rendered for any number of environments. */
export interface Template {
  /** What is wrong with it for every view. */
  readonly faults: readonly TemplateFault[];
  /** Throws a TemplateError with what is wrong with it for this view. */
  render(view: View): Rendered[];
}

export class TemplateError extends Error {
  readonly faults: readonly TemplateFault[];
  constructor(faults: readonly TemplateFault[]) {
    super(faults.map(({ message }) => message).join(', '));
    this.faults = faults;
  }
}

/** Reads the text of a template's rendering: one value for each document. Throws a TemplateError for what is no YAML. */
export type ParseDocuments = (text: string) => Json[];

/**
 * What stands in the text for a value, between two characters of the private use area. Values never reach the text
 * themselves: nothing in them can change the structure, every environment that takes the same branches shares one parse, and
 * each value is known by where it came from.
 */
export const MARKER = '\ue000';
const PLACE = new RegExp(`^${MARKER}(\\d+)${MARKER}$`);
const PLACES = new RegExp(`"?${MARKER}\\d+${MARKER}"?`, 'g');

interface Given {
  readonly value: Json;
  readonly from: Path | undefined;
}

/** Strict: a name that the view does not have is an error, and values reach the text through two helpers only. */
const OPTIONS: CompileOptions = {
  strict: true,
  noEscape: true,
  knownHelpersOnly: true,
  knownHelpers: Object.fromEntries([...VALUES, 'defined'].map((name) => [name, true])),
};

/**
 * Compiles a template. In it, `{{yaml PATH}}` is a value, `{{text "a" PATH …}}` the parts joined to one text, and
 * `{{#if (defined PATH)}}` asks whether there is a value at all: zero and false are values. `paths` knows what the view has.
 */
export function compileTemplate(text: string, paths: Paths, parse: ParseDocuments): Template {
  const handlebars = Handlebars.create();
  let given: Given[] = [];
  let absent: TemplateFault[] = [];
  const hold = (value: Json, options: Handlebars.HelperOptions): string => {
    given.push({ value, from: sourceOf(options) });
    return `"${MARKER}${String(given.length - 1)}${MARKER}"`;
  };
  const lack = (options: Handlebars.HelperOptions): void => void absent.push(absentValue(sourceOf(options), options));
  handlebars.registerHelper('yaml', (value: Json | undefined, options: Handlebars.HelperOptions) => {
    if (value === undefined) lack(options);
    return hold(value ?? null, options);
  });
  handlebars.registerHelper('text', (...args: unknown[]) => {
    const options = args.pop() as Handlebars.HelperOptions; // they come last
    if (args.includes(undefined)) lack(options);
    return hold(args.map(String).join(''), options);
  });
  handlebars.registerHelper('defined', (value: unknown) => value !== undefined);

  const program = parseTemplate(text);
  if ('code' in program) return { faults: [program], render: () => [] };
  const faults = followTemplate(program, paths);
  const print = handlebars.compile<View>(program, OPTIONS);
  const parsed = new Map<string, Json[]>();
  return {
    faults,
    render(view) {
      [given, absent] = [[], []];
      const rendered = print(view);
      if (absent.length > 0) throw new TemplateError(absent);
      const documents = parsed.get(rendered) ?? parse(rendered);
      parsed.set(rendered, documents);
      return documents.map((document) => fillIn(document, given));
    },
  };
}

/** The syntax tree of a template, or why there is none. */
function parseTemplate(text: string): hbs.AST.Program | TemplateFault {
  try {
    return Handlebars.parse(text);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const [, line, column] = / on line (\d+)/.exec(error.message) ?? / - (\d+):(\d+)$/.exec(error.message) ?? [];
    const [, got = ''] = /, got '(\w+)'$/.exec(error.message) ?? [];
    const told = error.message.includes("doesn't match") ? error.message.replace(/ - .*/, '') : UNREADABLE;
    return {
      code: 'template-syntax',
      message: UNEXPECTED[got] ?? told,
      hint: 'every {{#if …}}, {{#each …}} and the like ends with {{/if}}, {{/each}}',
      line: Number(line ?? 1),
      column: Number(column ?? 0) + 1,
    };
  }
}

/** What the parser came upon, in words. */
const UNEXPECTED: Readonly<Record<string, string>> = {
  EOF: 'the template ends before a block of it does',
  INVERSE: 'an {{else}} stands outside of a block',
  OPEN_ENDBLOCK: 'a block ends here that has not begun',
};
const UNREADABLE = 'what stands here between {{ and }} cannot be read';

function absentValue(from: Path | undefined, { hash }: Handlebars.HelperOptions): TemplateFault {
  const path = formatPath(from ?? []);
  const [line, column] = (hash as { at: string }).at.split(':').map(Number);
  return {
    code: 'absent-value',
    message: `the template takes "${path}", and the environment says no such value`,
    hint: `put {{#if (defined ${path})}} … {{/if}} around it, or let the schema require it or give a default`,
    ...(line !== undefined && column !== undefined && { line, column }),
  };
}

/** The path that `followTemplate` wrote into the call, with the indices of the lists that are being gone through. */
function sourceOf({ hash, data }: Handlebars.HelperOptions): Path | undefined {
  const path = (hash as { from?: string }).from;
  if (path === undefined) return undefined;
  let frame = data as { key?: string | number; _parent?: typeof frame } | undefined;
  const steps = stepsOf(path);
  if (!steps.includes(null)) return steps as Path;
  return steps
    .toReversed()
    .map((step) => {
      if (step !== null) return step;
      const key = frame?.key ?? 0;
      frame = frame?._parent;
      return key;
    })
    .reverse();
}

const stepsOf = memoized((path) => JSON.parse(path) as readonly (string | null)[]);

/** Puts the values in their places, and notes where each came from. */
function fillIn(document: Json, given: readonly Given[]): Rendered {
  const sources: { at: Path; from: Path }[] = [];
  const fill = (node: Json, at: Path): Json => {
    if (typeof node === 'string') {
      const place = PLACE.exec(node)?.[1];
      if (place === undefined) return whole(node);
      const found = given[Number(place)];
      if (found === undefined) throw new Error(`a template made up the value ${place}`);
      if (found.from !== undefined) sources.push({ at, from: found.from });
      return found.value;
    }
    if (Array.isArray(node)) return node.map((item, index) => fill(item, [...at, index]));
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(
      Object.entries(node).map(([key, value]) => {
        const name = PLACE.test(key) ? textOf(fill(key, at)) : whole(key);
        return [name, fill(value, [...at, name])];
      }),
    );
  };
  return { value: fill(document, []), sources };
}

function whole(text: string): string {
  if (!text.includes(MARKER)) return text;
  const message = `a value stands inside the text ${text.replaceAll(PLACES, '{{…}}')}`;
  throw new TemplateError([{ code: 'template-syntax', message, hint: 'join them: {{text "a" PATH}}' }]);
}
