import { storedPublicKey } from '../manager/keypair.js';
import type { KeyFiles } from './key-files.js';
import { fingerprintOfLine } from './keypair.js';
import type { Manager } from './sign-in.js';
import type { Workspace } from './workspace.js';

/**
 * `SHA256:…` of the key that new sessions of this access key get; `undefined` where there is none, or
 * where the manager does not say. That is no reason to fail: a session knows its own key.
 */
export async function accountKey(
  { log }: Workspace,
  { client }: Manager,
): Promise<string | undefined> {
  try {
    const line = await storedPublicKey(client);
    return line === null ? undefined : (fingerprintOfLine(line) ?? undefined);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    log(`the key pair of the account could not be asked for: ${text}`);
    return undefined;
  }
}

/**
 * Whether a session runs with an older key pair than the account has now: containers keep the pair
 * that they were made with (protocol reference, sections 6.1 and 6.2).
 *
 * @param account see `accountKey`
 */
export function isOutdated(
  { fingerprint: own, identity, isOfContainer }: KeyFiles,
  account: string | undefined,
): boolean {
  return identity === undefined && !isOfContainer && account !== undefined && account !== own;
}
