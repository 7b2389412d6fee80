"""What a training run leaves behind: the ONNX file and the manifest beside it."""

import hashlib
import json
from pathlib import Path

import onnx

# The newest that every onnxruntime since 1.18 reads.
IR_VERSION = 10
OPSETS = [onnx.helper.make_opsetid('', 21), onnx.helper.make_opsetid('ai.onnx.ml', 3)]


def save_model(model: onnx.ModelProto, folder: Path, name: str) -> Path:
    """Checks the graph and writes it as `<name>.onnx`."""
    # skl2onnx leaves them in the order of a set, which differs from run to run.
    opsets = sorted(model.opset_import, key=lambda opset: opset.domain)
    del model.opset_import[:]
    model.opset_import.extend(opsets)
    onnx.checker.check_model(model, full_check=True)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f'{name}.onnx'
    path.write_bytes(model.SerializeToString(deterministic=True))
    return path


def make_model(graph: onnx.GraphProto) -> onnx.ModelProto:
    model = onnx.helper.make_model(graph, opset_imports=OPSETS, producer_name='brolly')
    model.ir_version = IR_VERSION
    return model


def write_manifest(folder: Path, name: str, version: str, **about: object) -> None:
    """Writes manifest.json: the hash of every file, and `about` (inputs, outputs, metrics, training, …)."""
    files = [
        {'path': path.name, 'bytes': path.stat().st_size, 'sha256': hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in sorted(folder.iterdir())
        if path.name not in ('manifest.json', 'README.md')
    ]
    manifest = {'name': name, 'version': version, 'model': f'{name}.onnx', 'files': files, **about}
    (folder / 'manifest.json').write_text(json.dumps(manifest, indent=2) + '\n', encoding='utf-8')


def write_golden(path: Path, cases: list[dict[str, object]]) -> None:
    """Inputs and what the shipped file makes of them, a case a line, for the tests of the service."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(''.join(f'{json.dumps(case)}\n' for case in cases), encoding='utf-8')
