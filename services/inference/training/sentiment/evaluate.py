"""What a model file is worth: measured with the runtime that serves it, a text at a time."""

from pathlib import Path

import numpy as np
import onnxruntime as ort
from scipy.optimize import minimize_scalar
from sklearn.metrics import accuracy_score, f1_score, log_loss
from tokenizers import Tokenizer

from .data import NEGATIVE, NEUTRAL, POSITIVE, Row, Splits

# What is told of the model before it was quantised as well.
GOALS = ('sst_accuracy_without_neutral', 'sst_macro_f1', 'tweets_macro_f1')


def predict(model: Path, tokenizer: Tokenizer, texts: list[str]) -> np.ndarray:
    """Probabilities [texts, classes], a text at a time."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model, options)
    rows = []
    for encoding in tokenizer.encode_batch(texts):
        feed = {'input_ids': [encoding.ids], 'attention_mask': [encoding.attention_mask]}
        rows.append(session.run(None, {name: np.array(value, np.int64) for name, value in feed.items()})[0][0])
    return np.array(rows)


def metrics(model: Path, tokenizer: Tokenizer, splits: Splits) -> dict[str, float]:
    """Of the sentences of sst/dev.txt and of the tweets held out."""
    sentences = _probabilities(model, tokenizer, splits.test_sentences)
    tweets = _probabilities(model, tokenizer, splits.test_tweets)
    truth = _labels(splits.test_sentences)
    polar = truth != NEUTRAL
    leaning = np.where(sentences[:, POSITIVE] > sentences[:, NEGATIVE], POSITIVE, NEGATIVE)
    found = {
        'sst_accuracy_without_neutral': accuracy_score(truth[polar], leaning[polar]),
        **{f'sst_{name}': value for name, value in _metrics(sentences, truth).items()},
        **{f'tweets_{name}': value for name, value in _metrics(tweets, _labels(splits.test_tweets)).items()},
    }
    return {name: round(float(value), 4) for name, value in found.items()}


def temperature(model: Path, tokenizer: Tokenizer, splits: Splits) -> float:
    """What the scores must be divided by for the confidence to be right as often as it says (temperature scaling)."""
    scores = np.log(_probabilities(model, tokenizer, splits.calibration))
    truth = _labels(splits.calibration)
    return float(minimize_scalar(lambda t: log_loss(truth, _softmax(scores / t)), bounds=(0.3, 3), method='bounded').x)


def _probabilities(model: Path, tokenizer: Tokenizer, rows: list[Row]) -> np.ndarray:
    return predict(model, tokenizer, [row.text for row in rows])


def _labels(rows: list[Row]) -> np.ndarray:
    return np.array([row.label for row in rows])


def _metrics(probabilities: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    predicted = probabilities.argmax(axis=1)
    return {
        'accuracy': accuracy_score(truth, predicted),
        'macro_f1': f1_score(truth, predicted, average='macro'),
        'log_loss': log_loss(truth, probabilities),
        'expected_calibration_error': _calibration_error(probabilities.max(axis=1), predicted == truth),
    }


def _softmax(scores: np.ndarray) -> np.ndarray:
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponents / exponents.sum(axis=1, keepdims=True)


def _calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Mean distance between confidence and accuracy over ten equal bins of confidence."""
    bins = np.minimum((confidence * 10).astype(int), 9)
    return sum(abs(confidence[bins == b].sum() - right[bins == b].sum()) for b in range(10)) / len(right)
