import { describe, expect, test } from 'vitest';
import { decodePoint, edwards25519, edwards448 } from '../../../src/exporters/putty/edwards.js';
import { cachedHostKey } from '../../../src/exporters/putty/host-key.js';
import { fixture } from '../fixtures.js';

const linesOf = (name: string): string[] => fixture(name).toString().split('\n').filter(Boolean);

function string(bytes: Buffer | string): Buffer {
  const body = Buffer.from(bytes);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

describe('the cache entry of a host key is the one that plink makes', () => {
  const lines = linesOf('putty/host-keys-cached-by-plink-0.78.txt');
  for (let i = 0; i < lines.length; i += 2) {
    const [type = '', blob = ''] = (lines[i] ?? '').split(' ');
    test(type, () => {
      const { id, value } = cachedHostKey(Buffer.from(blob, 'base64'));
      const [name = '', data] = (lines[i + 1] ?? '').split(' ');
      expect(id).toBe(name.split('@')[0]);
      expect(value).toBe(data);
    });
  }

  test('all six types are there', () => {
    expect(lines).toHaveLength(12);
  });

  const reference = linesOf('putty/host-keys.txt');
  for (let i = 0; i < reference.length; i += 3) {
    const [type = '', blob = ''] = (reference[i] ?? '').split(' ');
    test(`${type} of the bench`, () => {
      const { id, value } = cachedHostKey(Buffer.from(blob, 'base64'));
      expect(`${id} ${value}`).toBe(reference[i + 1]);
    });
  }
});

describe('points of Edwards curves', () => {
  // RFC 7748, sections 4.1 and 4.2, and RFC 8032, sections 5.1 and 5.2: the base points.
  test('base point of Ed25519', () => {
    const encoded = Buffer.alloc(32, 0x66);
    encoded[0] = 0x58;
    expect(decodePoint(edwards25519, encoded)).toEqual({
      x: 15112221349535400772501151409588531511454012693041857206046113283949847762202n,
      y: 46316835694926478169428394003475163141307993866256225615783033603165251855960n,
    });
  });

  test('base point of Ed448', () => {
    const y =
      298819210078481492676017930443930673437544040154080242095928241372331506189835876003536878655418784733982303233503462500531545062832660n;
    const x =
      224580040295924300187604334099896036246789641632564134246125461686950415467406032909029192869357953282578032075146446173674602635247710n;
    const encoded = Buffer.from(y.toString(16).padStart(114, '0'), 'hex').reverse();
    expect(decodePoint(edwards448, encoded)).toEqual({ x, y });
    encoded[56] = 0x80;
    expect(decodePoint(edwards448, encoded)?.x).toBe(edwards448.p - x);
  });

  test('an Ed448 host key is cached under ssh-ed448', () => {
    const point = Buffer.concat([
      Buffer.from(
        '14fa30f25b790898adc8d74e2c13bdfdc4397ce61cffd33ad7c2a0051e9c78874098a36c7373ea4b62c7c9563720768824bcb66e71463f69',
        'hex',
      ),
      Buffer.from([0]),
    ]);
    const { id, value } = cachedHostKey(Buffer.concat([string('ssh-ed448'), string(point)]));
    expect(id).toBe('ssh-ed448');
    expect(value).toMatch(/^0x4f1970c66bed0ded221d15a622bf36da9e146570470f1767ea6de324a3d3a464/);
  });
});

describe('what is not a host key is refused', () => {
  const code = (blob: Buffer): unknown => {
    try {
      cachedHostKey(blob);
    } catch (error) {
      return (error as { code: unknown }).code;
    }
    return undefined;
  };

  test.each([
    ['cut off', string('ssh-rsa').subarray(0, 9), 'host-key-truncated'],
    ['three bytes', Buffer.from([0, 0, 0]), 'host-key-truncated'],
    ['larger than any key', string(Buffer.alloc(20_000)), 'host-key-truncated'],
    ['nothing', Buffer.alloc(0), 'host-key-unknown-type'],
    ['a certificate', string('ssh-rsa-cert-v01@openssh.com'), 'host-key-unknown-type'],
    ['RSA without modulus', Buffer.concat([string('ssh-rsa'), string('e')]), 'host-key-invalid'],
    [
      'a point that is not on the curve',
      Buffer.concat([string('ssh-ed25519'), string(Buffer.from([2, ...Buffer.alloc(31)]))]),
      'host-key-invalid',
    ],
    [
      'a compressed ECDSA point',
      Buffer.concat([
        string('ecdsa-sha2-nistp256'),
        string('nistp256'),
        string(Buffer.alloc(33, 2)),
      ]),
      'host-key-invalid',
    ],
    [
      'another curve than the type says',
      Buffer.concat([
        string('ecdsa-sha2-nistp256'),
        string('nistp384'),
        string(Buffer.alloc(97, 4)),
      ]),
      'host-key-invalid',
    ],
  ])('%s', (_, blob, expected) => {
    expect(code(blob)).toBe(expected);
  });
});
