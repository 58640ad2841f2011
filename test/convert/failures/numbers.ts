/** Numbers that do not belong together. */
import { derOctets, derOid } from '../../../src/convert/der.js';
import { writePpkPrivate } from '../../../src/convert/private-fields.js';
import { wireMpint, wireString } from '../../../src/convert/wire.js';

import {
  EC,
  OTHER,
  opensshFields,
  rsaNumbers,
  pkcs1,
  dsaNumbers,
  dsa,
  pkcs8,
  ppk,
  read,
  type Failure,
} from './material.js';

export const NUMBERS_FAILURES: Failure[] = [
  ['rsa-size', /8 bits/, () => read(pkcs1({ n: 255n }))],
  ['rsa-modulus', /do not multiply/, () => read(pkcs1({ p: rsaNumbers.p + 2n }))],
  ['rsa-exponents', /exponents/, () => read(pkcs1({ d: rsaNumbers.d + 2n }))],
  [
    'rsa-primes',
    /common factor/,
    () => {
      const { p, e } = rsaNumbers;
      const d = rsaNumbers.d % (p - 1n);
      return read(pkcs1({ n: p * p, p, q: p, d, e }));
    },
  ],
  ['dsa-size', /8 bits/, () => read(dsa({ p: 255n }))],
  ['dsa-order-size', /order q/, () => read(dsa({ q: 255n }))],
  ['dsa-group', /do not form a group/, () => read(dsa({ g: dsaNumbers.g + 1n }))],
  ['dsa-mismatch', /does not belong/, () => read(dsa({ x: dsaNumbers.x + 1n }))],
  [
    'ecdsa-range',
    /between 1 and the order/,
    () =>
      read(opensshFields(EC, wireString('nistp256'), wireString(EC.public.point), wireMpint(0n))),
  ],
  [
    'ecdsa-mismatch',
    /another public point/,
    () =>
      read(
        opensshFields(
          EC,
          wireString('nistp256'),
          wireString(EC.public.point),
          wireMpint(EC.private.d - 1n),
        ),
      ),
  ],
  [
    'ecdsa-off-curve',
    /not on nistp256/,
    () =>
      read(
        opensshFields(
          EC,
          wireString('nistp256'),
          wireString(Buffer.alloc(65, 4)),
          wireMpint(EC.private.d),
        ),
      ),
  ],
  [
    'eddsa-size',
    /31 bytes; ssh-ed25519 has 32/,
    () => read(pkcs8([derOid('1.3.101.112')], derOctets(Buffer.alloc(31)))),
  ],
  [
    'eddsa-mismatch',
    /another public key/,
    () => read(ppk({ privateBlob: writePpkPrivate(OTHER) })),
  ],
];
