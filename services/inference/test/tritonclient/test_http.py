"""tritonclient.http against the service."""

import unittest

import numpy as np
import tritonclient.http as client
from common import HTTP, NUMBERS, ONES, ApiKey, check_echo, echo_inputs, tensor, texts
from tritonclient.utils import InferenceServerException


class Http(unittest.TestCase):
    def setUp(self):
        self.client = client.InferenceServerClient(HTTP, concurrency=4)
        self.client.register_plugin(ApiKey())
        self.addCleanup(self.client.close)

    def test_health(self):
        self.assertTrue(self.client.is_server_live())
        self.assertTrue(self.client.is_server_ready())
        self.assertTrue(self.client.is_model_ready("simple"))
        self.assertTrue(self.client.is_model_ready("simple", "1"))
        self.assertFalse(self.client.is_model_ready("simple", "9"))
        self.assertFalse(self.client.is_model_ready("unknown"))

    def test_metadata(self):
        server = self.client.get_server_metadata()
        self.assertEqual(server["name"], "ml-inference")
        self.assertIn("binary_tensor_data", server["extensions"])
        model = self.client.get_model_metadata("simple", query_params={"test_1": 1, "test_2": 2})
        self.assertEqual(model["inputs"][0], {"name": "INPUT0", "datatype": "INT32", "shape": [-1, 16]})
        config = self.client.get_model_config("simple")
        self.assertEqual(config["output"][1], {"name": "OUTPUT1", "data_type": "TYPE_INT32", "dims": [-1, 16]})
        with self.assertRaisesRegex(InferenceServerException, r"\[404\] there is no model unknown"):
            self.client.get_model_metadata("unknown")

    def test_infer_in_json_and_binary(self):
        for sent_binary in (False, True):
            for wanted_binary in (False, True):
                for packed in (None, "gzip", "deflate"):
                    with self.subTest(sent_binary=sent_binary, wanted_binary=wanted_binary, packed=packed):
                        result = self.client.infer(
                            "simple",
                            [
                                tensor(client, "INPUT0", NUMBERS, binary_data=sent_binary),
                                tensor(client, "INPUT1", ONES, binary_data=True),
                            ],
                            outputs=[
                                client.InferRequestedOutput("OUTPUT1", binary_data=wanted_binary),
                                client.InferRequestedOutput("OUTPUT0", binary_data=True),
                            ],
                            request_id="of the test",
                            request_compression_algorithm=packed,
                            response_compression_algorithm=packed,
                            query_params={"unknown": "ignored"},
                        )
                        response = result.get_response()
                        self.assertEqual(response["id"], "of the test")
                        self.assertEqual((response["model_name"], response["model_version"]), ("simple", "1"))
                        self.assertEqual([output["name"] for output in response["outputs"]], ["OUTPUT1", "OUTPUT0"])
                        np.testing.assert_array_equal(result.as_numpy("OUTPUT0"), NUMBERS + ONES)
                        np.testing.assert_array_equal(result.as_numpy("OUTPUT1"), NUMBERS - ONES)

    def test_strings(self):
        for binary in (False, True):
            with self.subTest(binary=binary):
                inputs = [
                    tensor(client, "INPUT0", texts(NUMBERS), binary_data=binary),
                    tensor(client, "INPUT1", texts(ONES), binary_data=binary),
                ]
                outputs = [client.InferRequestedOutput("OUTPUT0", binary_data=binary)]
                result = self.client.infer("simple_string", inputs, outputs=outputs)
                np.testing.assert_array_equal(result.as_numpy("OUTPUT0").astype(np.int32), NUMBERS + ONES)
                self.assertIsNone(result.as_numpy("OUTPUT1"))

    def test_every_datatype(self):
        check_echo(self, self.client.infer("echo", echo_inputs(client)))

    def test_async_infer(self):
        inputs = [tensor(client, "INPUT0", NUMBERS), tensor(client, "INPUT1", ONES)]
        requests = [self.client.async_infer("simple", inputs) for _ in range(20)]
        for request in requests:
            np.testing.assert_array_equal(request.get_result().as_numpy("OUTPUT0"), NUMBERS + ONES)

    def test_classification(self):
        outputs = [client.InferRequestedOutput("OUTPUT0", binary_data=False, class_count=2)]
        inputs = [tensor(client, "INPUT0", NUMBERS), tensor(client, "INPUT1", ONES)]
        result = self.client.infer("simple", inputs, outputs=outputs)
        self.assertEqual(result.as_numpy("OUTPUT0").tolist(), [["16:15", "15:14"]])

    def test_errors(self):
        with self.assertRaisesRegex(InferenceServerException, r"\[400\] .*INPUT1"):
            self.client.infer("simple", [tensor(client, "INPUT0", NUMBERS)])
        inputs = [tensor(client, "INPUT0", NUMBERS), tensor(client, "INPUT1", ONES)]
        with self.assertRaisesRegex(InferenceServerException, r"\[404\]"):
            self.client.infer("unknown", inputs)
        with self.assertRaisesRegex(InferenceServerException, r"\[504\]"):
            self.client.infer("simple", inputs, timeout=1)

    def test_model_control(self):
        self.client.unload_model("simple_string")
        self.assertFalse(self.client.is_model_ready("simple_string"))
        states = {entry["name"]: entry["state"] for entry in self.client.get_model_repository_index()}
        self.assertEqual((states["simple_string"], states["simple"]), ("UNAVAILABLE", "READY"))
        self.client.load_model("simple_string")
        self.assertTrue(self.client.is_model_ready("simple_string"))
        with self.assertRaisesRegex(InferenceServerException, "parameter config is not supported"):
            self.client.load_model("simple_string", config="{}")
        with self.assertRaisesRegex(InferenceServerException, r"\[404\]"):
            self.client.load_model("unknown")

    def test_model_control_needs_a_key(self):
        with client.InferenceServerClient(HTTP) as stranger:
            with self.assertRaisesRegex(InferenceServerException, r"\[401\]"):
                stranger.unload_model("simple")

    def test_statistics(self):
        def count():
            [statistics] = self.client.get_inference_statistics("simple")["model_stats"]
            return statistics["inference_stats"]["success"]["count"]

        before = count()
        self.client.infer("simple", [tensor(client, "INPUT0", NUMBERS), tensor(client, "INPUT1", ONES)])
        self.assertEqual(count(), before + 1)
        names = [statistics["name"] for statistics in self.client.get_inference_statistics()["model_stats"]]
        self.assertIn("echo", names)
