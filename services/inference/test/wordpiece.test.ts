import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { WordPiece } from '../dist/text/wordpiece.js';
import { golden } from './support.js';

const VOCABULARY = readFileSync(new URL('../models/sentiment/v2.1.0/vocab.txt', import.meta.url), 'utf8');
const SMALL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'un', '##aff', '##able', '##a', 'able', '!', '語'].join('\n');

describe('WordPiece', () => {
  it('gives the token ids of the reference tokeniser', () => {
    const cases = golden<{ text: string; ids: number[] }>('wordpiece');
    const pieces = new WordPiece(VOCABULARY, 128);
    expect(cases.length).toBeGreaterThanOrEqual(500);
    for (const { text, ids } of cases) expect([text, pieces.encode(text)]).toEqual([text, ids]);
  });

  it('takes the longest piece first, and the whole word as unknown where one lacks', () => {
    const pieces = new WordPiece(SMALL, 16);
    expect(pieces.encode('Unaffable able!')).toEqual([2, 4, 5, 6, 8, 9, 3]);
    expect(pieces.encode('unaffz able')).toEqual([2, 1, 8, 3]);
    expect(pieces.encode('語語')).toEqual([2, 10, 10, 3]);
  });

  it('cuts what is too long and closes it', () => {
    const pieces = new WordPiece(SMALL, 8);
    expect(pieces.encode('able '.repeat(1000))).toEqual([2, 8, 8, 8, 8, 8, 8, 3]);
    expect(pieces.encode('unaffable unaffable unaffable')).toEqual([2, 4, 5, 6, 4, 5, 6, 3]);
    expect(pieces.encode('')).toEqual([2, 3]);
  });

  it('overlooks half a surrogate pair', () => {
    expect(new WordPiece(SMALL, 16).encode('ab\ud83dle')).toEqual([2, 8, 3]);
  });

  it('reads a vocabulary with the line ends of Windows', () => {
    expect(new WordPiece(SMALL.replaceAll('\n', '\r\n'), 16).encode('able')).toEqual([2, 8, 3]);
  });

  it('refuses a vocabulary without its special tokens', () => {
    expect(() => new WordPiece('able\n[CLS]', 16)).toThrow('the vocabulary has no [UNK]');
  });
});
