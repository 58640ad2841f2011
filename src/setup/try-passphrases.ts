import { KeyError } from '../convert/index.js';

/** Asks for the passphrase of a key, `again` after one that was wrong. */
export type AskPassphrase = (again: boolean) => Promise<string>;

/** As many as OpenSSH and PuTTY ask before they give up. */
const PASSPHRASE_TRIES = 3;

/**
 * Does something with a key, and asks for the passphrase where one turns out to be needed.
 *
 * @param given the passphrase that is known already
 * @param ask `undefined` where there is nobody to ask
 * @throws KeyError of `work`; where a passphrase is missing, its hint names the options that give one
 */
export async function tryPassphrases<T>(
  given: string | undefined,
  ask: AskPassphrase | undefined,
  work: (passphrase: string | undefined) => Promise<T>,
): Promise<T> {
  let passphrase = given;
  for (let tries = 0; ; tries += 1) {
    try {
      return await work(passphrase);
    } catch (error) {
      const code = error instanceof KeyError ? error.code : '';
      const asking = code === 'passphrase-needed' || (code === 'passphrase-wrong' && tries > 0);
      if (!asking || ask === undefined || tries === PASSPHRASE_TRIES) throw namingOptions(error);
      passphrase = await ask(tries > 0);
    }
  }
}

/** Those who read keys know nothing of options. */
function namingOptions(error: unknown): unknown {
  if (!(error instanceof KeyError) || error.code !== 'passphrase-needed') return error;
  return new KeyError(
    error.code,
    error.message,
    'put its passphrase in a file and give --passphrase-file FILE, or pipe it in with --passphrase-stdin',
    { cause: error },
  );
}
