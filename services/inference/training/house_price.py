"""California house prices: boosted trees over eight numbers and the proximity of the ocean.

The pre-processing is in the ONNX graph.
"""

import csv
from pathlib import Path

import numpy as np
import onnxruntime as ort
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

import artifacts
import tree_ensemble

NAME, VERSION = 'house-price', 'v1.1.0'
SEED = 20260101
FEATURES = [
    'longitude', 'latitude', 'housing_median_age', 'total_rooms',
    'total_bedrooms', 'population', 'households', 'median_income',
]  # fmt: skip
CATEGORIES = ['<1H OCEAN', 'INLAND', 'ISLAND', 'NEAR BAY', 'NEAR OCEAN']
TARGET = 'median_house_value'


def train(data: Path, models: Path, golden: Path) -> dict[str, float]:
    numbers, proximity, price = _read(data / 'housing' / 'housing.csv')
    rows = np.arange(len(price))
    fit_rows, test_rows = train_test_split(rows, test_size=0.2, random_state=SEED)
    model = _pipeline().fit(_table(numbers, proximity, fit_rows), price[fit_rows])

    folder = models / NAME / VERSION
    inputs = [('numeric', FloatTensorType([None, len(FEATURES)])), ('ocean_proximity', StringTensorType([None, 1]))]
    onnx_model = to_onnx(model, initial_types=inputs, target_opset={'': 21, 'ai.onnx.ml': 3})
    onnx_model.graph.name = NAME  # skl2onnx invents a random one
    # So named, rows of several requests run together.
    for value in (*onnx_model.graph.input, *onnx_model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = 'batch'
    tree_ensemble.compact(onnx_model)
    onnx_model.ir_version = artifacts.IR_VERSION
    path = artifacts.save_model(onnx_model, folder, NAME)

    # The metrics are those of the file that is shipped, run by the runtime that serves it.
    predicted = _run(path, numbers[test_rows], proximity[test_rows])
    truth = price[test_rows]
    own = model.predict(_table(numbers, proximity, test_rows))
    metrics = {
        'r2': round(float(r2_score(truth, predicted)), 4),
        'mean_absolute_error_usd': round(float(mean_absolute_error(truth, predicted))),
        'root_mean_squared_error_usd': round(float(root_mean_squared_error(truth, predicted))),
        'largest_difference_to_scikit_learn_usd': round(float(np.abs(own - predicted).max()), 2),
    }
    artifacts.write_manifest(
        folder,
        NAME,
        VERSION,
        inputs=[
            {
                'name': 'numeric',
                'type': 'float32',
                'shape': ['batch', len(FEATURES)],
                'features': FEATURES,
                'missing': 'NaN (total_bedrooms)',
            },
            {'name': 'ocean_proximity', 'type': 'string', 'shape': ['batch', 1], 'categories': CATEGORIES},
        ],
        outputs=[{'name': 'variable', 'type': 'float32', 'shape': ['batch', 1], 'unit': 'USD of 1990'}],
        metrics=metrics,
        training={
            'data': 'California housing, 1990 census (Pace and Barry, 1997)',
            'rows': len(fit_rows),
            'held_out_rows': len(test_rows),
            'seed': SEED,
        },
    )
    sample = np.r_[test_rows[:40], np.flatnonzero(np.isnan(numbers[:, 4]))[:10]]
    prices = _run(path, numbers[sample], proximity[sample])
    artifacts.write_golden(golden / f'{NAME}.jsonl', _golden(numbers[sample], proximity[sample], prices))
    return metrics


def _read(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Numbers (missing is NaN; float32, as they are served), proximity and price in US dollars."""
    with path.open(encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    numbers = np.array([[float(row[name] or 'nan') for name in FEATURES] for row in rows], np.float32)
    proximity = np.array([row['ocean_proximity'] for row in rows], object)
    return numbers, proximity, np.array([float(row[TARGET]) for row in rows])


def _pipeline() -> Pipeline:
    last = len(FEATURES)
    columns = ColumnTransformer(
        [
            ('numeric', 'passthrough', list(range(last))),
            ('ocean_proximity', OneHotEncoder(categories=[CATEGORIES], sparse_output=False), [last]),
        ]
    )
    trees = HistGradientBoostingRegressor(
        learning_rate=0.06, max_iter=500, early_stopping=False, l2_regularization=1.0, random_state=SEED
    )
    return Pipeline([('columns', columns), ('trees', trees)])


def _table(numbers: np.ndarray, proximity: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return np.column_stack([numbers[rows].astype(object), proximity[rows]])


def _run(path: Path, numbers: np.ndarray, proximity: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(path)
    return session.run(None, {'numeric': numbers, 'ocean_proximity': proximity.reshape(-1, 1)})[0].ravel()


def _golden(numbers: np.ndarray, proximity: np.ndarray, prices: np.ndarray) -> list[dict[str, object]]:
    cases: list[dict[str, object]] = []
    for row, near, price in zip(numbers, proximity, prices, strict=True):
        known = {name: float(str(value)) for name, value in zip(FEATURES, row, strict=True) if not np.isnan(value)}
        cases.append({'input': {**known, 'ocean_proximity': near}, 'prediction_usd': round(float(price), 2)})
    return cases
