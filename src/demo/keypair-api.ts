import { createPrivateKey } from 'node:crypto';
import ssh2 from 'ssh2';
import { jsonBody, ok, type ApiRequest, type Route } from './api.js';
import { generatePkcs1Key, publicLine } from './keys.js';
import { Problem, type Answer } from './problems.js';
import type { Release } from './releases.js';
import { secretKey } from './secrets.js';
import type { World } from './world.js';

/** The SSH key pair that is stored with the access key, and signing in to the manager itself. */
export const keypairRoutes: readonly Route[] = [
  ['/auth/ssh-keypair', { GET: show, PATCH: regenerate, POST: store }],
  ['/auth/authorize', { POST: authorize }],
];

async function show(world: World): Promise<Answer> {
  const { publicLine } = await world.keypair();
  return ok({ ssh_public_key: `${publicLine}\n` });
}

/** Running containers keep the old pair. */
async function regenerate(world: World): Promise<Answer> {
  const key = await generatePkcs1Key(world.rsa);
  world.setKeypair(key);
  return ok({ ssh_public_key: `${key.publicLine}\n`, ssh_private_key: key.privateText });
}

function store(world: World, request: ApiRequest): Answer {
  if (!world.release.storesKeypairs) throw new Problem('method-not-allowed');
  const { pubkey, privkey } = jsonBody(request);
  if (typeof pubkey !== 'string' || typeof privkey !== 'string') {
    throw new Problem('invalid-parameters', { data: { pubkey: 'is required' } });
  }
  const publicLine = publicLineOf(privkey, world.release);
  if (publicLine === null) {
    throw new Problem('invalid-parameters', { msg: 'Invalid private key format' });
  }
  if (publicLine.split(' ')[1] !== pubkey.trim().split(/\s+/)[1]) {
    throw new Problem('invalid-parameters', { msg: 'Keypair does not match' });
  }
  const privateText = `${privkey.replaceAll('\r\n', '\n').trimEnd()}\n`;
  world.setKeypair(secretKey({ privateText, publicLine }));
  return ok({ ssh_public_key: `${pubkey.trimEnd()}\n`, ssh_private_key: privateText });
}

/** `algorithm base64` of a private key; `null` where it is none, or of a form that is not taken. */
function publicLineOf(privateText: string, release: Release): string | null {
  if (privateText.includes('BEGIN OPENSSH')) {
    const key = release.storesOpensshForm ? ssh2.utils.parseKey(privateText) : null;
    if (key === null || key instanceof Error || !key.isPrivateKey()) return null;
    return `${key.type} ${key.getPublicSSH().toString('base64')}`;
  }
  try {
    return publicLine(createPrivateKey(privateText));
  } catch {
    return null;
  }
}

/** Turns a password into the secret key. */
function authorize(world: World, request: ApiRequest): Answer {
  const { username, password, otp } = jsonBody(request);
  const refused = world.login.check({ username, password, otp });
  if (refused !== null) throw new Problem(refused);
  return ok({
    data: {
      response_type: 'success',
      access_key: world.accessKey,
      secret_key: world.secretKey,
      role: world.role,
      status: 'active',
      session_token: null,
      user_id: world.userId,
    },
  });
}
