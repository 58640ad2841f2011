import type { Server, Socket } from 'node:net';

/**
 * Makes the function that stops a server at once: no new connections, and every open one cut,
 * upgraded ones too, which the server itself would wait for.
 */
export function closer(server: Server): () => Promise<void> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return () =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      for (const socket of sockets) socket.destroy();
    });
}
