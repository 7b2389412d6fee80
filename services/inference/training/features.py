"""Text to feature ids of the sentiment model.

src/models/sentiment-features.ts does exactly the same; test/golden/sentiment.jsonl, which train.py writes, holds the
two together.
"""

import re

BUCKETS = 1 << 18
NEGATION_SCOPE = 3
NEGATORS = frozenset('not no never neither nor nothing nobody none without hardly barely cannot lacks lacking'.split())

# Only ASCII is lower-cased and no class of characters depends on a Unicode version, so two languages cannot disagree.
_LOWER = str.maketrans('ABCDEFGHIJKLMNOPQRSTUVWXYZ\u2018\u2019', "abcdefghijklmnopqrstuvwxyz''")
_DROPPED = re.compile(r'https?://[^ \t\r\n]+|@[a-z0-9_]+')
_CONTRACTION = re.compile("n't(?![a-z0-9])")
# Words of Latin letters and digits, the marks and faces that carry feeling, and pictographs one by one.
_TOKEN = re.compile('[a-z0-9\u00c0-\u024f]+|[!?]|[:;]-?[()]|[\u2600-\u27bf\U0001f300-\U0001faff]')


def tokens(text: str) -> list[str]:
    lowered = _DROPPED.sub(' ', text.translate(_LOWER))
    return _TOKEN.findall(_CONTRACTION.sub(' not', lowered))


def features(text: str) -> list[str]:
    """Distinct features: words, pairs of words, words that a negation reaches, 4- and 5-grams of characters."""
    words = ['^', *tokens(text), '$']
    found: list[str] = []
    scope = 0
    for i, word in enumerate(words):
        found.append(word)
        if i > 0:
            found.append(f'{words[i - 1]} {word}')
        if scope > 0:
            found.append(f'not~{word}')
            scope -= 1
        if word in NEGATORS:
            scope = NEGATION_SCOPE
        if len(word) >= 4:
            found += grams(f'<{word}>')
    return list(dict.fromkeys(found))


def grams(word: str) -> list[str]:
    return [f'~{word[i : i + n]}' for n in (4, 5) for i in range(len(word) - n + 1)]


def bucket(feature: str) -> int:
    """FNV-1a (32 bits) of the UTF-8 bytes, folded to the number of buckets."""
    value = 0x811C9DC5
    for byte in feature.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return (value ^ (value >> 18)) % BUCKETS


def feature_ids(text: str) -> list[int]:
    """Distinct buckets in ascending order. Never empty: every text has its boundaries."""
    return sorted({bucket(feature) for feature in features(text)})
