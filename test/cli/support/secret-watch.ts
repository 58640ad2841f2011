/*
 * No secret in any output: every run of the program in the tests passes through here, and so do the logs
 * of a scratch home. What is found fails the test that runs at that moment.
 */
import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, expect } from 'vitest';
import { secretsMade } from '../../../src/demo/index.js';

/** Shorter texts, such as `wrong`, are found in honest words. */
const MIN_SECRET = 6;

/** A private key in any form that has words around it. */
const PRIVATE_KEY = /PRIVATE KEY-----\s+[A-Za-z0-9+/=:,\- ]{16}|Private-Lines: \d+\s/;

const leaks: string[] = [];
const judge = (): void => {
  expect(leaks.splice(0), 'secrets in what was printed or logged').toEqual([]);
};
afterEach(judge);
afterAll(judge);

/** One run of the program: what it was told in secret, and what it said. */
interface WatchedRun {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** What it was given on standard input. */
  readonly input?: string;
}

/** The secrets that a text holds. */
export function findSecrets(text: string, secrets: readonly string[]): string[] {
  return secrets.filter(
    (secret) =>
      secret.length >= MIN_SECRET &&
      [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)].some((form) =>
        text.includes(form),
      ),
  );
}

/** Looks through what a run said. */
export function watchOutput({ args, env, cwd = '', input = '' }: WatchedRun, output: string): void {
  // Converted keys go to standard output where the person wants that; so do the keys of a demo.
  const [command] = args;
  const own = [env['BACKEND_SECRET_KEY'] ?? ''];
  if (args.some((word) => word.endsWith('-stdin'))) own.push(...input.split('\n'));
  for (const [index, word] of args.entries()) {
    const file = word.endsWith('passphrase-file') ? resolve(cwd, args[index + 1] ?? '') : '';
    if (existsSync(file)) own.push(readFileSync(file, 'utf8').trim());
  }
  const found = findSecrets(output, command === 'demo' ? [] : [...secretsMade(), ...own]);
  if (command !== 'convert' && PRIVATE_KEY.test(output)) found.push('a private key');
  for (const secret of found) leaks.push(`bai-win ${args.join(' ')} prints ${secret}:\n${output}`);
}

/** Looks through what a program says until it ends; what it sends over `bai-win proxy` is SSH's. */
export function watchChild(child: ChildProcess, run: WatchedRun): void {
  let output = '';
  for (const stream of run.args[0] === 'proxy' ? [child.stderr] : [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer | string) => {
      output += chunk.toString();
    });
  }
  child.once('close', () => {
    watchOutput(run, output);
  });
}

/** Looks through the logs below a folder. */
export function watchLogs(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true }) as string[]) {
    if (!name.endsWith('.log')) continue;
    const text = readFileSync(join(folder, name), 'utf8');
    for (const secret of findSecrets(text, secretsMade())) leaks.push(`${name} holds ${secret}`);
    if (PRIVATE_KEY.test(text)) leaks.push(`${name} holds a private key`);
  }
}
