import { createHmac, randomBytes } from 'node:crypto';
import { FindingsError } from '../errors.js';
import { isObject, type Json, type JsonObject } from '../model.js';
import { parseYaml } from '../yaml.js';
import { isReference, isVariable, maskText, namesCredential } from './credentials.js';

/**
 * Replaces secrets by tags such as `‹secret #3fa2›`. Equal secrets have equal tags within one run, so a change stays visible;
 * the tag is keyed with a random key of the run, so it cannot be guessed back, and says nothing of the length.
 */
export interface Masker {
  value<T extends Json>(value: T): T;
  /** For messages of other programs, which may quote what they read. */
  text(text: string): string;
}

/** A shorter secret found inside a text would be no secret: it stands in half of all words. */
const SHORTEST_IN_TEXT = 8;
const SHORTEST_IN_MESSAGE = 4;

/** @param sources everything that will be masked: a secret of one is recognised in all others. */
export function createMasker(sources: readonly Json[]): Masker {
  const key = randomBytes(32);
  const tags = new Map<string, string>();
  const taken = new Set<string>();
  const tag: Mask = (secret, label) => {
    const digest = createHmac('sha256', key).update(secret).digest('hex');
    const known = tags.get(digest);
    if (known !== undefined) return known;
    let length = 4;
    while (taken.has(digest.slice(0, length))) length += 1; // two secrets never share a tag: the change would be invisible
    const short = digest.slice(0, length);
    taken.add(short);
    tags.set(digest, `‹${label} #${short}›`);
    return `‹${label} #${short}›`;
  };

  const found = new Map<string, string>(); // a secret, or its base64 form → the secret
  const learn: Mask = (secret, label) => {
    if (label === 'secret') found.set(Buffer.from(secret).toString('base64'), secret).set(secret, secret);
    return '‹›';
  };
  for (const source of sources) walk(source, NOWHERE, learn, (text) => text);
  const longestFirst = [...found].sort(([a], [b]) => b.length - a.length);
  const replaceKnown = (text: string, shortest: number): string =>
    longestFirst.reduce(
      (masked, [form, secret]) =>
        form.length < shortest ? masked : masked.replaceAll(form, () => tag(secret, 'secret')),
      text,
    );

  return {
    value: (value) => walk(value, NOWHERE, tag, (text) => replaceKnown(text, SHORTEST_IN_TEXT)) as typeof value,
    text: (text) =>
      replaceKnown(
        maskText(text, (secret) => tag(secret, 'secret')),
        SHORTEST_IN_MESSAGE,
      ),
  };
}

type Mask = (secret: string, label: 'secret' | 'checksum') => string;

/** Where a value stands: whether all below is secret, or what is not merely a reference, and the key that holds it. */
interface Place {
  readonly secret: 'all' | 'unless-reference' | 'no';
  readonly key: string;
}
const NOWHERE: Place = { secret: 'no', key: '' };
/** Names of objects and kinds identify; a secret that happens to equal one must not hide which object is spoken of. */
const IDENTIFIES = new Set(['kind', 'apiVersion', 'name', 'namespace']);
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

function walk(value: Json, place: Place, mask: Mask, known: (text: string) => string): Json {
  if (Array.isArray(value)) return walkList(value, place, mask, known);
  if (isObject(value)) return walkObject(value, place, mask, known);
  if (value === null || value === '' || (place.secret !== 'all' && typeof value === 'boolean')) return value;
  if (place.secret === 'all') return mask(String(value), 'secret');
  if (typeof value === 'number')
    return place.secret !== 'no' && /pass/i.test(place.key) ? mask(String(value), 'secret') : value;
  const secret = place.secret === 'unless-reference' && !isReference(place.key) && !isVariable(String(value));
  if (secret) return mask(String(value), 'secret');
  const masked = maskText(maskDocument(String(value), mask), (text) => mask(text, 'secret'));
  return IDENTIFIES.has(place.key) ? masked : known(masked);
}

/** A text that is itself JSON or YAML, as files in ConfigMaps are: what is secret in it by its keys is replaced where it stands. */
function maskDocument(text: string, mask: Mask): string {
  if (!/^\s*[{[]|\n/.test(text) || !/pass|pwd|secret|token|credential|key|auth|salt|dsn|connection/i.test(text))
    return text;
  const secrets = new Set<string>();
  const collect: Mask = (secret) => {
    if (secret.length >= SHORTEST_IN_MESSAGE) secrets.add(secret);
    return '‹›';
  };
  const document = parseDocument(text);
  if (typeof document === 'object') walk(document, NOWHERE, collect, (known) => known);
  return [...secrets]
    .sort((a, b) => b.length - a.length)
    .reduce((masked, secret) => masked.replaceAll(secret, () => mask(secret, 'secret')), text);
}

function parseDocument(text: string): Json | undefined {
  try {
    return parseYaml(text, 'text').value;
  } catch (error) {
    if (error instanceof FindingsError) return undefined; // neither JSON nor YAML: the text's own forms are still masked
    throw error;
  }
}

function walkList(list: readonly Json[], place: Place, mask: Mask, known: (text: string) => string): Json[] {
  return list.map((item, index) => {
    const flag = list[index - 1]; // `--password`, `x` as two arguments
    const named = typeof flag === 'string' && /^--?[A-Za-z][\w.-]*$/.test(flag) && namesCredential(flag);
    return walk(item, named ? { secret: 'unless-reference', key: flag } : place, mask, known);
  });
}

function walkObject(object: JsonObject, place: Place, mask: Mask, known: (text: string) => string): JsonObject {
  const isSecret = object.kind === 'Secret';
  const label = object.name ?? object.key; // `{name: DB_PASSWORD, value: x}`
  const entries = Object.entries(object).map(([key, child]): [string, Json] => {
    if (key.startsWith('checksum/') && typeof child === 'string') return [key, mask(child, 'checksum')];
    if (isSecret && key === 'data') return [key, maskSecretData(child, mask)];
    const all =
      place.secret === 'all' || key === LAST_APPLIED || key === 'binaryData' || (isSecret && key === 'stringData');
    if (all) return [key, walk(child, { secret: 'all', key }, mask, known)];
    const named = namesCredential(key) || (key === 'value' && typeof label === 'string' && namesCredential(label));
    const secret = named ? 'unless-reference' : place.secret;
    return [key, walk(child, { secret, key }, mask, known)];
  });
  return Object.fromEntries(entries);
}

/** Decoded first, so that the same secret has one tag in `data`, in `stringData` and anywhere else. */
function maskSecretData(data: Json, mask: Mask): Json {
  if (!isObject(data)) return walk(data, { secret: 'all', key: 'data' }, mask, (text) => text);
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      typeof value === 'string' ? maskEncoded(value, mask) : maskSecretData(value, mask),
    ]),
  );
}

function maskEncoded(encoded: string, mask: Mask): string {
  if (encoded === '') return '';
  const bytes = Buffer.from(encoded, 'base64');
  const text = bytes.toString('utf8');
  const faithful = bytes.toString('base64') === encoded.replace(/\s/g, '') && Buffer.from(text).equals(bytes);
  return mask(faithful && text !== '' ? text : encoded, 'secret');
}
