import { loadSync, type MessageTypeDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import { fileURLToPath } from 'node:url';
import { fileDescriptor } from './file-descriptor.js';

/** A file of proto/, each of which is a package by itself and imports none. */
export interface ProtoFile {
  package: string;
  /** A serialized google.protobuf.FileDescriptorProto. */
  descriptor: Uint8Array;
  service: (name: string) => ServiceDefinition;
  message: (name: string) => MessageTypeDefinition<object, object>;
  /** Whether `symbol` is the full name of something in the file. */
  declares: (symbol: string) => boolean;
}

export const inferenceProto = load('inference.proto', 'inference');
export const healthProto = load('health.proto', 'grpc.health.v1');
export const reflectionProto = load('reflection.proto', 'grpc.reflection.v1');
export const statusProto = load('status.proto', 'google.rpc');

function load(file: string, packageName: string): ProtoFile {
  const path = fileURLToPath(new URL(`../../proto/${file}`, import.meta.url));
  // Names as in the file; integers of 64 bits as decimal text, which loses nothing.
  const definitions = loadSync(path, { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true });
  return {
    package: packageName,
    descriptor: fileDescriptor(definitions),
    service: (name) => definitions[`${packageName}.${name}`] as ServiceDefinition,
    message: (name) => definitions[`${packageName}.${name}`] as MessageTypeDefinition<object, object>,
    declares: (symbol) => Object.keys(definitions).some((name) => symbol === name || symbol.startsWith(`${name}.`)),
  };
}
