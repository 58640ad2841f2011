import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** A stranger that takes a port of 127.0.0.1; 0 is any. */
export async function listenOn(port: number): Promise<Server> {
  const server = createServer((socket) => socket.end());
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
