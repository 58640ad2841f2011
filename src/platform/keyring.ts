import { BaiError } from '../errors.js';

/**
 * The store for secrets that the operating system keeps for its users. It may ask the person to unlock
 * it, and nothing else of this process waits for that.
 */
export interface Keyring {
  /** As people call it. */
  readonly title: string;
  /**
   * @returns `null` where there is none of that name
   * @throws BaiError `keyring-failed`
   */
  get(name: string): Promise<string | null>;
  /** @throws BaiError `keyring-failed` */
  set(name: string, secret: string): Promise<void>;
  /**
   * Does nothing where there is none of that name.
   * @throws BaiError `keyring-failed`
   */
  erase(name: string): Promise<void>;
}

/** What all our entries are listed under. */
const SERVICE = 'bai-win';

/** As its users know it. */
function titleOn(platform: NodeJS.Platform): string {
  if (platform === 'win32') return 'Windows Credential Manager';
  return platform === 'darwin' ? 'macOS Keychain' : 'Secret Service';
}

/**
 * The keyring of this system; `null` where package @napi-rs/keyring, which is optional, was not
 * installed or does not know the system, or where BAI_WIN_KEYRING=off says that none is to be used.
 */
export async function systemKeyring(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Keyring | null> {
  if (env['BAI_WIN_KEYRING'] === 'off') return null;
  const native = await import('@napi-rs/keyring').catch(() => null);
  if (native === null) return null;
  const title = titleOn(platform);
  const entry = (name: string): InstanceType<typeof native.AsyncEntry> =>
    // Otherwise Linux falls back on the kernel's own store, which forgets at the next start.
    new native.AsyncEntry(SERVICE, name, { linux: { store: 'secret-service' } });
  const asked = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw keyringFailed(title, cause);
    }
  };
  return {
    title,
    get: (name) => asked(() => entry(name).getPassword()),
    set: (name, secret) => asked(() => entry(name).setPassword(secret)),
    erase: async (name) => {
      await asked(() => entry(name).deletePassword());
    },
  };
}

function keyringFailed(title: string, cause: unknown): BaiError {
  const why = cause instanceof Error ? cause.message.replace(/\s+/g, ' ') : String(cause);
  return new BaiError(
    'keyring-failed',
    `the ${title} cannot be used: ${why}`,
    'unlock it and try again; with BAI_WIN_KEYRING=off secrets are kept in a private file instead',
    { cause },
  );
}
