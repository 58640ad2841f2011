import { generateKeyPairSync } from 'node:crypto';
import {
  fingerprint,
  publicKeyLine,
  readPrivateKey,
  writeOpenssh,
  writePem,
  writePkcs8,
  type PrivateKey,
} from '../convert/index.js';
import { regenerateKeypair, storeKeypair, type OwnKeypair } from '../manager/keypair.js';
import { listSessions } from '../manager/session-list.js';
import type { Session } from '../manager/session.js';
import { readKeyFile } from './convert-file.js';
import { namingKey } from './naming-key.js';
import type { Manager } from './sign-in.js';
import { tryPassphrases, type AskPassphrase } from './try-passphrases.js';

/** Sessions whose container was made already: they keep the key pair that they were made with. */
export async function sessionsWithOldKey(manager: Manager): Promise<Session[]> {
  const sessions = await listSessions(manager.client);
  return sessions.filter(({ status }) => !['PENDING', 'SCHEDULED'].includes(status));
}

/** Lets the manager make a new key pair; returns its public line. */
export async function rotateKeypair({ client }: Manager): Promise<string> {
  return regenerateKeypair(client);
}

/** A new Ed25519 key pair, made here: the manager makes RSA ones only. */
export async function makeEd25519Keypair(): Promise<OwnKeypair> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  return ownKeypair(await readPrivateKey(Buffer.from(pem)));
}

/**
 * Reads a private key in any form.
 *
 * @param askPassphrase `undefined` where there is nobody to ask
 * @throws BaiError `key-file-absent`, and with the codes of KeyError where it cannot be read
 */
export async function readKeypair(
  path: string,
  passphrase: string | undefined,
  askPassphrase: AskPassphrase | undefined,
): Promise<OwnKeypair> {
  const bytes = await readKeyFile(path);
  const reading = tryPassphrases(passphrase, askPassphrase, (tried) =>
    readPrivateKey(bytes, tried === undefined ? {} : { passphrase: tried }),
  );
  return ownKeypair(await namingKey(path, reading));
}

/**
 * RSA as PKCS#1, as the manager makes its own. Else OpenSSH's form, which all programs in a session
 * read; releases 25.6 to 26.4.3 refuse it and want PKCS#8 (protocol section 6.1).
 */
async function ownKeypair(key: PrivateKey): Promise<OwnKeypair> {
  const publicLine = publicKeyLine(key);
  if (key.algorithm === 'ssh-rsa') return { publicLine, privateTexts: [writePem(key)] };
  return { publicLine, privateTexts: [await writeOpenssh(key), await writePkcs8(key)] };
}

/** `SHA256:…` of a public line; `null` where it is none. */
export function fingerprintOfLine(line: string): string | null {
  const blob = line.split(/\s+/)[1];
  return blob === undefined ? null : fingerprint(Buffer.from(blob, 'base64'));
}

/** Stores a key pair at the manager; returns its public line as stored. */
export async function uploadKeypair({ client }: Manager, pair: OwnKeypair): Promise<string> {
  return storeKeypair(client, pair);
}
