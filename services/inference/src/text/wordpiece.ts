/*
 * BERT's tokeniser (lower case, WordPiece), as the models were trained with. test/golden/wordpiece.jsonl, which the
 * training writes with the reference tokeniser, holds the two together. They may part at characters younger than
 * Unicode 9: the reference has its own, older tables, and here the classes are those of Node.
 */

/** Splits text into the pieces of a vocabulary. */
export class WordPiece {
  private readonly ids = new Map<string, number>();
  private readonly longest: number;
  private readonly unknown: number;
  private readonly first: number;
  private readonly last: number;

  /**
   * @param vocabulary content of a BERT `vocab.txt`: a piece a line, its id the number of the line from 0
   * @param maxTokens longest result, [CLS] and [SEP] included; what is behind is cut off
   * @throws Error when the vocabulary lacks a special token
   */
  constructor(
    vocabulary: string,
    private readonly maxTokens: number,
  ) {
    const pieces = vocabulary.trimEnd().split(/\r?\n/);
    // One by one: a list of pairs would be megabytes of garbage, which a worker that is idle does not collect.
    pieces.forEach((piece, id) => this.ids.set(piece, id));
    this.longest = pieces.reduce((longest, piece) => Math.max(longest, piece.length), 0);
    this.unknown = this.special('[UNK]');
    this.first = this.special('[CLS]');
    this.last = this.special('[SEP]');
  }

  /** Token ids of the text between [CLS] and [SEP]. Names of special tokens in the text are plain text. */
  encode(text: string): number[] {
    const end = this.maxTokens - 1;
    const ids = [this.first];
    for (const [word] of normalize(text).matchAll(WORD)) {
      ids.push(...this.pieces(word));
      if (ids.length >= end) break;
    }
    ids.length = Math.min(ids.length, end);
    ids.push(this.last);
    return ids;
  }

  /** The longest piece that the word begins with, then the longest that goes on from there; unknown if one lacks. */
  private pieces(word: string): number[] {
    const ids: number[] = [];
    // A piece cannot end within a surrogate pair: no line of the vocabulary does.
    for (let start = 0; start < word.length;) {
      let end = isTooLong(word) ? start : Math.min(word.length, start + this.longest);
      let id: number | undefined;
      for (; end > start && id === undefined; end -= 1) {
        id = this.ids.get(start > 0 ? `##${word.slice(start, end)}` : word.slice(start, end));
      }
      if (id === undefined) return [this.unknown];
      ids.push(id);
      start = end + 1;
    }
    return ids;
  }

  private special(token: string): number {
    const id = this.ids.get(token);
    if (id === undefined) throw new Error(`the vocabulary has no ${token}`);
    return id;
  }
}

/** Characters of the longest word that is matched at all, as in BERT; it bounds the time that matching takes. */
const MAX_WORD_LENGTH = 100;

const isTooLong = (word: string) => word.length > MAX_WORD_LENGTH && Array.from(word).length > MAX_WORD_LENGTH;

// A mark of punctuation is a word of its own; so is, by the blanks that `normalize` puts around it, a Chinese character.
const WORD = /[!-/:-@[-`{-~\p{P}]|[^\s!-/:-@[-`{-~\p{P}]+/gu;
const CHINESE =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;
const CONTROL = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\ufffd]/gu;
const ACCENT = /\p{Mn}/gu;

function normalize(text: string): string {
  const cleaned = text.replace(CONTROL, '').replace(CHINESE, ' $& ').normalize('NFD').replace(ACCENT, '');
  // The reference lower-cases each character by itself; JavaScript would end a word with the final sigma.
  return cleaned.replaceAll('Σ', 'σ').toLowerCase();
}
