"""The model as the Python servers run it: the tokenizers package and a session of ONNX Runtime with one thread."""

import json
import os
from pathlib import Path

import numpy
from onnxruntime import InferenceSession, SessionOptions
from tokenizers import BertWordPieceTokenizer

FOLDER = Path(os.environ["MODEL_FOLDER"])


class Sentiment:
    def __init__(self):
        manifest = json.loads((FOLDER / "manifest.json").read_text())
        self.labels = manifest["postprocessing"]["labels"]
        preprocessing = manifest["preprocessing"]
        self.tokenizer = BertWordPieceTokenizer(str(FOLDER / preprocessing["vocab"]), lowercase=True)
        self.tokenizer.enable_truncation(preprocessing["maxTokens"])
        self.tokenizer.enable_padding()
        options = SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = InferenceSession(FOLDER / manifest["model"], options, providers=["CPUExecutionProvider"])

    def scores(self, texts):
        """The probability of each label, a row for each text."""
        encodings = self.tokenizer.encode_batch(texts)
        feeds = {
            "input_ids": numpy.array([encoding.ids for encoding in encodings], dtype=numpy.int64),
            "attention_mask": numpy.array([encoding.attention_mask for encoding in encodings], dtype=numpy.int64),
        }
        return self.session.run(["probabilities"], feeds)[0]

    def answers(self, texts):
        return [self.answer(text, row) for text, row in zip(texts, self.scores(texts).tolist())]

    def answer(self, text, row):
        best = max(range(len(row)), key=row.__getitem__)
        return {
            "text": text,
            "sentiment": self.labels[best],
            "confidence": row[best],
            "scores": dict(zip(self.labels, row)),
        }
