import {
  LineCounter,
  Scalar,
  Schema,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseAllDocuments,
  parseDocument,
  visit,
  type Document,
  type DocumentOptions,
  type Node,
  type ParseOptions,
  type ParsedNode,
  type SchemaOptions,
  type ToStringOptions,
} from 'yaml';
import { Failure, FindingsError, type Finding } from './errors.js';
import { resolveGoScalar, type GoScalar } from './go-scalar.js';
import { formatPath, isObject, quoteValue, type Json, type Manifest, type Path } from './model.js';
import { quote, styleOf } from './print-yaml.js';
import { findUnreadable, wordSyntaxErrors, type SyntaxProblem } from './syntax-error.js';

/**
 * The one place that reads YAML, as Helm's Go reader does, and edits what a person wrote. Plain scalars are read as text
 * ("failsafe") and then resolved by Go's rules.
 */
const READ: ParseOptions & DocumentOptions & SchemaOptions = {
  schema: new Schema({ schema: 'failsafe', customTags: ['merge'], merge: true }), // one for all: making it takes a while
  prettyErrors: false,
  uniqueKeys: false, // found below: the library compares each key with each other one
};

export interface Position {
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
}

/** A file that a person wrote: its value as Helm sees it, and where each part of it stands. */
export interface Source {
  readonly file: string;
  readonly text: string;
  readonly value: Json;
  /** Position of the value at `path`, or of the nearest parent that exists; with `key`, of the key itself. */
  position(path: Path, of?: 'key' | 'value'): Position;
  /** Every scalar without quotes, in the order of the file. */
  plainScalars(): PlainScalar[];
}

/** A scalar as it stands in a file, which a reader resolves to text, a number, a boolean or nothing. */
export interface PlainScalar {
  readonly text: string;
  readonly of: 'key' | 'value';
  /** Path of the value, or of the value that the key names. */
  readonly path: Path;
  /** Counted when asked for: there is nothing to say of most scalars. */
  position(): Position;
}

/** Reads one document. Throws a FindingsError with every syntax error and duplicate key, each at its place. */
export function parseYaml(text: string, file: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { ...READ, lineCounter: lines });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const problems = findProblems(document, text);
  const findings = problems.map(({ offset, ...problem }): Finding => ({ ...problem, file, ...at(offset) }));
  if (findings.length > 0) throw new FindingsError(findings);
  return {
    file,
    text,
    value: resolveAliases(document, file),
    position: (path, of = 'value') => at(offsetOf(document, path, of)),
    plainScalars: () => findPlainScalars(document.contents, at),
  };
}

/** The document's value; a finding where its aliases grow beyond all measure or merge what is no object. */
function resolveAliases(document: Document.Parsed, file: string): Json {
  try {
    return toJson(document);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new FindingsError([
      { severity: 'error', code: 'yaml-alias', message: error.message, file, line: 1, column: 1 },
    ]);
  }
}

/** What Helm writes above each manifest: from which template it is. */
const SOURCE = '# Source: ';

/**
 * Reads the objects of a rendered chart: every document of a stream that is not empty. As Helm, it takes the last of keys that
 * stand twice. Throws a Failure for what is no YAML.
 */
export function parseManifests(rendered: string): Manifest[] {
  const { text, documents } = parseStream(rendered);
  const values = documents.map((document) => {
    const problem = findProblems(document, text).find(({ code }) => code !== 'duplicate-key');
    if (problem === undefined) return toJson(document);
    const { message, offset } = problem;
    const lines = text.split('\n').slice(0, text.slice(0, offset).split('\n').length);
    const template = lines.findLast((line) => line.startsWith(SOURCE))?.slice(SOURCE.length) ?? 'the template';
    throw new Failure(`what Helm renders is no YAML: ${message}`, {
      hint: `mend ${template}, or the value it puts there; the line is: ${lines.at(-1)?.trim() ?? ''}`,
    });
  });
  return values.filter((value): value is Manifest => isObject(value));
}

/** Further to the right than anything that it may belong to. */
const FAR = ' '.repeat(200);

/** Helm lets a list or object in brackets go on in any column; the parser does not, and gets such lines further to the right. */
function parseStream(text: string): { text: string; documents: Document.Parsed[] } {
  const documents = parseAllDocuments(text, READ) as Document.Parsed[];
  const error = documents
    .flatMap(({ errors }) => errors)
    .find(({ code, message }) => code === 'BAD_INDENT' && message.startsWith('Flow'));
  const start = error === undefined ? 0 : text.lastIndexOf('\n', error.pos[0] - 1) + 1;
  if (error === undefined || text.startsWith(FAR, start)) return { text, documents };
  return parseStream(text.slice(0, start) + FAR + text.slice(start));
}

function toJson(document: Document.Parsed | Document): Json {
  visit(document, {
    Scalar(place, node) {
      const { value, key } = asGoReads(node);
      if (place !== 'key') node.value = value;
      else if (key !== undefined) node.value = key;
    },
  });
  return (document.toJS() ?? null) as Json;
}

const CORE_TAG = 'tag:yaml.org,2002:';

/** Plain scalars and those with a core tag are resolved by Go's rules, all others are text. */
function asGoReads({ source = '', type, tag }: Scalar): GoScalar {
  if (tag === `${CORE_TAG}binary`) {
    const text = Buffer.from(source, 'base64').toString();
    return { value: text, key: text };
  }
  const resolved = tag === undefined ? type === Scalar.PLAIN : tag.startsWith(CORE_TAG) && tag !== `${CORE_TAG}str`;
  return resolved ? resolveGoScalar(source) : { value: source, key: source };
}

function offsetOf(document: Document.Parsed, path: Path, of: 'key' | 'value'): number {
  let node: ParsedNode | null = document.contents;
  let offset = node?.range[0] ?? 0;
  for (const [depth, step] of path.entries()) {
    if (isAlias(node)) break;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (pair === undefined) break;
      const last = depth === path.length - 1;
      const target: ParsedNode | null = last && of === 'key' ? pair.key : (pair.value ?? pair.key);
      offset = target.range[0];
      node = pair.value;
    } else if (isSeq(node) && typeof step === 'number') {
      const item = node.items[step];
      if (!isNode(item)) break;
      offset = item.range[0];
      node = item;
    } else break;
  }
  return offset;
}

/** Everything that is wrong with the syntax of a document. */
function findProblems(document: Document.Parsed, text: string): SyntaxProblem[] {
  const unreadable = findUnreadable(text);
  if (unreadable !== undefined) return [unreadable]; // whatever else is wrong may follow from it
  return [...wordSyntaxErrors(document.errors, text), ...findImpossible(document)];
}

/**
 * What the parser lets pass, and no value can be made of: keys that stand twice or are no text, and aliases of nothing or of
 * themselves.
 */
function findImpossible(document: Document.Parsed): SyntaxProblem[] {
  const problems: SyntaxProblem[] = [];
  const add = (code: string, message: string, node: Node, hint?: string): void => {
    problems.push({ severity: 'error', code, message, ...(hint && { hint }), offset: node.range?.[0] ?? 0 });
  };
  visit(document, {
    Map(_key, { items }) {
      const seen = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const name = key.source ?? String(key.value);
        if (seen.has(name))
          add('duplicate-key', `the key ${quoteValue(name)} stands here a second time`, key, KEEP_ONE);
        seen.add(name);
      }
    },
    Alias(_key, alias) {
      const [start = 0, end = 0] = alias.resolve(document)?.range ?? [];
      if (end === 0) add('yaml-alias', `there is no anchor &${alias.source} above`, alias);
      else if (start <= (alias.range?.[0] ?? 0) && (alias.range?.[0] ?? 0) < end)
        add('yaml-alias', `the anchor &${alias.source} holds an alias of itself`, alias);
    },
    Pair(_key, { key }) {
      if (isMap(key) || isSeq(key)) add('yaml-syntax', 'a key has to be text, not a list or an object', key);
    },
  });
  return problems;
}

const KEEP_ONE = 'keep one of them: Helm would silently take the last';

type PositionOf = (offset: number) => Position;

function findPlainScalars(node: unknown, at: PositionOf, path: Path = []): PlainScalar[] {
  if (isScalar(node)) return isPlain(node) ? [toPlainScalar(node, 'value', at, path)] : [];
  if (isSeq(node)) return node.items.flatMap((item, index) => findPlainScalars(item, at, [...path, index]));
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key, value }) => {
    const below = [...path, isScalar(key) ? String(key.value) : ''];
    const keys = isScalar(key) && isPlain(key) ? [toPlainScalar(key, 'key', at, below)] : [];
    return [...keys, ...findPlainScalars(value, at, below)];
  });
}

function isPlain({ type, tag }: Scalar): boolean {
  return type === Scalar.PLAIN && tag === undefined;
}

function toPlainScalar({ source = '', range }: Scalar, of: PlainScalar['of'], at: PositionOf, path: Path): PlainScalar {
  return { text: source, of, path, position: () => at(range?.[0] ?? 0) };
}

const WRITE: ToStringOptions = { lineWidth: 0, indentSeq: true, flowCollectionPadding: false };

/**
 * Sets one value in a file that a person keeps, or removes it; comments and order are untouched. Throws a Failure where that
 * would change what is written elsewhere.
 */
export function editYaml(text: string, path: Path, value: Json | undefined): string {
  const document = parseDocument(text);
  for (let depth = 1; depth < path.length; depth += 1) makeRoom(document, path.slice(0, depth), path[depth]);
  if (value === undefined) {
    document.deleteIn(path);
    return document.toString(WRITE);
  }
  const node = document.createNode(value);
  const before = document.getIn(path, true);
  if (isScalar(before) && isScalar(node) && before.comment !== undefined) node.comment = before.comment;
  settleScalars(node);
  document.setIn(path, node);
  return escapeUnsafe(document.toString(WRITE));
}

/** Makes what stands around a value an object or a list; an empty value becomes one. */
function makeRoom(document: Document, around: Path, step: Path[number] | undefined): void {
  const node = document.getIn(around, true);
  const name = formatPath(around);
  const hint = 'change the file by hand';
  if (isAlias(node)) throw new Failure(`${name} only repeats what stands at &${node.source}`, { hint });
  const length = isSeq(node) ? node.items.length : 0;
  if (typeof step === 'number' && step > length)
    throw new Failure(`${name} has ${String(length)} items, so the next is ${name}[${String(length)}]`);
  if (isMap(node) || isSeq(node)) return;
  if (isScalar(node) && node.value !== null)
    throw new Failure(`${name} holds a value, so nothing can be in it`, { hint });
  if (node === undefined) return;
  const room = document.createNode(typeof step === 'number' ? [] : {});
  if (isScalar(node)) room.commentBefore = node.comment ?? null;
  document.setIn(around, room);
}

/**
 * Moves a value in a file that a person keeps to another path, with its comments; objects that this leaves empty go. Within
 * one object its place stays. Throws when there is no value at `from` or one at `to`.
 */
export function moveYaml(text: string, from: Path, to: Path): string {
  const document = parseDocument(text);
  const parent = document.getIn(from.slice(0, -1), true);
  const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === from.at(-1)) : undefined;
  if (!isMap(parent) || pair === undefined || !isScalar(pair.key))
    throw new Error(`no value is at ${formatPath(from)}`);
  if (document.hasIn(to)) throw new Error(`a value is at ${formatPath(to)} already`);
  pair.key.value = to.at(-1);
  if (formatPath(from.slice(0, -1)) !== formatPath(to.slice(0, -1))) {
    parent.items.splice(parent.items.indexOf(pair), 1);
    for (let above = from.slice(0, -1); above.length > 0; above = above.slice(0, -1)) {
      const left = document.getIn(above, true);
      if (isMap(left) && left.items.length === 0) document.deleteIn(above);
    }
    const target = to.slice(0, -1);
    if (target.length > 0 && !isMap(document.getIn(target, true))) document.setIn(target, document.createNode({}));
    document.addIn(target, pair);
  }
  return document.toString(WRITE);
}

const STYLES = { plain: Scalar.PLAIN, block: Scalar.BLOCK_LITERAL, quoted: Scalar.QUOTE_DOUBLE } as const;

function settleScalars(root: Node): void {
  visit(root, {
    Scalar(_key, node) {
      if (typeof node.value === 'string') node.type = STYLES[styleOf(node.value)];
      else if (node.value === 0) node.value = 0; // -0 would be read back as the integer 0
    },
  });
}

/** These stand only inside double quotes, where the library leaves them raw and Go would fold or refuse them. */
function escapeUnsafe(text: string): string {
  return text.replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, (character) => quote(character).slice(1, -1));
}
