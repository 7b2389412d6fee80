import { allCharts, type Chart } from './chart.js';
import { callFunction } from './functions.js';
import { TemplateError } from './lex.js';
import { canonical, type KeyPath } from './paths.js';
import { parseTemplate, type Expression, type Node, type Pipeline } from './parse.js';
import { ANY, either, fieldOf, keyOf, OTHER, partsOf, type Shape } from './shape.js';

/** One place in a template that reads a value. */
export interface Read {
  /** Among the values of the outermost chart; `*` is any key or item. */
  readonly path: readonly string[];
  /** Whether everything below the path is read as well, or only whether there is something. */
  readonly whole: boolean;
  readonly file: string;
  /** 0-based, in the file. */
  readonly offset: number;
  /** Values that decide whether this place is reached, or whether it matters. */
  readonly guards: readonly Guard[];
  /** Text that stands beside it in the same call, with which it is likely compared: `eq .Values.service.type "NodePort"`. */
  readonly beside: readonly string[];
}

export interface Guard {
  readonly path: readonly string[];
  /** Whether the place is reached when the value is false or empty. */
  readonly negated: boolean;
}

export interface Scan {
  readonly reads: readonly Read[];
  /** Keys that a template gives itself before it reads them (`set`). */
  readonly given: readonly (readonly string[])[];
  /** Files that make something random or ask the cluster: what a value does there does not show. */
  readonly unsteady: ReadonlySet<string>;
  /** API versions that a template asks for before it renders something: `monitoring.coreos.com/v1`. */
  readonly apiVersions: ReadonlySet<string>;
  readonly unreadable: readonly { readonly file: string; readonly offset: number; readonly message: string }[];
}

/** Finds every place in the templates of a chart and its subcharts that reads a value. Renders nothing. */
export function scanChart(chart: Chart): Scan {
  const charts = allCharts(chart);
  const scanner = new Scanner();
  scanner.scan(charts);
  const mounts = charts.map(({ mount }) => mount);
  const only = <T extends { readonly path: KeyPath }>(at: T): T => ({ ...at, path: canonical(at.path, mounts) });
  const { given, unsteady, apiVersions, unreadable } = scanner;
  return {
    reads: scanner.reads.map(({ inverted: _, ...read }) => ({ ...only(read), guards: read.guards.map(only) })),
    given: given.map((path) => canonical(path, mounts)),
    unsteady,
    apiVersions,
    unreadable,
  };
}

interface Define {
  readonly file: string;
  readonly body: readonly Node[];
}

/** Variables of a block: those that it does not hold itself are its parent's. */
class Scope {
  private readonly variables = new Map<string, Shape>();
  private readonly parent: Scope | undefined;
  constructor(parent?: Scope) {
    this.parent = parent;
  }
  get(name: string): Shape {
    return this.variables.get(name) ?? this.parent?.get(name) ?? OTHER;
  }
  declare(name: string, shape: Shape): void {
    this.variables.set(name, shape);
  }
  /** The block may not run, so the variable may still be what it was. */
  assign(name: string, shape: Shape): void {
    if (this.variables.has(name) || this.parent === undefined)
      this.variables.set(name, either([this.get(name), shape]));
    else this.parent.assign(name, shape);
  }
}

/** Includes within includes: deeper is a recursion, whose reads have been seen by then. */
const MAX_DEPTH = 40;

class Scanner {
  readonly reads: (Omit<Read, 'guards'> & { guards: Read['guards']; readonly inverted: boolean })[] = [];
  readonly given: (readonly string[])[] = [];
  readonly unsteady = new Set<string>();
  readonly apiVersions = new Set<string>();
  readonly unreadable: { file: string; offset: number; message: string }[] = [];
  private readonly defines = new Map<string, Define>();
  private readonly included = new Set<string>();
  private guards: readonly Guard[] = [];
  private file = '';
  private depth = 0;
  private computesNames = false;
  /** Whether what is read now stands within a `not`. */
  private inverted = false;

  scan(charts: readonly Chart[]): void {
    const bodies = charts.flatMap((chart) =>
      chart.templates.flatMap(({ file, text }) => {
        const template = this.parse(file, text);
        for (const [name, body] of template?.defines ?? []) this.defines.set(name, { file, body });
        return template === undefined ? [] : [{ chart, file, body: template.body }];
      }),
    );
    for (const { chart, file, body } of bodies) this.run({ file, body }, { of: 'context', chart });
    // a computed name may be that of any template which has not been included by its name
    if (!this.computesNames) return;
    const contexts = charts.map((chart): Shape => ({ of: 'context', chart }));
    for (const [name, define] of this.defines)
      if (![...this.included].some((key) => key.startsWith(`${name} `))) this.run(define, either(contexts));
  }

  private parse(file: string, text: string): ReturnType<typeof parseTemplate> | undefined {
    try {
      return parseTemplate(text);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      this.unreadable.push({ file, offset: error.offset, message: error.message });
      return undefined;
    }
  }

  private run({ file, body }: Define, context: Shape): void {
    const outer = { file: this.file, inverted: this.inverted };
    this.file = file;
    this.inverted = false;
    this.depth += 1;
    const scope = new Scope();
    scope.declare('', context);
    if (this.depth <= MAX_DEPTH) this.walk(body, context, scope);
    this.depth -= 1;
    this.file = outer.file;
    this.inverted = outer.inverted;
  }

  private walk(nodes: readonly Node[], dot: Shape, scope: Scope): void {
    for (const node of nodes) {
      if (node.type === 'print') this.print(node.pipeline, dot, scope);
      else if (node.type === 'template') this.include(node.name, this.evaluate(node.context, dot, scope));
      else this.branch(node, dot, scope);
    }
  }

  private print({ sets, declares, value }: Pipeline, dot: Shape, scope: Scope): void {
    const [name] = sets;
    const { shape } = this.pipeline(value, name === undefined ? 'use' : 'keep', dot, scope);
    if (name !== undefined && declares) scope.declare(name, shape);
    else if (name !== undefined) scope.assign(name, shape);
  }

  private branch(node: Exclude<Node, { type: 'print' | 'template' }>, dot: Shape, outer: Scope): void {
    const { type, pipeline, body, otherwise } = node;
    const { shape, conditions } = this.pipeline(pipeline.value, 'test', dot, outer);
    const guards = this.guards;
    const scope = new Scope(outer);
    const inner = type === 'range' ? fieldOf(shape, ANY) : shape;
    const last = pipeline.sets.at(-1);
    if (last !== undefined) scope.declare(last, type === 'range' ? inner : shape);
    this.guards = [...guards, ...conditions];
    this.walk(body, type === 'if' ? dot : inner, scope);
    this.guards = [...guards, ...conditions.map(({ path, negated }) => ({ path, negated: !negated }))];
    this.walk(otherwise, dot, new Scope(outer));
    this.guards = guards;
  }

  /** A pipeline's value, and what has to be there or not for it to hold; each of that may hide what the others do (`and`, `ternary`). */
  private pipeline(
    value: Expression,
    purpose: 'use' | 'test' | 'keep',
    dot: Shape,
    scope: Scope,
  ): { shape: Shape; conditions: readonly Guard[] } {
    const before = this.reads.length;
    const shape = this.evaluate(value, dot, scope);
    if (purpose !== 'keep') this.note(shape, purpose === 'use', offsetOf(value));
    const own = this.reads.slice(before).filter(({ file, guards }) => file === this.file && guards === this.guards);
    const conditions = own.map(({ path, inverted }): Guard => ({ path: [...path], negated: inverted }));
    if (conditions.length > 1) for (const read of own) read.guards = [...this.guards, ...conditions];
    return { shape, conditions };
  }

  private evaluate(expression: Expression, dot: Shape, scope: Scope): Shape {
    switch (expression.type) {
      case 'dot':
        return dot;
      case 'variable':
        return scope.get(expression.name);
      case 'field':
        return fieldOf(this.evaluate(expression.of, dot, scope), expression.name);
      case 'method':
        for (const arg of expression.args) {
          this.note(this.evaluate(arg, dot, scope), true, offsetOf(arg));
          if (expression.of.type === 'field' && expression.of.name === 'Has' && arg.type === 'text')
            this.apiVersions.add(arg.value);
        }
        return this.evaluate(expression.of, dot, scope);
      case 'call': {
        const { name, args, offset } = expression;
        const placeOf = new Map<Shape, number>();
        const outer = this.inverted;
        this.inverted = name === 'not' ? !outer : outer;
        const shapes = args.map((arg) => {
          const shape = this.evaluate(arg, dot, scope);
          if (shape !== OTHER) placeOf.set(shape, offsetOf(arg) ?? offset);
          return shape;
        });
        const texts = args.map(textOf);
        const beside = args.flatMap((arg) => (arg.type === 'text' && arg.value !== '' ? [arg.value] : []));
        const note = (shape: Shape, whole: boolean): void => {
          this.note(shape, whole, placeOf.get(shape) ?? offset, beside);
        };
        const result = callFunction(name, {
          args: shapes,
          texts,
          use: (shape) => {
            note(shape, true);
          },
          test: (shape) => {
            note(shape, false);
          },
          include: (template, context) => {
            this.include(template, context);
          },
          give: (shape, key) => this.given.push(...partsOf(shape).map((path) => [...path, key])),
          unsteady: () => this.unsteady.add(this.file),
        });
        this.inverted = outer;
        return result;
      }
      default:
        return OTHER;
    }
  }

  private include(name: string | undefined, context: Shape): void {
    if (name === undefined) {
      this.computesNames = true;
      return;
    }
    const define = this.defines.get(name);
    const key = `${name} ${keyOf(context)}`;
    if (define === undefined || this.included.has(key)) return;
    this.included.add(key);
    this.run(define, context);
  }

  private note(shape: Shape, whole: boolean, offset = 0, beside: readonly string[] = []): void {
    const { file, guards, inverted } = this;
    for (const path of partsOf(shape)) this.reads.push({ path, whole, file, offset, guards, beside, inverted });
  }
}

/** Text or a number as it stands in the template. `print .Template.BasePath "/x.yaml"` names a whole file, which is scanned anyway. */
function textOf(expression: Expression): string | undefined {
  if (expression.type === 'text') return expression.value;
  if (expression.type === 'literal') return expression.text;
  const namesFile = expression.type === 'call' && expression.args.some(isBasePath);
  return namesFile ? '' : undefined;
}

function isBasePath(expression: Expression): boolean {
  return expression.type === 'field' && expression.name === 'BasePath';
}

/** Where a value is named; undefined for what names none. */
function offsetOf(expression: Expression): number | undefined {
  if (expression.type === 'field') return offsetOf(expression.of) ?? expression.offset;
  if (expression.type === 'method') return offsetOf(expression.of);
  return expression.type === 'call' ? expression.offset : undefined;
}
