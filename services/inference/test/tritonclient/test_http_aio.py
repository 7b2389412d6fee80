"""tritonclient.http.aio against the service."""

import asyncio
import unittest

import numpy as np
import tritonclient.http.aio as client
from common import HTTP, NUMBERS, ONES, ApiKey, check_echo, echo_inputs, tensor
from tritonclient.utils import InferenceServerException


class HttpAio(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.client = client.InferenceServerClient(HTTP)
        self.client.register_plugin(ApiKey())
        self.addAsyncCleanup(self.client.close)

    async def test_health_and_metadata(self):
        self.assertTrue(await self.client.is_server_live())
        self.assertTrue(await self.client.is_server_ready())
        self.assertTrue(await self.client.is_model_ready("simple"))
        self.assertEqual((await self.client.get_model_metadata("simple"))["versions"], ["1"])

    async def test_infer_at_the_same_time(self):
        async def infer(offset):
            inputs = [tensor(client, "INPUT0", NUMBERS + np.int32(offset)), tensor(client, "INPUT1", ONES)]
            result = await self.client.infer("simple", inputs, request_id=str(offset))
            self.assertEqual(result.get_response()["id"], str(offset))
            np.testing.assert_array_equal(result.as_numpy("OUTPUT0"), NUMBERS + offset + ONES)

        await asyncio.gather(*(infer(offset) for offset in range(50)))

    async def test_every_datatype(self):
        check_echo(self, await self.client.infer("echo", echo_inputs(client)))

    async def test_errors(self):
        with self.assertRaisesRegex(InferenceServerException, "there is no model unknown"):
            await self.client.get_model_metadata("unknown")
