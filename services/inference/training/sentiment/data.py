"""The texts the sentiment model learns from, with their targets, and the splits that it never sees."""

import csv
import random
import re
from pathlib import Path
from typing import NamedTuple

LABELS = ['negative', 'neutral', 'positive']
NEGATIVE, NEUTRAL, POSITIVE = range(3)

# How sure the five labels of the treebank make us of the three classes; the rest of 1 is label smoothing.
TREE_TARGETS = [(0.97, 0.02, 0.01), (0.82, 0.15, 0.03), (0.05, 0.90, 0.05), (0.03, 0.15, 0.82), (0.01, 0.02, 0.97)]
PLAIN_TARGETS = [(0.93, 0.05, 0.02), (0.05, 0.90, 0.05), (0.02, 0.05, 0.93)]

# Kept out of training: trees and tweets to calibrate on, tweets to report on (sst/dev.txt is to report on as well).
CALIBRATION_TREES, CALIBRATION_TWEETS, TEST_TWEETS = 400, 500, 1200

_NODE = re.compile(r'\((\d)|([^\s()]+)|\)')
_BRACKETS = {'-LRB-': '(', '-RRB-': ')', '``': '"', "''": '"'}


class Row(NamedTuple):
    text: str
    target: tuple[float, float, float]

    @property
    def label(self) -> int:
        return self.target.index(max(self.target))


class Tree(NamedTuple):
    sentence: Row
    phrases: list[Row]


class Splits(NamedTuple):
    trees: list[Tree]
    tweets: list[Row]
    everyday: list[Row]
    calibration: list[Row]
    test_sentences: list[Row]
    test_tweets: list[Row]


def read_splits(folder: Path, seed: int) -> Splits:
    """Everything under `folder` (`sst/`, `tweeteval/`); which rows are held out follows from `seed` alone."""
    shuffle = random.Random(seed).shuffle
    trees, tweets = read_trees(folder / 'sst' / 'train.txt'), read_tweets(folder / 'tweeteval')
    shuffle(trees)
    shuffle(tweets)
    tests, tweets = tweets[:TEST_TWEETS], tweets[TEST_TWEETS:]
    calibration = [tree.sentence for tree in trees[:CALIBRATION_TREES]] + tweets[:CALIBRATION_TWEETS]
    dev = [tree.sentence for tree in read_trees(folder / 'sst' / 'dev.txt')]
    return Splits(trees[CALIBRATION_TREES:], tweets[CALIBRATION_TWEETS:], read_everyday(), calibration, dev, tests)


def read_trees(path: Path) -> list[Tree]:
    """Stanford Sentiment Treebank: a sentence a line, every phrase with a label 0 to 4."""
    return [_tree(line) for line in path.read_text(encoding='utf-8').splitlines()]


def read_tweets(folder: Path) -> list[Row]:
    """TweetEval: 0 negative, 1 neutral, 2 positive."""
    texts = (folder / 'text.txt').read_text(encoding='utf-8').split('\n')
    labels = (folder / 'labels.txt').read_text(encoding='utf-8').split()
    return [Row(text, PLAIN_TARGETS[int(label)]) for text, label in zip(texts, labels, strict=False)]


def read_everyday() -> list[Row]:
    """Plain sentences on products, services and the day, which films and tweets lack."""
    with (Path(__file__).parent / 'everyday.tsv').open(encoding='utf-8', newline='') as file:
        return [Row(text, PLAIN_TARGETS[LABELS.index(label)]) for label, text in csv.reader(file, delimiter='\t')]


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
            rows.append(Row(_join(words), TREE_TARGETS[score]))
            if open_nodes:
                open_nodes[-1][1].extend(words)
    return Tree(rows[-1], rows[:-1])


def _join(words: list[str]) -> str:
    """The treebank cuts `isn't` into `is n't`; people do not write so."""
    return re.sub(r" (n't|'\w+)", r'\1', ' '.join(words))
