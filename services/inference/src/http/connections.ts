import type { Server } from 'node:http';
import type { Socket } from 'node:net';

interface Use {
  /** Requests that have come in and are not answered yet. */
  requests: number;
  /** On the clock of `performance.now()`, in milliseconds: the end of the last answer, or the connecting. */
  idleSince: number;
}

/**
 * The connections of a server and which of them are in use. Node keeps such a list too, but does not count as idle a
 * connection on which no request has come yet, as browsers and load balancers keep in reserve.
 */
export class Connections {
  private readonly uses = new Map<Socket, Use>();

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.uses.set(socket, { requests: 0, idleSince: performance.now() });
      socket.once('close', () => this.uses.delete(socket));
    });
    server.on('request', ({ socket }, response) => {
      const use = this.uses.get(socket);
      if (!use) return;
      use.requests += 1;
      response.on('close', () => {
        use.requests -= 1;
        use.idleSince = performance.now();
      });
    });
  }

  /** How many are open. */
  get size(): number {
    return this.uses.size;
  }

  /** Ends those that have been idle for that long. */
  endIdle(milliseconds: number): void {
    const before = performance.now() - milliseconds;
    for (const [socket, { requests, idleSince }] of this.uses) {
      if (requests === 0 && idleSince < before) socket.destroy();
    }
  }
}
