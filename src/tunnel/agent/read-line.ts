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
      socket.off('data', read);
      // What comes after it has nowhere to go; that the connection ends is still to be seen.
      socket.resume();
      resolve(line);
    };
    const read = (chunk: string): void => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end !== -1) give(text.slice(0, end));
      else if (text.length > MAX_LINE) give(null);
    };
    socket.setEncoding('utf8');
    socket.on('data', read);
    for (const event of ['end', 'error', 'close']) {
      socket.once(event, () => {
        give(null);
      });
    }
  });
}
