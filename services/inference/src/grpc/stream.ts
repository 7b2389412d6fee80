import { Metadata, type ServerDuplexStream, status as Status } from '@grpc/grpc-js';
import type { InferRequestMessage } from './infer-message.js';

export type InferStream = ServerDuplexStream<InferRequestMessage, object>;

const CLOSING = {
  code: Status.UNAVAILABLE,
  details: 'the server is shutting down; open the stream anew',
  metadata: new Metadata(),
};

/**
 * Answers the requests of a stream one after the other: responses come in their order, and a client that sends faster than
 * it is served is slowed down by the flow control of HTTP/2.
 * @param closing aborted when the server shuts down: the stream then ends between two requests
 */
export function serveStream(
  call: InferStream,
  closing: AbortSignal,
  infer: (request: InferRequestMessage) => Promise<object>,
): void {
  let idle = true;
  const close = () => {
    if (idle) call.emit('error', CLOSING);
  };
  closing.addEventListener('abort', close);
  call.once('cancelled', () => {
    closing.removeEventListener('abort', close);
  });
  call.on('data', (request: InferRequestMessage) => {
    call.pause();
    idle = false;
    void infer(request)
      .then((infer_response) => ({ infer_response }), failed(request))
      .then((response) => {
        // Called when it is on its way, which waits for a client that does not read.
        call.write(response, () => {
          idle = true;
          if (closing.aborted) close();
          else call.resume();
        });
      });
  });
  call.on('end', () => {
    closing.removeEventListener('abort', close);
    call.end();
  });
}

/** An error belongs to its request and leaves the stream open. */
const failed =
  ({ id, model_name, model_version }: InferRequestMessage) =>
  (error: Error) => ({ error_message: error.message, infer_response: { id, model_name, model_version } });
