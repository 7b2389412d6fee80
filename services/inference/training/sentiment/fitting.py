"""Fine-tuning: AdamW with layer-wise learning rates, warm-up and a linear end, and a running mean of the weights."""

import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from time import monotonic

import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from .data import LABELS, NEUTRAL, Row, Splits
from .encoder import LAYERS, Classifier

BATCH = 128
PEAK_RATE = 1.2e-4
# Each layer learns this much slower than the one above it, so that what pre-training taught stays.
LAYER_DECAY = 0.85
WEIGHT_DECAY = 0.01
# Steps in all, in which the rate rises, and in which it falls.
STEPS, WARM_UP, COOL_DOWN = 1800, 80, 600
MEAN_DECAY = 0.998
# Shares of the phrases that an epoch draws anew: most are neutral and a word or two long.
NEUTRAL_SHARE, POLAR_SHARE = 0.15, 0.6
SENTENCE_COPIES, TWEET_COPIES, EVERYDAY_COPIES = 2, 2, 6
# Batches are cut from pools of this many batches, sorted by length: little padding, still random.
POOL = 50


def fit(model: Classifier, splits: Splits, tokenizer: Tokenizer, seed: int, checkpoints: Path) -> Classifier:
    """Trains in place and returns the model with the mean weights; `checkpoints` gets them every hundred steps."""
    torch.manual_seed(seed)
    for table in (model.words, model.positions):
        table.requires_grad_(False)
    random_source = random.Random(seed)
    optimizer = torch.optim.AdamW(_groups(model), lr=PEAK_RATE, fused=True)
    rates = [group['lr'] for group in optimizer.param_groups]
    mean = {name: value.clone() for name, value in model.state_dict().items()}
    started = monotonic()
    model.train()
    losses = 0.0
    for step, (ids, mask, target) in enumerate(islice(_batches(splits, tokenizer, random_source), STEPS), 1):
        scale = min(step / WARM_UP, 1, (STEPS - step) / COOL_DOWN)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group['lr'] = rate * scale
        with torch.autocast('cpu', torch.bfloat16):
            scores = model(ids, mask)
        loss = functional.cross_entropy(scores.float(), target)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        _update_mean(mean, model, step)
        losses += loss.item()
        if step % 50 == 0:
            print(f'step {step} of {STEPS}: loss {losses / 50:.4f}, {monotonic() - started:.0f} s', flush=True)
            losses = 0.0
        if step % 100 == 0:
            save_file(mean, checkpoints / f'step-{step:05d}.safetensors')
    model.load_state_dict(mean)
    return model.eval()


def _epoch_rows(splits: Splits, random_source: random.Random) -> list[Row]:
    """A share of the phrases, each text once; sentences and those of our own several times."""
    phrases = {row.text: row for tree in splits.trees for row in tree.phrases}.values()
    share = {label: NEUTRAL_SHARE if label == NEUTRAL else POLAR_SHARE for label in range(len(LABELS))}
    rows = [row for row in phrases if random_source.random() < share[row.label]]
    rows += [tree.sentence for tree in splits.trees] * SENTENCE_COPIES
    return rows + splits.tweets * TWEET_COPIES + splits.everyday * EVERYDAY_COPIES


def _batches(
    splits: Splits, tokenizer: Tokenizer, random_source: random.Random
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Batches of texts of about the same length, without an end."""
    while True:
        rows = _epoch_rows(splits, random_source)
        random_source.shuffle(rows)
        for start in range(0, len(rows), BATCH * POOL):
            pool = rows[start : start + BATCH * POOL]
            encodings = tokenizer.encode_batch([row.text for row in pool])
            encoded = [(encoding.ids, row.target) for encoding, row in zip(encodings, pool, strict=True)]
            encoded.sort(key=lambda pair: len(pair[0]))
            batches = [encoded[i : i + BATCH] for i in range(0, len(encoded), BATCH)]
            random_source.shuffle(batches)
            for batch in batches:
                ids, mask = pad([ids for ids, _ in batch])
                yield ids, mask, torch.tensor([target for _, target in batch])


def pad(rows: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Token ids to [batch, longest] with 0 behind the shorter ones, and the mask of what is text."""
    shape = (len(rows), max(map(len, rows)))
    ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = row
        mask[index, : len(row)] = 1
    return torch.from_numpy(ids), torch.from_numpy(mask)


def _groups(model: Classifier) -> list[dict[str, object]]:
    """A learning rate for each depth: the embeddings the smallest, the head the largest."""

    def depth(name: str) -> int:
        if name.startswith('head'):
            return LAYERS + 1
        return int(name.split('.')[1]) + 1 if name.startswith('layers') else 0

    groups: dict[tuple[int, bool], list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        groups.setdefault((depth(name), parameter.ndim > 1), []).append(parameter)
    return [
        {
            'params': parameters,
            'lr': PEAK_RATE * LAYER_DECAY ** (LAYERS + 1 - level),
            'weight_decay': WEIGHT_DECAY if is_matrix else 0.0,
        }
        for (level, is_matrix), parameters in groups.items()
    ]


@torch.no_grad()
def _update_mean(mean: dict[str, Tensor], model: Classifier, step: int) -> None:
    # Young means forget faster, or the starting weights would weigh on them.
    share = 1 - min(MEAN_DECAY, (1 + step) / (10 + step))
    for name, value in model.named_parameters():
        if value.requires_grad:
            mean[name].lerp_(value, share)
