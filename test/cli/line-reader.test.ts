import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { LineReader } from '../../src/cli/line-reader.js';

/** A terminal without a terminal: what is typed, what is shown, and the modes it was put into. */
class FakeTerminal extends PassThrough {
  readonly modes: boolean[] = [];

  setRawMode(raw: boolean): void {
    this.modes.push(raw);
  }
}

let input: FakeTerminal;
let output: PassThrough;
let reader: LineReader;

beforeEach(() => {
  input = new FakeTerminal();
  output = new PassThrough();
  reader = new LineReader(input, output);
});

/** All that was written; `read` of Node 26 gives one piece of it at a time. */
const shown = (): string => {
  const pieces: Buffer[] = [];
  for (let piece = output.read() as Buffer | null; piece !== null;) {
    pieces.push(piece);
    piece = output.read() as Buffer | null;
  }
  return Buffer.concat(pieces).toString('utf8');
};
const secret = (): Promise<string> => reader.readLine('password: ', { hidden: true });
const line = (): Promise<string> => reader.readLine('name: ', { hidden: false });

describe('LineReader', () => {
  it('returns a line, shows it, and leaves the terminal as it was', async () => {
    const asked = line();
    input.write('al');
    input.write('ice\r');
    expect(await asked).toBe('alice');
    expect(shown()).toBe('name: alice\n');
    expect(input.modes).toEqual([true, false]);
    expect(input.isPaused()).toBe(true);
  });

  it('keeps pasted lines for the questions that follow, and shows no secret', async () => {
    const name = line();
    input.write('alice\r\nhunter2\r\n12');
    expect(await name).toBe('alice');
    expect(await secret()).toBe('hunter2');
    const code = line();
    input.write('3456\n');
    expect(await code).toBe('123456');
    expect(shown()).toBe('name: alice\npassword: \nname: 123456\n');
  });

  it('takes what comes after an answer from a paste once', async () => {
    const answers = [line()];
    input.write('one\rtwo\r');
    await answers[0];
    answers.push(line());
    await answers[1];
    answers.push(line());
    input.write('three\rfour\r');
    await answers[2];
    answers.push(line());
    expect(await Promise.all(answers)).toEqual(['one', 'two', 'three', 'four']);
    expect(shown()).toBe('name: one\nname: two\nname: three\nname: four\n');
  });

  it('takes CR and LF as one end, also where they come one after the other', async () => {
    const first = secret();
    input.write('one\r');
    expect(await first).toBe('one');
    const second = secret();
    input.write('\ntwo\r');
    expect(await second).toBe('two');
  });

  it.each([
    ['arrow keys', 'a\u001b[Ab\u001b[1;5Dc\r'],
    ['function keys', 'a\u001bOPb\u001b[15~c\r'],
    ['the marks of a bracketed paste', '\u001b[200~abc\u001b[201~\r'],
    ['control characters', '\u0001a\tb\u0000c\u0085\u001a\r'],
    ['Escape', 'ab\u001bc\r'],
    ['what was erased', 'xx\u0015abd\u007f\u007fbc\r'],
    ['a sequence that Enter breaks off', 'abc\u001b[\r'],
  ])('leaves out %s', async (_, typed) => {
    const asked = secret();
    input.write(typed);
    expect(await asked).toBe('abc');
    expect(shown()).toBe('password: \n');
  });

  it('reads characters and sequences that arrive in pieces', async () => {
    const asked = secret();
    for (const byte of Buffer.from('pä\u001b[200~ss🔑\r')) input.write(Buffer.of(byte));
    expect(await asked).toBe('päss🔑');
  });

  it('erases whole characters', async () => {
    const asked = line();
    input.write('a🔑\u007f\r');
    expect(await asked).toBe('a');
    expect(shown()).toBe('name: a🔑\r\u001b[Kname: a\n');
  });

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('is cancelled by %s, with what was pasted behind it', async (_, key) => {
    const asked = secret();
    input.write(`half${key}other\r`);
    await expect(asked).rejects.toMatchObject({
      code: 'prompt-cancelled',
      message: 'cancelled; nothing was changed',
      hint: 'to begin again, type the same command',
    });
    expect(input.modes).toEqual([true, false]);
    const next = secret();
    input.write('whole\r');
    expect(await next).toBe('whole');
  });

  it('is cancelled by the end of the input, now and for every later question', async () => {
    const asked = secret();
    input.end('half');
    await expect(asked).rejects.toMatchObject({ code: 'prompt-cancelled' });
    await expect(line()).rejects.toMatchObject({ code: 'prompt-cancelled' });
  });

  it('answers from a paste although the input has ended', async () => {
    const first = line();
    input.end('one\ntwo\n');
    expect(await first).toBe('one');
    expect(await secret()).toBe('two');
  });
});
