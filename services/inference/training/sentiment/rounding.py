"""Rounds weights to integers so that what the layers give changes least (GPTQ: E. Frantar et al., ICLR 2023)."""

from typing import NamedTuple

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from .data import Row
from .encoder import Classifier
from .fitting import pad

# Activations become unsigned bytes, weights signed bytes with a scale for each output. Processors without VNNI add two
# such products in 16 bits with saturation: weights of no more than this never reach it, since 2 · 255 · 64 < 2^15, so
# that the same file gives the same result on all.
LARGEST = 64
# Share of the mean square of an input that is added to all, so that what hardly ever occurs decides nothing.
DAMPING = 0.01
# Columns that are rounded before the error is passed on to all behind them; any number gives the same but for last bits.
BLOCK = 128
BATCH = 64


class Rounded(NamedTuple):
    """`integers` [outputs, inputs] times `scale` [outputs, 1] is about the matrix."""

    integers: Tensor
    scale: Tensor


def round_layers(model: Classifier, rows: list[Row], tokenizer: Tokenizer) -> dict[str, Rounded]:
    """The matrix of every linear layer of the encoder, by name, for inputs such as `rows` make."""
    layers = {name: layer for name, layer in model.layers.named_modules(prefix='layers') if isinstance(layer, nn.Linear)}
    products = _products(model, layers, rows, tokenizer)
    return {name: round_matrix(layer.weight.detach(), products[name]) for name, layer in layers.items()}


@torch.no_grad()
def _products(
    model: Classifier, layers: dict[str, nn.Linear], rows: list[Row], tokenizer: Tokenizer
) -> dict[str, Tensor]:
    """For each layer the sum of x · xᵀ over its inputs x, [inputs, inputs]."""
    sums = {name: torch.zeros(layer.in_features, layer.in_features, dtype=torch.float64) for name, layer in layers.items()}
    texts = sorted((encoding.ids for encoding in tokenizer.encode_batch([row.text for row in rows])), key=len)
    for start in range(0, len(texts), BATCH):
        ids, mask = pad(texts[start : start + BATCH])

        def add(name: str, x: Tensor, real: Tensor = mask.bool()) -> None:
            inputs = x[real].double()
            sums[name] += inputs.T @ inputs

        hooks = [
            layer.register_forward_pre_hook(lambda _, inputs, name=name: add(name, inputs[0]))
            for name, layer in layers.items()
        ]
        model(ids, mask)
        for hook in hooks:
            hook.remove()
    return sums


def round_matrix(matrix: Tensor, product: Tensor) -> Rounded:
    """Rounds a column after the other, those with the largest inputs first, and makes up for its error in those left."""
    size = matrix.shape[1]
    scale = matrix.abs().amax(1, keepdim=True) / LARGEST
    order = product.diagonal().argsort(descending=True)
    left = matrix.double()[:, order]
    damped = product[order][:, order] + torch.eye(size) * (DAMPING * product.diagonal().mean())
    inverse = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(damped)), upper=True)
    integers = torch.zeros_like(left)
    for start in range(0, size, BLOCK):
        end = min(start + BLOCK, size)
        errors = torch.zeros(len(left), end - start, dtype=torch.float64)
        for column in range(start, end):
            wanted = left[:, column]
            integers[:, column] = (wanted / scale[:, 0]).round().clamp(-LARGEST, LARGEST)
            error = (wanted - integers[:, column] * scale[:, 0]) / inverse[column, column]
            left[:, column:end] -= error[:, None] * inverse[column, column:end]
            errors[:, column - start] = error
        left[:, end:] -= errors @ inverse[start:end, end:]
    return Rounded(integers[:, order.argsort()].to(torch.int8), scale)
