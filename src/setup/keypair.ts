import { publicKeyLine, readPrivateKey, writeOpenssh, writePem } from '../convert/index.js';
import { regenerateKeypair, storeKeypair } from '../manager/keypair.js';
import { listSessions } from '../manager/session-list.js';
import type { Session } from '../manager/session.js';
import { readKeyFile } from './convert-file.js';
import { namingKey } from './naming-key.js';
import type { Manager } from './sign-in.js';
import { tryPassphrases, type AskPassphrase } from './try-passphrases.js';

/** A key pair as the manager is to store it. */
interface Keypair {
  readonly publicLine: string;
  /** Secret. */
  readonly privateText: string;
}

/** Sessions whose container was made already: they keep the key pair that they were made with. */
export async function sessionsWithOldKey(manager: Manager): Promise<Session[]> {
  const sessions = await listSessions(manager.client);
  return sessions.filter(({ status }) => !['PENDING', 'SCHEDULED'].includes(status));
}

/** Lets the manager make a new key pair; returns its public line. */
export async function rotateKeypair({ client }: Manager): Promise<string> {
  return regenerateKeypair(client);
}

/**
 * Reads a private key in any form and brings it into one that every release takes: PKCS#1 for RSA,
 * as the manager makes its own (protocol section 6.1), OpenSSH's for the rest.
 *
 * @param askPassphrase `undefined` where there is nobody to ask
 * @throws BaiError `key-file-absent`, and with the codes of KeyError where it cannot be read
 */
export async function readKeypair(
  path: string,
  passphrase: string | undefined,
  askPassphrase: AskPassphrase | undefined,
): Promise<Keypair> {
  const bytes = await readKeyFile(path);
  const reading = tryPassphrases(passphrase, askPassphrase, (tried) =>
    readPrivateKey(bytes, tried === undefined ? {} : { passphrase: tried }),
  );
  const key = await namingKey(path, reading);
  const privateText = key.algorithm === 'ssh-rsa' ? writePem(key) : await writeOpenssh(key);
  return { publicLine: publicKeyLine(key), privateText };
}

/** Stores a key pair at the manager; returns its public line as stored. */
export async function uploadKeypair({ client }: Manager, pair: Keypair): Promise<string> {
  return storeKeypair(client, pair);
}
