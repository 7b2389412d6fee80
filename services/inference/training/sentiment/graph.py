"""The network as an ONNX graph: written by hand, a third of what an exporter makes of it."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import artifacts

from .encoder import EPSILON, HEADS, LAYERS, SCALE, WIDTH
from .rounding import Rounded

Array = np.ndarray

# Activations are quantised to unsigned bytes around this.
ZERO_POINT = np.uint8(128)
# What GELU gives at the least, rounded down: the minimum is -0.16997.
GELU_MINIMUM = -0.17


def build(
    weights: Mapping[str, Array], rounded: Mapping[str, Rounded] | None, name: str, max_tokens: int, temperature: float
) -> onnx.ModelProto:
    """input_ids, attention_mask (int64 [batch, tokens]) to probabilities (float32 [batch, classes]).

    The scores are divided by `temperature` before the softmax. With `rounded`, layers and embeddings are of 8-bit
    integers; the head stays in float32.
    """
    layer = {key: value.astype(np.float32) for key, value in weights.items()}
    graph = _Graph(layer, rounded)

    mask = graph.add('Cast', 'attention_mask', to=TensorProto.FLOAT)
    hidden = graph.add('Sub', mask, graph.constant(np.float32(1)))
    hidden = graph.add('Mul', hidden, graph.constant(np.float32(10000)))
    hidden = graph.add('Unsqueeze', hidden, graph.constant(np.array([1, 2])))

    tokens = graph.add('Shape', 'input_ids', start=1, end=2)
    positions = graph.constant(layer['positions.weight'][:max_tokens])
    positions = graph.add('Slice', positions, graph.constant(np.array([0])), tokens)
    x = graph.add('Add', graph.embedding(layer['words.weight'], 'input_ids'), positions)
    x = graph.norm(x, 'norm')
    for index in range(LAYERS):
        at = f'layers.{index}.'
        # One product for all three; the scale of the attention is in the query's weights.
        query, key, value = graph.split(graph.dense(x, [f'{at}query', f'{at}key', f'{at}value'], [SCALE, 1, 1]))
        scores = graph.add('MatMul', graph.heads(query, [0, 2, 1, 3]), graph.heads(key, [0, 2, 3, 1]))
        scores = graph.add('Softmax', graph.add('Add', scores, hidden), axis=-1)
        attended = graph.add('MatMul', scores, graph.heads(value, [0, 2, 1, 3]))
        attended = graph.add('Transpose', attended, perm=[0, 2, 1, 3])
        attended = graph.add('Reshape', attended, graph.constant(np.array([0, 0, WIDTH])))
        attended = graph.dense(attended, [f'{at}out'])
        x = graph.norm(graph.add('Add', x, attended), f'{at}norm_attention')
        inner = graph.add('Gelu', graph.dense(x, [f'{at}up']))
        outer = graph.dense(inner, [f'{at}down'], minimum=GELU_MINIMUM)
        x = graph.norm(graph.add('Add', x, outer), f'{at}norm_output')

    mask = graph.add('Unsqueeze', mask, graph.constant(np.array([2])))
    axis = graph.constant(np.array([1]))
    total = graph.add('ReduceSum', graph.add('Mul', x, mask), axis, keepdims=0)
    pooled = graph.add('Div', total, graph.add('ReduceSum', mask, axis, keepdims=0))
    head, bias = layer['head.weight'] / temperature, layer['head.bias'] / temperature
    scores = graph.add('Gemm', pooled, graph.constant(head), graph.constant(bias), transB=1)
    graph.nodes.append(helper.make_node('Softmax', [scores], ['probabilities'], axis=-1))

    def value_of(name: str, kind: int, shape: list[str | int]) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, kind, shape)

    inputs = [value_of(n, TensorProto.INT64, ['batch', 'tokens']) for n in ('input_ids', 'attention_mask')]
    output = value_of('probabilities', TensorProto.FLOAT, ['batch', len(bias)])
    return artifacts.make_model(helper.make_graph(graph.nodes, name, inputs, [output], graph.constants))


class _Graph:
    def __init__(self, weights: Mapping[str, Array], rounded: Mapping[str, Rounded] | None) -> None:
        self.weights = weights
        self.rounded = rounded
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.zero_points: str | None = None

    def add(self, operator: str, *inputs: str, **attributes: object) -> str:
        """Adds a node of one output and gives the name of that."""
        output = f'{operator}_{len(self.nodes)}'
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def constant(self, value: Array) -> str:
        name = f'constant_{len(self.constants)}'
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def norm(self, x: str, name: str) -> str:
        scale, bias = (self.constant(self.weights[f'{name}.{part}']) for part in ('weight', 'bias'))
        return self.add('LayerNormalization', x, scale, bias, axis=-1, epsilon=EPSILON)

    def split(self, x: str) -> list[str]:
        outputs = [f'Split_{len(self.nodes)}_{part}' for part in range(3)]
        self.nodes.append(helper.make_node('Split', [x], outputs, axis=-1, num_outputs=3))
        return outputs

    def heads(self, x: str, order: list[int]) -> str:
        """[batch, tokens, width] to [batch, heads, …] in the order of the axes given."""
        apart = self.add('Reshape', x, self.constant(np.array([0, 0, HEADS, WIDTH // HEADS])))
        return self.add('Transpose', apart, perm=order)

    def embedding(self, table: Array, ids: str) -> str:
        if self.rounded is None:
            return self.add('Gather', self.constant(table), ids)
        scale = np.abs(table).max(axis=1, keepdims=True) / 127
        rows = self.add('Gather', self.constant(np.round(table / scale).astype(np.int8)), ids)
        scales = self.add('Gather', self.constant(scale), ids)
        return self.add('Mul', self.add('Cast', rows, to=TensorProto.FLOAT), scales)

    def dense(
        self, x: str, names: Sequence[str], factors: Sequence[float] = (1,), minimum: float | None = None
    ) -> str:
        """x · weightᵀ + bias of the layers named, side by side, each times its factor; no x is less than `minimum`."""

        def beside(arrays: Iterable[Array]) -> Array:
            return np.concatenate([array * f for array, f in zip(arrays, factors, strict=True)]).astype(np.float32)

        bias = self.constant(beside(self.weights[f'{name}.bias'] for name in names))
        if self.rounded is None:
            weight = beside(self.weights[f'{name}.weight'] for name in names)
            return self.add('Add', self.add('MatMul', x, self.constant(weight.T)), bias)
        # Activations have a scale for each token, so that what a text gets does not depend on the others of its batch.
        largest = self.largest(x, minimum)
        integers = np.concatenate([self.rounded[name].integers.numpy() for name in names])
        quantised = self.quantise(x, integers.shape[1], self.add('Mul', largest, self.constant(np.float32(1 / 127))))
        scale = beside(self.rounded[name].scale[:, 0].numpy() for name in names)
        product = self.add('MatMulInteger', quantised, self.constant(integers.T), self.constant(ZERO_POINT))
        product = self.add('Cast', product, to=TensorProto.FLOAT)
        product = self.add('Mul', product, self.constant(scale / np.float32(127)))
        product = self.add('Mul', product, largest)
        return self.add('Add', product, bias)

    def largest(self, x: str, minimum: float | None) -> str:
        """A bound of the magnitudes of each token, [batch, tokens, 1]: the largest, or what the minimum may be."""
        axis = self.constant(np.array([-1]))
        if minimum is None:
            return self.add('ReduceMax', self.add('Abs', x), axis, keepdims=1)
        return self.add('Max', self.add('ReduceMax', x, axis, keepdims=1), self.constant(np.float32(-minimum)))

    def quantise(self, x: str, width: int, scale: str) -> str:
        """x as bytes: each token is a block, because only a block can have a scale that is computed for a row."""
        if self.zero_points is None:
            self.zero_points = self.add('Expand', self.constant(ZERO_POINT), self.add('Shape', scale))
        return self.add('QuantizeLinear', x, scale, self.zero_points, axis=-1, block_size=width)
