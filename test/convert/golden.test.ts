import { describe, expect, test } from 'vitest';
import {
  fingerprint,
  publicKeyBlob,
  publicKeyLine,
  readPrivateKey,
  writePem,
  writePkcs8,
  writePpk,
} from '../../src/convert/index.js';
import { fixture } from './fixture.js';

/** Key file, the PPK that puttygen made of it, and the version of that. */
const PUTTYGEN: [string, string, 2 | 3][] = [
  ['rsa2048-pem', 'rsa2048-pem.v2.ppk', 2],
  ['rsa2048-pem', 'rsa2048-pem.ppk', 3],
  ['rsa2048-openssh', 'rsa2048-openssh.v2.ppk', 2],
  ['rsa2048-openssh', 'rsa2048-openssh.ppk', 3],
  ['ed25519', 'ed25519.v2.ppk', 2],
  ['ed25519', 'ed25519.ppk', 3],
  ['ecdsa256', 'ecdsa256.v2.ppk', 2],
  ['ecdsa256', 'ecdsa256.ppk', 3],
  ['backendai-id_container', 'backendai-id_container.v2.ppk', 2],
  ['backendai-id_container', 'backendai-id_container.ppk', 3],
  ['dropbear-rsa2048-p-less-than-q', 'dropbear-rsa2048-p-less-than-q.ppk', 3],
  ['rsa2048-p-less-than-q.pem', 'rsa2048-p-less-than-q.ppk', 3],
  ['dsa', 'dsa.ppk', 3],
  ['ecdsa384-pem', 'ecdsa384-pem.ppk', 3],
  ['ecdsa521', 'ecdsa521.ppk', 3],
  ['ed25519-no-comment', 'ed25519-no-comment.ppk', 3],
  ['ed25519-unicode-comment', 'ed25519-unicode-comment.ppk', 3],
];

describe('writePpk writes what puttygen writes', () => {
  test.each(PUTTYGEN)('%s → %s', async (source, expected, version) => {
    const key = await readPrivateKey(fixture(source));
    const ppk = await writePpk(key, { version });
    expect(ppk.toString()).toBe(fixture(expected).toString());
  });
});

describe('public halves', () => {
  test.each([
    ['rsa2048-pem', 'SHA256:6sfIQdd2xVHIlVeaMeHC3fYQB1tdTjMEm13mFZ+Tjhs'],
    ['ed25519', 'SHA256:Qi+YnKr3MPl9v0WhEMbautrFZafxdzuvayME17D7YTU'],
    ['ecdsa256', 'SHA256:Xl+3GfpkiD+GHDUn0SCvI/gvzgCJHsH1m8pOAFL2wvk'],
  ])('%s has the fingerprint that ssh-keygen -l prints', async (name, expected) => {
    const blob = publicKeyBlob(await readPrivateKey(fixture(name)));
    expect(fingerprint(blob)).toBe(expected);
  });

  test.each(['ed25519', 'ecdsa256', 'id_container.user-ed25519.openssh.pem'])(
    '%s has the public line that ssh-keygen -y prints',
    async (name) => {
      const line = publicKeyLine(await readPrivateKey(fixture(name)));
      expect(`${line}\n`).toBe(fixture(`${name}.pub`).toString());
    },
  );

  test('a PEM key has a public line without a comment', async () => {
    const line = publicKeyLine(await readPrivateKey(fixture('id_container.pkcs1.pem')));
    expect(`${line}\n`).toBe(fixture('id_container.pkcs1.pem.pub').toString());
  });

  test('the MD5 fingerprint is the one that ssh-keygen -l -E md5 prints', async () => {
    const blob = publicKeyBlob(await readPrivateKey(fixture('ed25519')));
    expect(fingerprint(blob, 'md5')).toBe('MD5:8d:a2:67:ba:6b:07:26:72:c4:19:36:76:1e:33:93:ab');
  });
});

describe('PEM is what OpenSSL writes', () => {
  test.each(['rsa', 'ec', 'dsa', 'ed25519', 'ed448'].map((type) => `pkcs8-${type}.pem`))(
    '%s',
    async (name) => {
      const text = await writePkcs8(await readPrivateKey(fixture(name)));
      expect(text).toBe(fixture(name).toString());
    },
  );

  test.each(['pkcs1-rsa1024.pem', 'sec1-p256.pem', 'sec1-p521.pem', 'dsa1024.pem', 'rsa2048-pem'])(
    '%s',
    async (name) => {
      expect(writePem(await readPrivateKey(fixture(name)))).toBe(fixture(name).toString());
    },
  );
});

test.each([
  ['rsa2048-pem', 'rsa2048-enc-v2.ppk'],
  ['ed25519', 'ed25519-enc-v2.ppk'],
])('%s encrypted in version 2 is %s, which has no salt', async (source, expected) => {
  const options = { version: 2, passphrase: 'battery staple' } as const;
  const ppk = await writePpk(await readPrivateKey(fixture(source)), options);
  expect(ppk.toString()).toBe(fixture(expected).toString());
});
