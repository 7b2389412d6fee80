import type { PackageDefinition } from '@grpc/proto-loader';
import descriptor, { type IDescriptorProto, type IFileDescriptorProto } from 'protobufjs/ext/descriptor/index.js';

const { FileDescriptorProto } = descriptor;

/**
 * The google.protobuf.FileDescriptorProto of a loaded file, which has no imports. protobufjs calls the message of a map's
 * entries like its field, where protoc, and the libraries of Go after it, have `<Field>Entry`.
 */
export function fileDescriptor(definitions: PackageDefinition): Uint8Array {
  const [bytes] = Object.values(definitions).flatMap(
    ({ fileDescriptorProtos = [] }) => fileDescriptorProtos as Buffer[],
  );
  const file = FileDescriptorProto.decode(bytes ?? new Uint8Array()) as IFileDescriptorProto;
  file.messageType?.forEach(renameMapEntries);
  return FileDescriptorProto.encode(file).finish();
}

function renameMapEntries(message: IDescriptorProto): void {
  for (const nested of message.nestedType ?? []) {
    renameMapEntries(nested);
    if (nested.options?.mapEntry !== true) continue;
    const field = message.field?.find(({ typeName }) => typeName === nested.name);
    nested.name = `${nested.name ?? ''}Entry`;
    if (field) field.typeName = nested.name;
  }
}
