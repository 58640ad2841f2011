import { decodeText } from '../decode-text.js';
import { BaiError } from '../errors.js';
import { visibleLine } from '../visible-text.js';
import { LineReader } from './line-reader.js';

/** Whether there is a person to ask: both ends of the conversation are a terminal. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** One for all questions, so that none misses what was pasted for it. */
const reader = new LineReader(process.stdin, process.stderr);

/**
 * Asks one line.
 *
 * @throws BaiError `prompt-cancelled` on Ctrl-C, Ctrl-D and at the end of the input
 */
export async function ask(question: string): Promise<string> {
  return (await reader.readLine(visibleLine(question), { hidden: false })).trim();
}

/**
 * Asks a yes-or-no question, until the answer is one of them; an empty answer takes the default.
 *
 * @throws BaiError `prompt-cancelled` as `ask`
 */
export async function confirm(question: string, byDefault: boolean): Promise<boolean> {
  const choice = byDefault ? 'Y/n' : 'y/N';
  let answer = await ask(`${question} [${choice}] `);
  while (!/^(?:|y|yes|n|no)$/i.test(answer)) answer = await ask(`type yes or no [${choice}] `);
  return answer === '' ? byDefault : /^y/i.test(answer);
}

/** As `confirm`, for what comes after the work is done: who cancels such a question says no. */
export async function confirmOrNot(question: string, byDefault: boolean): Promise<boolean> {
  try {
    return await confirm(question, byDefault);
  } catch (error) {
    if (error instanceof BaiError && error.code === 'prompt-cancelled') return false;
    throw error;
  }
}

/**
 * Asks one line without showing it.
 *
 * @throws BaiError `prompt-cancelled` on Ctrl-C, Ctrl-D and at the end of the input
 */
export function askSecret(question: string): Promise<string> {
  return reader.readLine(visibleLine(question), { hidden: true });
}

/** Everything on standard input up to its end. */
export async function readStandardInputBytes(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Everything on standard input as text, without the final newline. */
export async function readStandardInput(): Promise<string> {
  return decodeText(await readStandardInputBytes()).replace(/\r?\n$/, '');
}
