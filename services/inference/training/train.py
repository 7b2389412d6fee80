"""Trains the models: python train.py --data PATH --out ../models [model…], all models when none is named."""

import argparse
import json
import os
import time
from pathlib import Path

# One thread: sums in another order end in other last bits, and the files shall be the same every time.
for variable in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'):
    os.environ[variable] = '1'
# ONNX Runtime sends Microsoft what it is used for otherwise.
os.environ['ORT_DISABLE_TELEMETRY'] = '1'

import house_price  # noqa: E402
import linear  # noqa: E402
import sentiment  # noqa: E402

MODELS = {model.NAME: model for model in (sentiment, house_price, linear)}
GOLDEN = Path(__file__).parent.parent / 'test' / 'golden'


def main() -> None:
    parser = argparse.ArgumentParser(description='Trains the models of the inference service.')
    parser.add_argument('--data', type=Path, required=True, help='folder that has sst/, tweeteval/ and housing/')
    parser.add_argument('--out', type=Path, required=True, help='folder of the models')
    parser.add_argument('--weights', type=Path, help='a checkpoint of sentiment to publish instead of fine-tuning')
    parser.add_argument('models', nargs='*', metavar='model', help=f'{", ".join(MODELS)}; all when none is named')
    options = parser.parse_args()
    if unknown := sorted(set(options.models) - set(MODELS)):
        parser.error(f'no such model: {", ".join(unknown)}; there are {", ".join(MODELS)}')
    for name in options.models or MODELS:
        started = time.monotonic()
        more = {'weights': options.weights} if name == sentiment.NAME else {}
        metrics = MODELS[name].train(options.data, options.out, GOLDEN, **more)
        print(f'{name} ({time.monotonic() - started:.0f} s): {json.dumps(metrics)}', flush=True)


if __name__ == '__main__':
    main()
