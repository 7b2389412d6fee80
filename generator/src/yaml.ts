import {
  LineCounter,
  Scalar,
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
import type { Finding } from './errors.js';
import { FindingsError } from './errors.js';
import { resolveGoScalar, type GoScalar } from './go-scalar.js';
import { isObject, type Json, type Manifest, type Path } from './model.js';
import { quote, styleOf } from './print-yaml.js';

/**
 * The one place that reads YAML, as Helm's Go reader does, and edits what a person wrote. Plain scalars are read as text
 * ("failsafe") and then resolved by Go's rules.
 */
const READ: ParseOptions & DocumentOptions & SchemaOptions = {
  schema: 'failsafe',
  customTags: ['merge'],
  merge: true,
  prettyErrors: false,
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
}

/** Reads one document. Throws a FindingsError with every syntax error and duplicate key, each at its place. */
export function parseYaml(text: string, file: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { ...READ, lineCounter: lines });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const findings = document.errors.map((error): Finding => ({
    severity: 'error',
    code: error.code === 'DUPLICATE_KEY' ? 'duplicate-key' : 'yaml-syntax',
    message: error.message,
    file,
    ...at(error.pos[0]),
  }));
  if (findings.length > 0) throw new FindingsError(findings);
  return { file, text, value: toJson(document), position: (path, of = 'value') => at(offsetOf(document, path, of)) };
}

/** Reads the objects of a rendered chart: every document of a stream that is not empty. */
export function parseManifests(text: string): Manifest[] {
  const values = parseAllDocuments(text, READ).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(`the rendered manifests are no YAML: ${error.message}`);
    return toJson(document);
  });
  return values.filter((value): value is Manifest => isObject(value));
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

const WRITE: ToStringOptions = { lineWidth: 0, indentSeq: true, flowCollectionPadding: false };

/** Sets one value in a file that a person keeps, or removes it; comments and order are untouched. */
export function editYaml(text: string, path: Path, value: Json | undefined): string {
  const document = parseDocument(text);
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
