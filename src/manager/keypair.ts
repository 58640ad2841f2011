import { BaiError } from '../errors.js';
import type { Call, ManagerClient } from './client.js';
import { isRecord } from './problem.js';

const PATH = '/auth/ssh-keypair';

/**
 * The public half of the SSH key pair that is stored with one's access key, which new containers get
 * (protocol section 6.2); `null` where there is none.
 * @throws BaiError as any call
 */
export async function storedPublicKey(client: ManagerClient): Promise<string | null> {
  const line = await publicLineOf(client, { method: 'GET', path: PATH });
  return line === '' ? null : line;
}

/**
 * Lets the manager make a new SSH key pair for one's access key (protocol section 6.2). Containers
 * that run keep the old one.
 * @returns the line of the new public key
 * @throws BaiError as any call, `keypair-not-understood`
 */
export async function regenerateKeypair(client: ManagerClient): Promise<string> {
  return replaced(client, { method: 'PATCH', path: PATH });
}

/** A key pair as the manager is to store it. */
export interface OwnKeypair {
  /** `algorithm base64`, with or without a comment. */
  readonly publicLine: string;
  /** The private key as text, in each form that may be tried, the best one first. Secret. */
  readonly privateTexts: readonly [string, ...string[]];
}

/**
 * Stores one's own SSH key pair with one's access key (protocol section 6.2; since 22.09.11). Releases
 * differ in the forms that they take, so that the next is tried where one is refused.
 * @returns the line of the stored public key
 * @throws BaiError as any call, `keypair-not-storable`, `keypair-not-understood`
 */
export async function storeKeypair(
  client: ManagerClient,
  { publicLine, privateTexts }: OwnKeypair,
): Promise<string> {
  const [privkey, next, ...others] = privateTexts;
  const json = { pubkey: publicLine, privkey };
  try {
    return await replaced(client, { method: 'POST', path: PATH, json });
  } catch (cause) {
    if (next !== undefined && cause instanceof BaiError && cause.code === 'bad-request') {
      return storeKeypair(client, { publicLine, privateTexts: [next, ...others] });
    }
    if (!(cause instanceof BaiError) || cause.code !== 'method-not-allowed') throw cause;
    const { release } = await client.greeting();
    throw new BaiError(
      'keypair-not-storable',
      `Backend.AI ${release} at ${client.endpoint.url} cannot store a key pair of your own; 22.09.11 and later can`,
      'put the public half of one into authorized_keys in a folder named .ssh that your sessions mount, then give the private half to setup with --identity',
      { cause },
    );
  }
}

/** The public line of the new pair. */
async function replaced(client: ManagerClient, call: Call): Promise<string> {
  const line = await publicLineOf(client, call);
  if (line !== '') return line;
  throw new BaiError(
    'keypair-not-understood',
    `the answer of ${client.endpoint.url} about the key pair holds no public key`,
    'see the key pair in the user settings of the web console, whether it was changed',
  );
}

/** Empty where there is none. */
async function publicLineOf(client: ManagerClient, call: Call): Promise<string> {
  const answer = await client.callForJson(call);
  const line = isRecord(answer) ? answer['ssh_public_key'] : undefined;
  return typeof line === 'string' ? line.trim() : '';
}
