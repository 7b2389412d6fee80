"""The linear demo: ordinary least squares on points of y = 2x + 6, as an ONNX graph in float64."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import artifacts

NAME, VERSION = 'linear', 'v1.1.0'
SEED = 20260101
# Least squares ends a few units of the last place off; the points are known to fewer places than this.
DECIMALS = 9


def train(_data: Path, models: Path, _golden: Path) -> dict[str, float]:
    x = np.random.default_rng(SEED).uniform(-100, 100, 200)
    y = 2 * x + 6
    fitted, *_ = np.linalg.lstsq(np.column_stack([x, np.ones_like(x)]), y, rcond=None)
    slope, intercept = np.round(fitted, DECIMALS)
    held_out = np.random.default_rng(SEED + 1).uniform(-1000, 1000, 200)
    error = np.abs(slope * held_out + intercept - (2 * held_out + 6))
    r2 = 1 - np.mean(error**2) / np.var(2 * held_out + 6)
    metrics = {'r2': float(r2), 'max_absolute_error': float(error.max())}

    folder = models / NAME / VERSION
    artifacts.save_model(_graph(slope, intercept), folder, NAME)
    artifacts.write_manifest(
        folder,
        NAME,
        VERSION,
        inputs=[{'name': 'x', 'type': 'float64', 'shape': ['batch']}],
        outputs=[{'name': 'y', 'type': 'float64', 'shape': ['batch']}],
        # A row is a number: to hand a batch to a worker takes longer than to run it.
        batching={'maxItems': 128},
        metrics=metrics,
        training={'data': '200 points of y = 2x + 6', 'rows': 200, 'held_out_rows': 200, 'seed': SEED},
    )
    return metrics


def _graph(slope: float, intercept: float) -> onnx.ModelProto:
    weights = [
        numpy_helper.from_array(np.array([slope], np.float64), 'slope'),
        numpy_helper.from_array(np.array([intercept], np.float64), 'intercept'),
    ]
    nodes = [
        helper.make_node('Mul', ['x', 'slope'], ['scaled']),
        helper.make_node('Add', ['scaled', 'intercept'], ['y']),
    ]
    x, y = (helper.make_tensor_value_info(name, TensorProto.DOUBLE, ['batch']) for name in ('x', 'y'))
    return artifacts.make_model(helper.make_graph(nodes, NAME, [x], [y], weights))
