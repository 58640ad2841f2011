import type { Socket } from 'node:net';
import { MAX_LINE } from './protocol.js';

/**
 * The first line that a connection brings, without its end; `null` where it ends, breaks or goes on
 * too long before.
 */
export function readLine(socket: Socket): Promise<string | null> {
  return new Promise((resolve) => {
    let text = '';
    const give = (line: string | null): void => {
      resolve(line);
    };
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end !== -1) give(text.slice(0, end));
      else if (text.length > MAX_LINE) give(null);
    });
    for (const event of ['end', 'error', 'close']) {
      socket.on(event, () => {
        give(null);
      });
    }
  });
}
