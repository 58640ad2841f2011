import { realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Short enough for few clients to come between; a look is a few system calls. */
const LOOK_EVERY_MS = 2_000;

/** What does not start is tried again, later and later: about every 4 minutes in the end. */
const MOST_LOOKS_BETWEEN = 128;

/** What the program loads as an agent, beside it: see build.mjs, which writes it seconds later. */
const LOADED = join('plain', 'agent.cjs');

/**
 * Watches the files of the program that this process runs. When they are others and have stayed so from
 * one look to the next, as an update is no single step, `replaced` is called as soon as nothing is
 * `inUse`, and again, later and later, where it resolves: this process has not been replaced then.
 *
 * @returns ends it
 */
export function watchProgram(
  program: string,
  inUse: () => boolean,
  replaced: () => Promise<void>,
): () => void {
  let known: string | undefined;
  let last: string | undefined;
  let isUnderWay = false;
  let attempts = 0;
  let looksToWait = 0;
  const look = async (): Promise<void> => {
    const now = await identityOf(program);
    known ??= now;
    const isSettled = now !== undefined && now === last;
    // Others again may do better.
    if (!isSettled) attempts = looksToWait = 0;
    last = now;
    if (!isSettled || now === known || isUnderWay || looksToWait-- > 0 || inUse()) return;
    isUnderWay = true;
    await replaced();
    isUnderWay = false;
    attempts++;
    looksToWait = Math.min(2 ** attempts, MOST_LOOKS_BETWEEN);
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS).unref();
  void look();
  return () => {
    clearInterval(timer);
  };
}

/** What tells files from others in their place; packages all come with one time of modification. */
async function identityOf(program: string): Promise<string | undefined> {
  try {
    // npm links to it.
    const file = await realpath(program);
    const found = await Promise.all([file, join(dirname(file), LOADED)].map((path) => stat(path)));
    return found.map(({ ino, ctimeMs }) => `${ino} ${ctimeMs}`).join(' ');
  } catch {
    return undefined;
  }
}
