/** Files that are no key, PEM, and what cannot be written. */
import {
  convertKey,
  describeKey,
  privateKeyText,
  readPrivateKey,
  writePpk,
} from '../../../src/convert/index.js';
import { pemFile } from '../craft.js';
import { fixture } from '../fixture.js';

import { RSA, text, ppk, argon2Ppk, read, open, cut, type Failure } from './material.js';

export const FILES_FAILURES: Failure[] = [
  // The file as a whole
  ['input-empty', /empty/, () => read('')],
  ['input-too-large', /1048577 bytes/, () => read(Buffer.alloc(1024 * 1024 + 1, 32))],
  ['not-a-key', /no private key/, () => read('hello')],
  ['no-key-at-all', /neither a private nor a public one/, () => describeKey(Buffer.from('hello'))],
  ['several-keys', /2 private keys: RSA/, () => read(fixture('other-two-keys.pem'))],
  ['web-page', /web page/, () => read('<!DOCTYPE html><html></html>')],
  ['xml-file', /XML file/, () => read('<?xml version="1.0"?>\n<FileZilla3/>')],
  ['public-rfc4716', /RFC 4716/, () => read(fixture('public-rfc4716'))],
  ['public-pem', /PEM/, () => read(fixture('public-rsa.pem'))],
  ['public-openssh', /OpenSSH line/, () => read(fixture('public-openssh.pub'))],
  ['x509-certificate', /X\.509/, () => read(fixture('other-x509.pem'))],
  ['pgp', /PGP/, () => read('-----BEGIN PGP PRIVATE KEY BLOCK-----\n')],
  ['ssh-com', /ssh\.com/, () => read(fixture('other-ssh-com'))],
  ['ssh1', /version 1/, () => read(fixture('other-ssh1'))],
  ['dropbear-binary', /Dropbear/, () => read(fixture('other-dropbear'))],
  ['der-binary', /DER/, () => read(fixture('other-der'))],
  ['pem-unknown', /without a private key/, () => read('-----BEGIN DH PARAMETERS-----\n')],
  ['no-pem-text', /PuTTY key/, async () => privateKeyText(await Promise.resolve(ppk()))],
  // PEM
  ['pem-cut', /-----END/, () => read(cut('pkcs1-rsa1024.pem', '-----END', ''))],
  ['pem-line', /line 2/, () => read(cut('pkcs1-rsa1024.pem', '\nMII', '\nM!I'))],
  ['base64-empty', /no content/, () => read(pemFile('PRIVATE KEY', Buffer.alloc(0)))],
  ['base64-cut', /incomplete/, () => read(cut('pkcs1-rsa1024.pem', '\nMII', '\nMI'))],
  ['dek-cipher', /CAMELLIA/, () => open(fixture('pkcs1-rsa1024-camellia128.pem'))],
  [
    'dek-iv',
    /32 hex digits/,
    () => open(text('pkcs1-rsa1024-aes128.pem').replace(/(AES-128-CBC,).*/, '$1ABC')),
  ],
  [
    'dek-block',
    /multiple of 16/,
    () => open(text('pkcs1-rsa1024-aes128.pem').replace(/\n[^\n]+\n(-----END)/, '\nAAAA\n$1')),
  ],
  ['passphrase-needed', /passphrase/, () => read(fixture('openssh-ed25519-aes256-ctr'))],
  [
    'passphrase-wrong',
    /does not open/,
    () => readPrivateKey(fixture('openssh-ed25519-aes256-ctr'), { passphrase: 'x' }),
  ],
  // Writing
  ['pem-no-form', /no traditional/, () => convertKey(fixture('openssh-ed25519'), { to: 'pem' })],
  [
    'pem-unencrypted',
    /too weak/,
    () => convertKey(fixture('pkcs1-rsa1024.pem'), { to: 'pem', newPassphrase: 'x' }),
  ],
  ['argon2-passes', /0 passes/, () => writePpk(RSA, { passphrase: 'x', argon2: { passes: 0 } })],
  [
    'argon2-parallelism',
    /parallelism 0/,
    () => writePpk(RSA, { passphrase: 'x', argon2: { parallelism: 0, passes: 1 } }),
  ],
  [
    'argon2-memory',
    /not 4 KiB/,
    () => writePpk(RSA, { passphrase: 'x', argon2: { memory: 4, passes: 1 } }),
  ],
  [
    'argon2-salt',
    /not 4/,
    () =>
      open(
        argon2Ppk(64, 1)
          .toString()
          .replace(/Argon2-Salt: .*/, 'Argon2-Salt: 00112233'),
      ),
  ],
];
