"""What goes over the wire of gRPC: the protocol as Triton defines it, and what other clients expect beside it."""

import os
import unittest

import grpc
from common import GRPC, NUMBERS, ONES
from google.protobuf import descriptor_pool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from tritonclient.grpc import service_pb2, service_pb2_grpc

# Messages with parts for what this service does not do.
IN_PART = {"ModelConfig", "ModelInput", "ModelOutput", "ModelStatistics", "InferStatistics"}


class Definition(unittest.TestCase):
    """Ours, as reflection tells it, beside Triton's."""

    def setUp(self):
        self.channel = grpc.insecure_channel(GRPC)
        self.addCleanup(self.channel.close)
        self.reflected = ProtoReflectionDescriptorDatabase(self.channel)
        self.ours = descriptor_pool.DescriptorPool(self.reflected)
        self.seen = set()

    def test_services(self):
        names = ["grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "inference.GRPCInferenceService"]
        self.assertEqual(sorted(self.reflected.get_services()), names)

    def test_methods_and_messages(self):
        triton = descriptor_pool.Default()
        methods = self.ours.FindServiceByName("inference.GRPCInferenceService").methods
        self.assertEqual(len(methods), 12)
        for ours in methods:
            theirs = triton.FindMethodByName(ours.full_name)
            self.assertEqual(ours.client_streaming, theirs.client_streaming, ours.full_name)
            self.assertEqual(ours.server_streaming, theirs.server_streaming, ours.full_name)
            self.compare(ours.input_type, theirs.input_type)
            self.compare(ours.output_type, theirs.output_type)
        self.assertGreater(len(self.seen), 30)

    def compare(self, ours, theirs):
        if ours.full_name in self.seen:
            return
        self.seen.add(ours.full_name)
        self.assertEqual(ours.full_name, theirs.full_name)
        if ours.name not in IN_PART:
            self.assertEqual(sorted(ours.fields_by_number), sorted(theirs.fields_by_number), ours.full_name)
        for number, field in ours.fields_by_number.items():
            other = theirs.fields_by_number[number]
            self.assertEqual(shape(field), shape(other), field.full_name)
            if field.message_type:
                self.compare(field.message_type, other.message_type)
            if field.enum_type:
                self.assertEqual(values(field.enum_type), values(other.enum_type))


def shape(field):
    oneof = field.containing_oneof and field.containing_oneof.name
    is_map = field.message_type is not None and field.message_type.GetOptions().map_entry
    return field.name, field.type, field.is_repeated, oneof, is_map


def values(enum):
    return {value.name: value.number for value in enum.values}


class Calls(unittest.TestCase):
    def setUp(self):
        self.channel = grpc.insecure_channel(GRPC)
        self.addCleanup(self.channel.close)
        self.stub = service_pb2_grpc.GRPCInferenceServiceStub(self.channel)
        self.key = [("authorization", f"Bearer {os.environ['API_KEY']}")]

    def test_contents_instead_of_raw_bytes(self):
        request = service_pb2.ModelInferRequest(model_name="simple")
        for name, array in (("INPUT0", NUMBERS), ("INPUT1", ONES)):
            tensor = request.inputs.add(name=name, datatype="INT32", shape=[1, 16])
            tensor.contents.int_contents.extend(array.flatten().tolist())
        response = self.stub.ModelInfer(request, metadata=self.key)
        self.assertEqual(list(response.outputs[0].contents.int_contents), (NUMBERS + ONES).flatten().tolist())
        self.assertEqual(len(response.raw_output_contents), 0)

    def test_health(self):
        health = health_pb2_grpc.HealthStub(self.channel)
        for service in ("", "inference.GRPCInferenceService"):
            answer = health.Check(health_pb2.HealthCheckRequest(service=service))
            self.assertEqual(answer.status, health_pb2.HealthCheckResponse.SERVING)
        with self.assertRaises(grpc.RpcError) as refused:
            health.Check(health_pb2.HealthCheckRequest(service="unknown"))
        self.assertEqual(refused.exception.code(), grpc.StatusCode.NOT_FOUND)
