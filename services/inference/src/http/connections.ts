import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Use {
  /** The answer to the last request that has come in, until it is out. Answers go out in the order of their requests. */
  answer: ServerResponse | undefined;
  /** On the clock of `performance.now()`, in milliseconds: the end of the last answer, or the connecting. */
  idleSince: number;
}

/**
 * The connections of a server and which of them are in use. Node keeps such a list too, but does not count as idle a
 * connection on which no request has come yet, as browsers and load balancers keep in reserve.
 */
export class Connections {
  private readonly uses = new Map<Socket, Use>();
  private ending = false;

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.uses.set(socket, { answer: undefined, idleSince: performance.now() });
      socket.once('close', () => this.uses.delete(socket));
    });
    // Before the service, which may answer at once.
    server.prependListener('request', ({ socket }, response) => {
      const use = this.uses.get(socket);
      if (use) use.answer = response;
      if (this.ending) endWith(response);
    });
    // One listener for all instead of one for each response. Of a client that goes away the connection closes.
    subscribe('http.server.response.finish', (message) => {
      const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
      const use = this.uses.get(request.socket);
      if (use?.answer !== response) return;
      use.answer = undefined;
      use.idleSince = performance.now();
    });
  }

  /** How many are open. */
  get size(): number {
    return this.uses.size;
  }

  /** Makes every answer from now on the last of its connection, so that the client opens the next one elsewhere. */
  endAnswered(): void {
    this.ending = true;
    for (const { answer } of this.uses.values()) {
      if (answer && !answer.headersSent) endWith(answer);
    }
  }

  /** Ends those that have been idle for that long. */
  endIdle(milliseconds: number): void {
    const before = performance.now() - milliseconds;
    for (const [socket, { answer, idleSince }] of this.uses) {
      if (!answer && idleSince < before) socket.destroy();
    }
  }
}

const endWith = (answer: ServerResponse) => answer.setHeader('connection', 'close');
