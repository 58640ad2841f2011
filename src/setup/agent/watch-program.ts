import { stat } from 'node:fs/promises';

/** Short enough for few clients to come between; a look is one system call. */
const LOOK_EVERY_MS = 2_000;

/**
 * Watches the file of the program that this process runs. When it is another one and has stayed so from
 * one look to the next, as an update is no single step, `replaced` is called, once for each replacement,
 * as soon as nothing is `inUse`.
 *
 * @returns ends it
 */
export function watchProgram(
  program: string,
  inUse: () => boolean,
  replaced: () => void,
): () => void {
  let known: string | undefined;
  let last: string | undefined;
  const look = async (): Promise<void> => {
    const now = await identityOf(program);
    known ??= now;
    const isSettled = now !== undefined && now === last;
    last = now;
    if (!isSettled || now === known || inUse()) return;
    known = now;
    replaced();
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS).unref();
  void look();
  return () => {
    clearInterval(timer);
  };
}

/** What tells a file from another one in its place; packages all come with one time of modification. */
async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { ino, ctimeMs } = await stat(path);
    return `${ino} ${ctimeMs}`;
  } catch {
    return undefined;
  }
}
