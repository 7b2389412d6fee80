"""Texts of our own (those of the data sets stay out of the repository), with their tokens and scores."""

import random
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer

import artifacts

from .data import read_everyday
from .evaluate import predict

# Where two implementations of one tokeniser like to differ.
ODD = [
    '', ' ', '!', '\t\r\n', "Don't", 'DON’T STOP', "can't won't n't", '[CLS] [SEP] [MASK] [PAD] [UNK]', '##ing ## #',
    '[unused1]', 'İstanbul ıI ſtraße CAFÉ naïve ÀÉ Ǆ ﬁne', 'ΑΣ ΣΑΣ ὈΔΥΣΣΕΎΣ', 'e\u0301 combining A\u030a',
    'Ω≈ç√ ½ ² ™ ① Ⅷ', '😀 great 😡😡', '👩‍👩‍👧 family ☀️ 🇨🇭', 'a😀b', '日本語のテキスト', '東京tower', '㐀𠀀𪜀豈', '한국어 문장', 'สวัสดี',
    'हिन्दी में', 'שָׁלוֹם', 'السَّلام', 'Привет Йод Ёлка', 'tiếng Việt', 'a\x00b\x07c\x1fd\x7fe\x80f\x85g',
    'soft\u00adhyphen zero\u200bwidth\u200djoin\ufeffmark',
    'no\u00a0break\u2003em\u3000wide\u2028line\u2029para\u180esep', '\ue000private\ufffdgone',
    '“quoted” ‘so’ «là» ‹x›', 'a—b–c…d·e', '$5 + 3 = 8 ^ ` ~ | < > £ € ¢', 'good.bad,ugly;fine',
    'https://example.org/a?b=c#d good', '@someone #hashtag a_b', '1,000,000.50 3rd 42nd', 'x' * 99, 'x' * 100,
    'x' * 101, 'é' * 100, 'é' * 101, '😀' * 100, '😀' * 101, 'antidisestablishmentarianism' * 3, 'word ' * 200,
    '!' * 300, '語' * 200, 'unaffable', 'ab\u0300\u0301\u0302cd', 'ＦＵＬＬ ｗｉｄｔｈ', '𝕳𝖊𝖑𝖑𝖔', '\u202ereversed\u202c', ':) :-( ;) <3',
    'Zalgo: h̷̢̛e̵̡', 'ß ẞ ŉ ŋ',
]  # fmt: skip
# Blocks that random texts are drawn from. Characters younger than Unicode 9 are left out: the reference has old tables.
BLOCKS = [
    (0x20, 0x7E), (0x00, 0x1F), (0x80, 0xFF), (0x100, 0x17F), (0x300, 0x36F), (0x391, 0x3A1), (0x410, 0x44F),
    (0x5D0, 0x5EA), (0x621, 0x64A), (0x905, 0x939), (0xE01, 0xE3A), (0x1E00, 0x1EFF), (0x2000, 0x206F),
    (0x20A0, 0x20BE), (0x2190, 0x21FF), (0x2600, 0x26FF), (0x3041, 0x3096), (0x30A1, 0x30FA), (0x4E00, 0x9FA5),
    (0xAC00, 0xD7A3), (0xFF01, 0xFF5E), (0x1F300, 0x1F5FF), (0x20000, 0x2A6D6),
]  # fmt: skip
RANDOM_TEXTS = 300


def write(folder: Path, model: Path, tokenizer: Tokenizer, seed: int) -> None:
    """wordpiece.jsonl: texts with their token ids. sentiment.jsonl: texts with their probabilities."""
    plain = _plain_texts(seed)
    texts = [*ODD, *plain, *_random_texts(random.Random(seed))]
    encodings = zip(texts, tokenizer.encode_batch(texts), strict=True)
    artifacts.write_golden(folder / 'wordpiece.jsonl', [{'text': text, 'ids': e.ids} for text, e in encodings])
    rows = zip(plain, predict(model, tokenizer, plain), strict=True)
    cases = [{'text': text, 'probabilities': [round(float(p), 6) for p in row]} for text, row in rows]
    artifacts.write_golden(folder / 'sentiment.jsonl', cases)


def _plain_texts(seed: int) -> list[str]:
    """Sentences alone and in pairs."""
    sentences = [row.text for row in read_everyday()]
    second = random.Random(seed).sample(sentences, len(sentences))
    pairs = [f'{a}, but {b[0].lower()}{b[1:]}!' for a, b in zip(sentences, second, strict=True)]
    return sentences + pairs


def _random_texts(source: random.Random) -> Iterator[str]:
    for _ in range(RANDOM_TEXTS):
        blocks = source.sample(BLOCKS, source.randint(1, 4))
        yield ' '.join(_random_word(source, blocks) for _ in range(8))


def _random_word(source: random.Random, blocks: list[tuple[int, int]]) -> str:
    return ''.join(chr(source.randint(*source.choice(blocks))) for _ in range(source.randint(1, 12)))
