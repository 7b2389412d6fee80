"""The network: a BERT encoder of the size of MiniLM-L6, mean pooling and a linear head over the three classes."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

LAYERS, HEADS, WIDTH, INNER, VOCABULARY, POSITIONS = 6, 12, 384, 1536, 30522, 512
EPSILON = 1e-12
SCALE = (WIDTH // HEADS) ** -0.5


class SharedDropout(nn.Module):
    """Drops the same features at every position of a text: as good here, and PyTorch draws on one core only."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        kept = torch.rand(x.shape[0], *[1] * (x.ndim - 2), x.shape[-1]) >= self.share
        return x * (kept.to(x.dtype) / (1 - self.share))


class Layer(nn.Module):
    """One transformer layer, normalised after each half as in BERT."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.up, self.down = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.norm_attention, self.norm_output = nn.LayerNorm(WIDTH, EPSILON), nn.LayerNorm(WIDTH, EPSILON)
        self.dropout = SharedDropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        def heads(y: Tensor) -> Tensor:
            return y.view(y.shape[0], y.shape[1], HEADS, WIDTH // HEADS).transpose(1, 2)

        # Written out: the fused attention of PyTorch is several times slower backwards on texts this short.
        scores = heads(self.query(x)) @ heads(self.key(x)).transpose(2, 3) * SCALE + mask
        attended = torch.softmax(scores, -1) @ heads(self.value(x))
        attended = self.out(attended.transpose(1, 2).reshape(x.shape))
        x = self.norm_attention(x + self.dropout(attended))
        return self.norm_output(x + self.dropout(self.down(functional.gelu(self.up(x)))))


class Classifier(nn.Module):
    """input_ids and attention_mask, both [batch, tokens], to class scores [batch, classes]."""

    def __init__(self, classes: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, WIDTH)
        # BERT's token type is always 0 here: its vector is added to every position once, when the weights are read.
        self.positions = nn.Embedding(POSITIONS, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, EPSILON)
        self.layers = nn.ModuleList(Layer(dropout) for _ in range(LAYERS))
        self.dropout = SharedDropout(dropout)
        self.head = nn.Linear(WIDTH, classes)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        weights = attention_mask.to(self.head.weight.dtype)
        x = self.words(input_ids) + self.positions.weight[: input_ids.shape[1]]
        x = self.dropout(self.norm(x))
        mask = ((1 - weights) * -10000.0)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, mask)
        weights = weights[:, :, None]
        pooled = (x * weights).sum(1) / weights.sum(1)
        return self.head(self.dropout(pooled))


def pretrained(path: Path, classes: int) -> Classifier:
    """Reads the weights of all-MiniLM-L6-v2 (safetensors, names of BERT); the head is new."""
    stored = load_file(path)
    model = Classifier(classes)
    state = model.state_dict()

    def take(target: str, source: str) -> None:
        for part in ('weight', 'bias'):
            if f'{source}.{part}' in stored:
                state[f'{target}.{part}'].copy_(stored[f'{source}.{part}'])

    take('words', 'embeddings.word_embeddings')
    take('positions', 'embeddings.position_embeddings')
    state['positions.weight'].add_(stored['embeddings.token_type_embeddings.weight'][0])
    take('norm', 'embeddings.LayerNorm')
    for index in range(LAYERS):
        source = f'encoder.layer.{index}'
        for name in ('query', 'key', 'value'):
            take(f'layers.{index}.{name}', f'{source}.attention.self.{name}')
        take(f'layers.{index}.out', f'{source}.attention.output.dense')
        take(f'layers.{index}.norm_attention', f'{source}.attention.output.LayerNorm')
        take(f'layers.{index}.up', f'{source}.intermediate.dense')
        take(f'layers.{index}.down', f'{source}.output.dense')
        take(f'layers.{index}.norm_output', f'{source}.output.LayerNorm')
    nn.init.normal_(model.head.weight, std=0.02)
    nn.init.zeros_(model.head.bias)
    return model
