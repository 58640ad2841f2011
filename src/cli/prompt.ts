import { createInterface } from 'node:readline/promises';
import { BaiError } from '../errors.js';

/** Whether there is a person to ask: both ends of the conversation are a terminal. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** Asks one line. */
export async function ask(question: string): Promise<string> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await reader.question(question)).trim();
  } finally {
    reader.close();
  }
}

/** Asks a yes-or-no question; an empty answer takes the default. */
export async function confirm(question: string, byDefault: boolean): Promise<boolean> {
  const answer = (await ask(`${question} [${byDefault ? 'Y/n' : 'y/N'}] `)).toLowerCase();
  return answer === '' ? byDefault : answer.startsWith('y');
}

/**
 * Asks one line without showing it.
 *
 * @throws BaiError `prompt-cancelled` on Ctrl-C
 */
export async function askSecret(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  try {
    return await new Promise<string>((resolve, reject) => {
      let typed = '';
      const onData = (chunk: string): void => {
        for (const character of chunk) {
          if (character === '\r' || character === '\n') {
            stdin.off('data', onData);
            resolve(typed);
            return;
          }
          if (character === '\u0003') {
            stdin.off('data', onData);
            reject(new BaiError('prompt-cancelled', 'cancelled', 'nothing was changed'));
            return;
          }
          typed =
            character === '\u007f' || character === '\b' ? typed.slice(0, -1) : typed + character;
        }
      };
      stdin.on('data', onData);
    });
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

/** Everything on standard input up to its end. */
export async function readStandardInputBytes(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Everything on standard input as text, without the final newline. */
export async function readStandardInput(): Promise<string> {
  return (await readStandardInputBytes()).toString('utf8').replace(/\r?\n$/, '');
}
