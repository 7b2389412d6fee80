import { type ServerDuplexStream, type ServiceDefinition, status as Status } from '@grpc/grpc-js';
import { healthProto, inferenceProto, reflectionProto } from './protos.js';

/** A request as it is loaded: `message_request` names the field that is set. */
type Request = Record<string, string> & { message_request: string };

const FILES = [inferenceProto, healthProto, reflectionProto];
const SERVICES = ['inference.GRPCInferenceService', 'grpc.health.v1.Health', 'grpc.reflection.v1.ServerReflection'];

const v1 = reflectionProto.service('ServerReflection');

/** The service by its name of today and by the one that older clients know. */
export const reflectionServices: ServiceDefinition[] = [
  v1,
  Object.fromEntries(
    Object.entries(v1).map(([name, method]) => [name, { ...method, path: method.path.replace('.v1.', '.v1alpha.') }]),
  ),
];

/** Tells clients such as grpcurl which services there are and what their messages are. */
export const reflection = {
  ServerReflectionInfo(call: ServerDuplexStream<Request, object>): void {
    call.on('data', (request: Request) => {
      call.write({ valid_host: request.host, original_request: request, ...answer(request) });
    });
    call.on('end', () => call.end());
  },
};

function answer(request: Request): object {
  const wanted = request[request.message_request] ?? '';
  switch (request.message_request) {
    case 'list_services':
      return { list_services_response: { service: SERVICES.map((name) => ({ name })) } };
    case 'file_containing_symbol':
      return describe(wanted, (file) => file.declares(wanted));
    case 'file_by_filename':
      return describe(wanted, (file) => wanted === `${file.package.replaceAll('.', '_')}.proto`);
    case 'all_extension_numbers_of_type':
      return { all_extension_numbers_response: { base_type_name: wanted, extension_number: [] } };
    default:
      return failure(Status.UNIMPLEMENTED, 'there are no extensions here');
  }
}

function describe(wanted: string, fits: (file: (typeof FILES)[number]) => boolean): object {
  const file = FILES.find(fits);
  if (!file) return failure(Status.NOT_FOUND, `there is no ${wanted} here`);
  return { file_descriptor_response: { file_descriptor_proto: [file.descriptor] } };
}

const failure = (code: Status, message: string) => ({ error_response: { error_code: code, error_message: message } });
