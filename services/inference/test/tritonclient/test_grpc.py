"""tritonclient.grpc against the service."""

import queue
import unittest

import numpy as np
import tritonclient.grpc as client
from common import GRPC, NUMBERS, ONES, ApiKey, check_echo, echo_inputs, tensor, texts
from tritonclient.utils import InferenceServerException


def simple_inputs():
    return [tensor(client, "INPUT0", NUMBERS), tensor(client, "INPUT1", ONES)]


class Grpc(unittest.TestCase):
    def setUp(self):
        keepalive = client.KeepAliveOptions(keepalive_time_ms=10_000, keepalive_permit_without_calls=True)
        self.client = client.InferenceServerClient(GRPC, keepalive_options=keepalive)
        self.client.register_plugin(ApiKey())
        self.addCleanup(self.client.close)

    def test_health(self):
        self.assertTrue(self.client.is_server_live())
        self.assertTrue(self.client.is_server_ready())
        self.assertTrue(self.client.is_model_ready("simple", "1"))
        self.assertFalse(self.client.is_model_ready("unknown"))

    def test_metadata(self):
        self.assertIn("binary_tensor_data", self.client.get_server_metadata().extensions)
        metadata = self.client.get_model_metadata("simple", as_json=True)
        self.assertEqual(metadata["inputs"][0], {"name": "INPUT0", "datatype": "INT32", "shape": ["-1", "16"]})
        config = self.client.get_model_config("simple").config
        self.assertEqual((config.name, config.backend, list(config.input[0].dims)), ("simple", "onnxruntime", [-1, 16]))
        with self.assertRaisesRegex(InferenceServerException, "NOT_FOUND.*there is no model unknown"):
            self.client.get_model_metadata("unknown")

    def test_infer(self):
        for packed in (None, "gzip", "deflate"):
            with self.subTest(packed=packed):
                outputs = [client.InferRequestedOutput("OUTPUT1"), client.InferRequestedOutput("OUTPUT0")]
                result = self.client.infer(
                    "simple",
                    simple_inputs(),
                    outputs=outputs,
                    request_id="of the test",
                    client_timeout=20,
                    compression_algorithm=packed,
                )
                self.assertEqual(result.get_response().id, "of the test")
                self.assertEqual([output.name for output in result.get_response().outputs], ["OUTPUT1", "OUTPUT0"])
                np.testing.assert_array_equal(result.as_numpy("OUTPUT0"), NUMBERS + ONES)
                np.testing.assert_array_equal(result.as_numpy("OUTPUT1"), NUMBERS - ONES)

    def test_strings(self):
        inputs = [tensor(client, "INPUT0", texts(NUMBERS)), tensor(client, "INPUT1", texts(ONES))]
        result = self.client.infer("simple_string", inputs)
        np.testing.assert_array_equal(result.as_numpy("OUTPUT0").astype(np.int32), NUMBERS + ONES)

    def test_every_datatype(self):
        check_echo(self, self.client.infer("echo", echo_inputs(client)))

    def test_async_infer(self):
        results = queue.Queue()
        for _ in range(20):
            self.client.async_infer("simple", simple_inputs(), lambda result, error: results.put((result, error)))
        for _ in range(20):
            result, error = results.get(timeout=30)
            self.assertIsNone(error)
            np.testing.assert_array_equal(result.as_numpy("OUTPUT0"), NUMBERS + ONES)

    def test_stream(self):
        answers = queue.Queue()
        self.client.start_stream(lambda result, error: answers.put((result, error)))
        for offset in range(10):
            inputs = [tensor(client, "INPUT0", NUMBERS + np.int32(offset)), tensor(client, "INPUT1", ONES)]
            self.client.async_stream_infer("simple", inputs, request_id=str(offset))
        self.client.async_stream_infer("unknown", simple_inputs())
        self.client.async_stream_infer("simple", simple_inputs())
        for offset in range(10):
            result, error = answers.get(timeout=30)
            self.assertIsNone(error)
            self.assertEqual(result.get_response().id, str(offset))
            np.testing.assert_array_equal(result.as_numpy("OUTPUT0"), NUMBERS + offset + ONES)
        self.assertIn("there is no model unknown", str(answers.get(timeout=30)[1]))
        self.assertIsNone(answers.get(timeout=30)[1])
        self.client.stop_stream()

    def test_errors(self):
        with self.assertRaisesRegex(InferenceServerException, "INVALID_ARGUMENT.*INPUT1"):
            self.client.infer("simple", simple_inputs()[:1])
        with self.assertRaisesRegex(InferenceServerException, "NOT_FOUND"):
            self.client.infer("unknown", simple_inputs())
        with self.assertRaisesRegex(InferenceServerException, "DEADLINE_EXCEEDED"):
            self.client.infer("simple", simple_inputs(), timeout=1)
        with self.assertRaisesRegex(InferenceServerException, "UNIMPLEMENTED"):
            self.client.get_trace_settings()

    def test_model_control(self):
        self.client.unload_model("simple_string")
        self.assertFalse(self.client.is_model_ready("simple_string"))
        index = self.client.get_model_repository_index()
        states = {entry.name: entry.state for entry in index.models}
        self.assertEqual((states["simple_string"], states["simple"]), ("UNAVAILABLE", "READY"))
        self.client.load_model("simple_string")
        self.assertTrue(self.client.is_model_ready("simple_string"))
        with self.assertRaisesRegex(InferenceServerException, "INVALID_ARGUMENT.*parameter config"):
            self.client.load_model("simple_string", config="{}")

    def test_model_control_needs_a_key(self):
        with client.InferenceServerClient(GRPC) as stranger:
            with self.assertRaisesRegex(InferenceServerException, "UNAUTHENTICATED"):
                stranger.unload_model("simple")

    def test_statistics(self):
        def count():
            [statistics] = self.client.get_inference_statistics("simple").model_stats
            return statistics.inference_stats.success.count

        before = count()
        self.client.infer("simple", simple_inputs())
        self.assertEqual(count(), before + 1)
