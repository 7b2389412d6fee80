import { type CallOptions, Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { healthProto, inferenceProto, type ProtoFile } from '../dist/grpc/protos.js';

const METHODS: Record<string, [ProtoFile, string]> = {
  inference: [inferenceProto, 'GRPCInferenceService'],
  health: [healthProto, 'Health'],
};

/** A client that knows the messages by our proto files. That those are right is for Triton's own client to say. */
export class GrpcClient extends Client {
  constructor(port: number) {
    super(`127.0.0.1:${String(port)}`, credentials.createInsecure());
  }

  /** @returns the response, or the error that the call ended with */
  call(method: string, request: object, options: CallOptions = {}, headers: Record<string, string> = {}) {
    return new Promise<{ response?: Record<string, unknown>; error?: ServiceError }>((resolve) => {
      this.begin(method, request, options, headers, (error, response) => {
        resolve(error ? { error } : { response: response as Record<string, unknown> });
      });
    });
  }

  /** A call that the test may cancel. */
  begin(
    method: string,
    request: object,
    options: CallOptions,
    headers: Record<string, string>,
    done: (error: ServiceError | null, response?: object) => void,
  ) {
    const metadata = metadataOf(headers);
    const { path, requestSerialize, responseDeserialize } = definition(method);
    return this.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, options, done);
  }

  stream(headers: Record<string, string> = {}) {
    const { path, requestSerialize, responseDeserialize } = definition('inference.ModelStreamInfer');
    return this.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadataOf(headers));
  }

  watch(request: object) {
    const { path, requestSerialize, responseDeserialize } = definition('health.Watch');
    return this.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request);
  }
}

function metadataOf(headers: Record<string, string>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

function definition(method: string) {
  const [group = '', name = ''] = method.split('.');
  const [file, service] = METHODS[group]!;
  return file.service(service)[name]!;
}

/** A request of the model with one FP32 input x of shape [1, 2]. */
export const inferRequest = (model_name: string, more: object = {}) => ({
  model_name,
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], contents: { fp32_contents: [1, 2.5] } }],
  ...more,
});
