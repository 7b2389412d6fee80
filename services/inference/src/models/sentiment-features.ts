/*
 * Text to feature ids of the sentiment model. training/features.py does exactly the same; test/golden/sentiment.jsonl,
 * which the training writes, holds the two together. Only ASCII is lower-cased and no class of characters depends on a
 * Unicode version.
 */

const BUCKETS = 1 << 18;
const NEGATION_SCOPE = 3;
const NEGATORS = new Set(
  'not no never neither nor nothing nobody none without hardly barely cannot lacks lacking'.split(' '),
);

const DROPPED = /https?:\/\/[^ \t\r\n]+|@[a-z0-9_]+/g;
const CONTRACTION = /n't(?![a-z0-9])/g;
const TOKEN = /[a-z0-9\u00c0-\u024f]+|[!?]|[:;]-?[()]|[\u2600-\u27bf\u{1f300}-\u{1faff}]/gu;

/** Distinct feature ids in ascending order. Never empty: every text has its boundaries. */
export function featureIds(text: string): number[] {
  return [...new Set([...features(text)].map(bucket))].sort((a, b) => a - b);
}

/** Words, pairs of words, words that a negation reaches, and 4- and 5-grams of characters in a word. */
function features(text: string): Set<string> {
  const words = ['^', ...tokens(text), '$'];
  const found = new Set<string>();
  let previous: string | undefined;
  let scope = 0;
  for (const word of words) {
    found.add(word);
    if (previous !== undefined) found.add(`${previous} ${word}`);
    previous = word;
    if (scope > 0) {
      found.add(`not~${word}`);
      scope -= 1;
    }
    if (NEGATORS.has(word)) scope = NEGATION_SCOPE;
    if (word.length >= 4) addGrams(`<${word}>`, found);
  }
  return found;
}

function tokens(text: string): string[] {
  const lowered = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/[\u2018\u2019]/g, "'");
  return lowered.replace(DROPPED, ' ').replace(CONTRACTION, ' not').match(TOKEN) ?? [];
}

function addGrams(word: string, found: Set<string>): void {
  for (const size of [4, 5]) {
    for (let start = 0; start + size <= word.length; start += 1) found.add(`~${word.slice(start, start + size)}`);
  }
}

const encoder = new TextEncoder();

/** FNV-1a (32 bits) of the UTF-8 bytes, folded to the number of buckets. */
function bucket(feature: string): number {
  let value = 0x811c9dc5;
  for (const byte of encoder.encode(feature)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return ((value ^ (value >>> 18)) >>> 0) % BUCKETS;
}
