import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Watches for connections on which no request has come yet, as browsers and load balancers keep in reserve. Node does
 * not count them as idle, so they would hold up the closing of the server until their time is over.
 * @returns ends those there are
 */
export function watchSilentConnections(server: Server): () => void {
  const silent = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.on('request', ({ socket }) => silent.delete(socket));
  return () => {
    for (const socket of silent) socket.destroy();
  };
}
