"""What the tests of all clients share: the service under test, its key, and the tensors they send."""

import os

import numpy as np
from tritonclient._plugin import InferenceServerClientPlugin
from tritonclient.utils import np_to_triton_dtype

HTTP = os.environ["HTTP_ADDRESS"]
GRPC = os.environ["GRPC_ADDRESS"]

NUMBERS = np.arange(16, dtype=np.int32).reshape(1, 16)
ONES = np.ones((1, 16), dtype=np.int32)

# What the model `echo` takes and gives again: every datatype of the protocol, at the ends of its range.
TYPES = {
    "bool": np.array([[True, False, True]]),
    "uint8": np.array([[0, 1, 255]], dtype=np.uint8),
    "uint16": np.array([[0, 1, 65535]], dtype=np.uint16),
    "uint32": np.array([[0, 1, 2**32 - 1]], dtype=np.uint32),
    "uint64": np.array([[0, 2**53 + 1, 2**64 - 1]], dtype=np.uint64),
    "int8": np.array([[-128, 0, 127]], dtype=np.int8),
    "int16": np.array([[-(2**15), 0, 2**15 - 1]], dtype=np.int16),
    "int32": np.array([[-(2**31), 0, 2**31 - 1]], dtype=np.int32),
    "int64": np.array([[-(2**63), 2**53 + 1, 2**63 - 1]], dtype=np.int64),
    "fp16": np.array([[-0.5, 65504, np.inf]], dtype=np.float16),
    "fp32": np.array([[-0.1, 3e38, np.nan]], dtype=np.float32),
    "fp64": np.array([[-0.1, 1e308, -np.inf]], dtype=np.float64),
    "bytes": np.array([["", "größer 😀", "x" * 1000]], dtype=np.object_),
}


class ApiKey(InferenceServerClientPlugin):
    """Sends the key of the tests with every request."""

    def __call__(self, request):
        request.headers["authorization"] = f"Bearer {os.environ['API_KEY']}"


def tensor(client, name, array, **options):
    """An input of the client module `client`; `options` are those of set_data_from_numpy."""
    made = client.InferInput(name, list(array.shape), np_to_triton_dtype(array.dtype))
    made.set_data_from_numpy(array, **options)
    return made


def texts(array):
    """Numbers as the bytes of their decimal text."""
    return np.array([str(number).encode() for number in array.flat], dtype=np.object_).reshape(array.shape)


def echo_inputs(client):
    return [tensor(client, f"{name}_in", array) for name, array in TYPES.items()]


def check_echo(case, result):
    for name, array in TYPES.items():
        given = result.as_numpy(f"{name}_out")
        if name == "bytes":
            given = np.array([[text.decode() for text in given[0]]], dtype=np.object_)
        case.assertEqual(given.dtype, array.dtype)
        np.testing.assert_array_equal(given, array, err_msg=name)
