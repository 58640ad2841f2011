import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  privateKeyText,
  publicKeyBlob,
  readPrivateKey,
  type PrivateKey,
} from '../../src/convert/index.js';
import { fixture } from './fixture.js';

/** What happens to key files on their way; each must still be the same key. */
const ACCIDENTS: [string, (key: Buffer) => Buffer][] = [
  ['nothing', (key) => key],
  ['a UTF-8 byte order mark', (key) => Buffer.concat([Buffer.from('\uFEFF'), key])],
  ['CRLF line ends', (key) => Buffer.from(key.toString().replaceAll('\n', '\r\n'))],
  ['CR line ends', (key) => Buffer.from(key.toString().replaceAll('\n', '\r'))],
  ['no final line end', (key) => Buffer.from(key.toString().trimEnd())],
  ['blank lines after it', (key) => Buffer.concat([key, Buffer.from('\n\n')])],
  ['junk before it', (key) => Buffer.concat([Buffer.from('HTTP/1.1 200\r\n\r\n\0junk '), key])],
  ['trailing blanks', (key) => Buffer.from(key.toString().replaceAll('\n', ' \t\n'))],
  ['UTF-16 as Notepad saves it', (key) => Buffer.from(`\uFEFF${key.toString()}`, 'utf16le')],
  ['UTF-16 without a mark', (key) => Buffer.from(key.toString(), 'utf16le')],
  ['UTF-16 big-endian', (key) => Buffer.from(`\uFEFF${key.toString()}`, 'utf16le').swap16()],
];

const KEYS = ['rsa2048-pem', 'ed25519', 'id_container.dropbearconvert.openssh.pem'];

const sameKey = (one: PrivateKey, other: PrivateKey) => {
  expect(publicKeyBlob(one)).toEqual(publicKeyBlob(other));
  expect(one.private).toEqual(other.private);
  expect(one.comment).toEqual(other.comment);
};

describe.each(ACCIDENTS)('with %s', (_, accident) => {
  test.each(KEYS)('%s is read', async (name) => {
    const damaged = accident(fixture(name));
    sameKey(await readPrivateKey(damaged), await readPrivateKey(fixture(name)));
  });

  test.each(['ed25519.ppk', 'rsa2048-openssh.v2.ppk'])('%s is read', async (name) => {
    // A PuTTY key starts on a line of its own.
    const damaged = accident(fixture(name)).toString('latin1').replace('junk ', 'junk\n');
    sameKey(
      await readPrivateKey(Buffer.from(damaged, 'latin1')),
      await readPrivateKey(fixture(name)),
    );
  });

  test.each(KEYS)('%s is cut out clean', (name) => {
    expect(privateKeyText(accident(fixture(name)))).toBe(fixture(name).toString());
  });
});

test('the tar that old managers send instead of the file is read', async () => {
  const tar = fixture('download_single-legacy-raw.tar');
  const key = fixture('id_container.pkcs1.pem');
  sameKey(await readPrivateKey(tar), await readPrivateKey(key));
  expect(privateKeyText(tar)).toBe(key.toString());
});

test('neither inspection nor JSON nor its own properties show a private part', async () => {
  const key = await readPrivateKey(fixture('ed25519'));
  if (key.algorithm !== 'ssh-ed25519') throw new Error('wrong fixture');
  const seed = key.private.seed;
  for (const text of [
    inspect(key),
    inspect({ key }, { showHidden: true }),
    JSON.stringify({ key }),
  ]) {
    expect(text).not.toContain(seed.toString('hex').slice(0, 8));
    expect(text).not.toContain(seed.toString('base64').slice(0, 8));
  }
  expect(Object.keys(key)).toEqual(['algorithm', 'public', 'comment']);
});
