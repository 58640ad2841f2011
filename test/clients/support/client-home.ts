import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A home folder of a user who has never started anything, and the environment that goes with it. */
export interface ClientHome {
  readonly path: string;
  /** No agent, no display, no settings from outside. */
  readonly env: Readonly<Record<string, string>>;
}

/** Makes an empty home folder named `name` in `folder`. */
export async function makeClientHome(folder: string, name = 'home'): Promise<ClientHome> {
  const path = join(folder, name);
  await mkdir(path, { mode: 0o700 });
  return {
    path,
    env: { HOME: path, PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', TERM: 'dumb' },
  };
}
