/** ASN.1 and the encryption of PKCS#8. */
import { OID_EC } from '../../../src/convert/asn1-shapes.js';
import {
  der,
  derBits,
  derInteger,
  derOctets,
  derOid,
  derSequence,
} from '../../../src/convert/der.js';
import { pemFile } from '../craft.js';
import { fixture } from '../fixture.js';

import {
  blob,
  pkcs1,
  P256,
  sec1,
  pkcs8,
  AES256,
  pbkdf2,
  pbes2,
  scrypt,
  read,
  open,
  type Failure,
} from './material.js';

export const ASN1_FAILURES: Failure[] = [
  // ASN.1
  ['der-cut', /ends before/, () => read(pemFile('PRIVATE KEY', Buffer.of(0x30, 9)))],
  ['der-type', /OCTET STRING where/, () => read(pemFile('PRIVATE KEY', derOctets(Buffer.of(1))))],
  ['der-length', /as DER demands/, () => read(pemFile('PRIVATE KEY', Buffer.of(0x30, 0x81, 1, 5)))],
  [
    'der-trailing',
    /1 more bytes stand after/,
    () => read(pemFile('PRIVATE KEY', blob(derSequence(), Buffer.of(0)))),
  ],
  [
    'der-integer',
    /shortest form/,
    () => read(pemFile('PRIVATE KEY', derSequence(der(2, Buffer.of(0, 1))))),
  ],
  ['der-oid', /no identifier/, () => read(pkcs8([der(6, Buffer.of(0x80))], Buffer.alloc(1)))],
  [
    'der-bits',
    /whole bytes/,
    () => read(sec1(derOctets(Buffer.of(1)), der(0xa0, P256), der(0xa1, der(3, Buffer.of(3))))),
  ],
  ['asn1-version', /version 1/, () => read(pkcs1({}, 1n))],
  ['oid-refused', /X25519/, () => read(fixture('other-x25519.pem'))],
  ['oid-unknown', /1\.2\.3\.4/, () => read(pkcs8([derOid('1.2.3.4')], Buffer.alloc(1)))],
  ['curve-missing', /does not name/, () => read(sec1(derOctets(Buffer.of(1))))],
  [
    'curve-contradiction',
    /nistp256 outside and nistp384 inside/,
    () => {
      const inner = [derInteger(1n), derOctets(Buffer.of(1)), der(0xa0, derOid('1.3.132.0.34'))];
      return read(pkcs8([derOid(OID_EC), P256], derSequence(...inner)));
    },
  ],
  ['curve-parameters', /spells out/, () => read(fixture('sec1-p256-explicit.pem'))],
  ['curve-unknown', /secp256k1/, () => read(fixture('other-secp256k1.pem'))],
  ['ecdsa-size', /longer than/, () => read(sec1(derOctets(Buffer.alloc(33, 1)), der(0xa0, P256)))],
  [
    'point-invalid',
    /no point of nistp256/,
    () => {
      const point = der(0xa1, derBits(Buffer.alloc(65, 4)));
      return read(sec1(derOctets(Buffer.of(1)), der(0xa0, P256), point));
    },
  ],
  // PKCS#8 encryption
  [
    'pkcs8-encryption',
    /1\.2\.840\.113549\.1\.12\.1\.1/,
    () => open(fixture('pkcs8-ed25519-PBE-SHA1-RC4-128.pem')),
  ],
  ['pkcs8-cipher', /with a cipher/, () => open(fixture('pkcs8-ed25519-camellia.pem'))],
  [
    'pkcs8-iv',
    /3 bytes, not 16/,
    () =>
      open(
        pbes2(pbkdf2(), derSequence(derOid('2.16.840.1.101.3.4.1.42'), derOctets(Buffer.alloc(3)))),
      ),
  ],
  [
    'pkcs8-derivation',
    /key derivation that/,
    () => open(pbes2(derSequence(derOid('1.2.3'), derSequence()), AES256)),
  ],
  [
    'pkcs8-hash',
    /with a hash/,
    () => open(pbes2(pbkdf2(derInteger(1n), derSequence(derOid('1.2.3'))), AES256)),
  ],
  [
    'pkcs8-iterations',
    /1000001 iterations/,
    () => open(pbes2(pbkdf2(derInteger(1000001n)), AES256)),
  ],
  [
    'pkcs8-key-length',
    /16 bytes, but its cipher takes 32/,
    () => open(pbes2(pbkdf2(derInteger(1n), derInteger(16n)), AES256)),
  ],
  ['pkcs8-scrypt', /N=1048576/, () => open(pbes2(scrypt(1048576n, 8n, 1n), AES256))],
  [
    'pbes1-block',
    /multiple of 8/,
    () => {
      const parameters = derSequence(derOctets(Buffer.alloc(8)), derInteger(1n));
      const scheme = derSequence(derOid('1.2.840.113549.1.5.3'), parameters);
      const file = derSequence(scheme, derOctets(Buffer.alloc(7)));
      return open(pemFile('ENCRYPTED PRIVATE KEY', file));
    },
  ],
];
