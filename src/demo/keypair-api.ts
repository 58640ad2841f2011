import ssh2 from 'ssh2';
import { jsonBody, ok, type ApiRequest, type Route } from './api.js';
import { generatePkcs1Key } from './keys.js';
import { Problem, type Answer } from './problems.js';
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
  const secret = ssh2.utils.parseKey(privkey);
  if (secret instanceof Error || !secret.isPrivateKey()) {
    throw new Problem('invalid-parameters', { msg: 'invalid-ssh-private-key' });
  }
  const blob = secret.getPublicSSH();
  if (blob.toString('base64') !== pubkey.trim().split(/\s+/)[1]) {
    throw new Problem('invalid-parameters', { msg: 'The public key does not match' });
  }
  const privateText = `${privkey.replaceAll('\r\n', '\n').trimEnd()}\n`;
  world.setKeypair(
    secretKey({ privateText, publicLine: `${secret.type} ${blob.toString('base64')}` }),
  );
  return ok({ ssh_public_key: `${pubkey.trimEnd()}\n`, ssh_private_key: privateText });
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
