"""The texts the sentiment model learns from, as (text, label, weight) rows."""

import csv
import re
from pathlib import Path
from typing import NamedTuple

LABELS = ['negative', 'neutral', 'positive']
NEGATIVE, NEUTRAL, POSITIVE = range(3)

# A whole sentence is what the service is asked about; a phrase of it mostly teaches single words.
SENTENCE_WEIGHT = 5.0
TWEET_WEIGHT = 3.0
EVERYDAY_WEIGHT = 5.0

_NODE = re.compile(r'\((\d)|([^\s()]+)|\)')
_BRACKETS = {'-LRB-': '(', '-RRB-': ')', '``': '"', "''": '"'}


class Row(NamedTuple):
    text: str
    label: int
    weight: float


class Tree(NamedTuple):
    sentence: Row
    phrases: list[Row]


def read_trees(path: Path) -> list[Tree]:
    """Stanford Sentiment Treebank: a sentence a line, every phrase with a label 0 to 4."""
    return [_tree(line) for line in path.read_text(encoding='utf-8').splitlines()]


def read_tweets(folder: Path) -> list[Row]:
    """TweetEval: 0 negative, 1 neutral, 2 positive."""
    texts = (folder / 'text.txt').read_text(encoding='utf-8').split('\n')
    labels = (folder / 'labels.txt').read_text(encoding='utf-8').split()
    return [Row(text, int(label), TWEET_WEIGHT) for text, label in zip(texts, labels, strict=False)]


def read_everyday() -> list[Row]:
    """Plain sentences on products, services and the day, which films and tweets lack."""
    with (Path(__file__).parent / 'everyday.tsv').open(encoding='utf-8', newline='') as file:
        return [Row(text, LABELS.index(label), EVERYDAY_WEIGHT) for label, text in csv.reader(file, delimiter='\t')]


def rows_of(trees: list[Tree]) -> list[Row]:
    """Every sentence, and every phrase once."""
    phrases = {row.text: row for tree in trees for row in tree.phrases}
    return [tree.sentence for tree in trees] + list(phrases.values())


def _tree(line: str) -> Tree:
    open_nodes: list[tuple[int, list[str]]] = []
    rows: list[Row] = []
    for match in _NODE.finditer(line):
        label, word = match.groups()
        if label:
            open_nodes.append((int(label), []))
        elif word:
            open_nodes[-1][1].append(_BRACKETS.get(word, word))
        else:
            score, words = open_nodes.pop()
            rows.append(Row(_join(words), _label(score), 1.0))
            if open_nodes:
                open_nodes[-1][1].extend(words)
    return Tree(rows[-1]._replace(weight=SENTENCE_WEIGHT), rows[:-1])


def _label(score: int) -> int:
    return NEGATIVE if score < 2 else NEUTRAL if score == 2 else POSITIVE


def _join(words: list[str]) -> str:
    """The treebank cuts `isn't` into `is n't`; people do not write so."""
    return re.sub(r" (n't|'\w+)", r'\1', ' '.join(words))
