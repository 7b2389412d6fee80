"""The sentiment model: multinomial logistic regression over hashed n-grams, as an ONNX graph."""

import random
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import scipy.sparse as sparse
from onnx import TensorProto, helper, numpy_helper
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, log_loss

import artifacts
from features import BUCKETS, feature_ids
from sentiment_data import (
    LABELS,
    NEGATIVE,
    NEUTRAL,
    POSITIVE,
    Row,
    Tree,
    read_everyday,
    read_trees,
    read_tweets,
    rows_of,
)

NAME, VERSION = 'sentiment', 'v1.0.0'
SEED = 20260101
CALIBRATION_SHARE = 0.1
# Found on the calibration share. Most phrases are neutral, most sentences are not: neutral rows weigh less.
REGULARISATION = 1.0
CLASS_WEIGHT = {NEGATIVE: 1.0, NEUTRAL: 0.6, POSITIVE: 1.0}
GOLDEN_TEXTS = 240


def train(data: Path, models: Path, golden: Path) -> dict[str, float]:
    trees = read_trees(data / 'sst' / 'train.txt')
    other = read_tweets(data / 'tweeteval') + read_everyday()
    random.Random(SEED).shuffle(trees)
    held_out = int(len(trees) * CALIBRATION_SHARE)
    temperature = _temperature(_fit(rows_of(trees[held_out:]) + other), trees[:held_out])
    rows = rows_of(trees) + other
    model = _fit(rows)

    folder = models / NAME / VERSION
    path = artifacts.save_model(_graph(model.coef_.T / temperature, model.intercept_ / temperature), folder, NAME)

    # The metrics are those of the file that is shipped, run by the runtime that serves it.
    dev = [tree.sentence for tree in read_trees(data / 'sst' / 'dev.txt')]
    metrics = _evaluate(path, dev)
    artifacts.write_manifest(
        folder,
        NAME,
        VERSION,
        inputs=[
            {'name': 'ids', 'type': 'int64', 'shape': ['batch', 'features'], 'range': [0, BUCKETS - 1]},
            {'name': 'values', 'type': 'float32', 'shape': ['batch', 'features']},
        ],
        outputs=[{'name': 'probabilities', 'type': 'float32', 'shape': ['batch', len(LABELS)]}],
        labels=LABELS,
        metrics=metrics,
        training={
            'data': 'SST train (sentences and phrases), TweetEval sentiment, everyday.tsv; held out: sst/dev.txt',
            'rows': len(rows),
            'held_out_rows': len(dev),
            'seed': SEED,
        },
    )
    _write_golden(golden / f'{NAME}.jsonl', path)
    return metrics


def vectors(texts: list[str]) -> sparse.csr_matrix:
    """A row a text: the same value for each of its features, so that the row has length 1."""
    ids = [feature_ids(text) for text in texts]
    values = np.concatenate([np.full(len(row), len(row) ** -0.5) for row in ids])
    return sparse.csr_matrix((values, np.concatenate(ids), np.cumsum([0, *map(len, ids)])), (len(texts), BUCKETS))


def _fit(rows: list[Row]) -> LogisticRegression:
    model = LogisticRegression(C=REGULARISATION, class_weight=CLASS_WEIGHT, max_iter=150, tol=1e-3)
    labels, weights = [row.label for row in rows], [row.weight for row in rows]
    return model.fit(vectors([row.text for row in rows]), labels, sample_weight=weights)


def _temperature(model: LogisticRegression, trees: list[Tree]) -> float:
    """What the scores must be divided by for the confidence to be right as often as it says (temperature scaling)."""
    scores = model.decision_function(vectors([tree.sentence.text for tree in trees]))
    truth = [tree.sentence.label for tree in trees]
    return float(minimize_scalar(lambda t: log_loss(truth, _softmax(scores / t)), bounds=(0.3, 3), method='bounded').x)


def _softmax(scores: np.ndarray) -> np.ndarray:
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponents / exponents.sum(axis=1, keepdims=True)


def _graph(weights: np.ndarray, bias: np.ndarray) -> onnx.ModelProto:
    """probabilities = softmax(values · weights[ids] + bias). The weights are float16, which halves the file."""
    initializers = [
        numpy_helper.from_array(weights.astype(np.float16), 'weights'),
        numpy_helper.from_array(bias.astype(np.float32), 'bias'),
        numpy_helper.from_array(np.array([1], np.int64), 'axis'),
    ]
    nodes = [
        helper.make_node('Gather', ['weights', 'ids'], ['rows16'], axis=0),
        helper.make_node('Cast', ['rows16'], ['rows'], to=TensorProto.FLOAT),
        helper.make_node('Unsqueeze', ['values', 'axis'], ['row_of_values']),
        helper.make_node('MatMul', ['row_of_values', 'rows'], ['sums']),
        helper.make_node('Squeeze', ['sums', 'axis'], ['unbiased']),
        helper.make_node('Add', ['unbiased', 'bias'], ['scores']),
        helper.make_node('Softmax', ['scores'], ['probabilities'], axis=1),
    ]
    ids = helper.make_tensor_value_info('ids', TensorProto.INT64, ['batch', 'features'])
    values = helper.make_tensor_value_info('values', TensorProto.FLOAT, ['batch', 'features'])
    output = helper.make_tensor_value_info('probabilities', TensorProto.FLOAT, ['batch', len(LABELS)])
    return artifacts.make_model(helper.make_graph(nodes, NAME, [ids, values], [output], initializers))


def _predict(path: Path, texts: list[str]) -> np.ndarray:
    session = ort.InferenceSession(path)
    rows = []
    for text in texts:
        ids = np.array([feature_ids(text)], np.int64)
        values = np.full(ids.shape, ids.shape[1] ** -0.5, np.float32)
        rows.append(session.run(None, {'ids': ids, 'values': values})[0][0])
    return np.array(rows)


def _evaluate(path: Path, rows: list[Row]) -> dict[str, float]:
    probabilities = _predict(path, [row.text for row in rows])
    truth = np.array([row.label for row in rows])
    predicted = probabilities.argmax(axis=1)
    polar = truth != NEUTRAL
    leaning = np.where(probabilities[:, POSITIVE] > probabilities[:, NEGATIVE], POSITIVE, NEGATIVE)
    metrics = {
        'accuracy': accuracy_score(truth, predicted),
        'macro_f1': f1_score(truth, predicted, average='macro'),
        'accuracy_without_neutral': accuracy_score(truth[polar], leaning[polar]),
        'log_loss': log_loss(truth, probabilities),
        'expected_calibration_error': _calibration_error(probabilities.max(axis=1), predicted == truth),
    }
    return {name: round(float(value), 4) for name, value in metrics.items()}


def _calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Mean distance between confidence and accuracy over ten equal bins of confidence."""
    bins = np.minimum((confidence * 10).astype(int), 9)
    return sum(abs(confidence[bins == b].sum() - right[bins == b].sum()) for b in range(10)) / len(right)


# Where two implementations of one tokeniser like to differ.
ODD_TEXTS = [
    ' ', '!', "Don't", 'DON’T STOP', 'İstanbul ıI ſtraße CAFÉ naïve ÀÉ Ǆ', '😀 great 😡😡', '👩‍👩‍👧 family ☀️', '\ud83d',
    'a\u0085b\u001cc\ufeffd\u00a0e', 'https://example.org/a?b=c good', '@someone:not bad', 'x' * 500,
    'not not not not good', "n't", "can't won't shan't n'ty", '日本語のテキスト', ':) :-( ;) :-)', '\t\r\n', 'Ω≈ç√ ½ ²',
    'good.bad,ugly;fine', 'e\u0301 combining', "'quoted' 'n't'",
]  # fmt: skip


def _write_golden(path: Path, model: Path) -> None:
    texts = ODD_TEXTS + _plain_texts(GOLDEN_TEXTS - len(ODD_TEXTS))
    cases: list[dict[str, object]] = []
    for text, row in zip(texts, _predict(model, texts), strict=True):
        probabilities = [round(float(p), 6) for p in row]
        cases.append({'text': text, 'features': len(feature_ids(text)), 'probabilities': probabilities})
    for case in cases[: len(ODD_TEXTS)]:
        case['ids'] = feature_ids(str(case['text']))
    artifacts.write_golden(path, cases)


def _plain_texts(count: int) -> list[str]:
    """Sentences of our own, alone and in pairs: those of the data sets stay out of the repository."""
    sentences = [row.text for row in read_everyday()]
    second = random.Random(SEED).sample(sentences, len(sentences))
    pairs = [f'{a}, but {b[0].lower()}{b[1:]}!' for a, b in zip(sentences, second, strict=True)]
    triples = [f'{b}. {a}. {c}?' for a, b, c in zip(sentences, second, reversed(second), strict=True)]
    return (sentences + pairs + triples)[:count]
