/** OpenSSH containers and public halves. */
import { derSequence } from '../../../src/convert/der.js';
import { describeKey, publicKeyBlob } from '../../../src/convert/index.js';
import { writeOpensshFields } from '../../../src/convert/private-fields.js';
import { wireMpint, wireString, wireUint32 } from '../../../src/convert/wire.js';
import { opensshSection, pemFile } from '../craft.js';

import {
  ED25519,
  RSA,
  EC,
  OTHER,
  blob,
  openssh,
  opensshFields,
  encryptedOpenssh,
  read,
  open,
  cut,
  type Failure,
} from './material.js';

export const OPENSSH_FAILURES: Failure[] = [
  // OpenSSH
  ['openssh-magic', /openssh-key-v2/, () => read(openssh({ magic: 'openssh-key-v2\0' }))],
  ['openssh-keys', /holds 2 keys/, () => read(openssh({ keys: 2 }))],
  ['openssh-cipher', /"rot13"/, () => open(encryptedOpenssh('rot13', 1))],
  ['openssh-kdf', /"md5"/, () => read(openssh({ cipher: 'aes256-ctr', kdf: 'md5' }))],
  ['openssh-salt', /0 bytes/, () => open(encryptedOpenssh('aes256-ctr', 1, Buffer.alloc(0)))],
  ['openssh-rounds', /101 rounds/, () => open(encryptedOpenssh('aes256-ctr', 101))],
  [
    'openssh-block',
    /7 bytes, no multiple of 16/,
    () => {
      const kdfOptions = blob(wireString(Buffer.alloc(16)), wireUint32(1));
      const section = Buffer.alloc(7);
      return open(openssh({ cipher: 'aes256-ctr', kdf: 'bcrypt', kdfOptions, section }));
    },
  ],
  [
    'openssh-check',
    /check numbers/,
    () =>
      read(openssh({ section: opensshSection(writeOpensshFields(ED25519), { checks: [1, 2] }) })),
  ],
  [
    'openssh-padding',
    /padding 1, 2, 3/,
    () =>
      read(
        openssh({
          section: opensshSection(writeOpensshFields(ED25519), { padding: Buffer.of(1, 3) }),
        }),
      ),
  ],
  ['openssh-halves', /another key/, () => read(openssh({ publicBlob: publicKeyBlob(OTHER) }))],
  ['field-cut', /99 bytes announced/, () => read(openssh({ publicBlob: wireUint32(99) }))],
  ['fields-left', /2 more bytes follow/, () => read(openssh({ tail: Buffer.alloc(2) }))],
  [
    'number-negative',
    /negative/,
    () => read(opensshFields(RSA, wireString(Buffer.of(0x80)), wireMpint(3n))),
  ],
  [
    'eddsa-pair',
    /does not end with its public key/,
    () =>
      read(opensshFields(ED25519, wireString(ED25519.public.point), wireString(Buffer.alloc(64)))),
  ],
  // Public halves
  [
    'algorithm-hardware',
    /security key/,
    () => read(openssh({ publicBlob: wireString('sk-ssh-ed25519@openssh.com') })),
  ],
  [
    'algorithm-certificate',
    /certificate/,
    () => read(openssh({ publicBlob: wireString('ssh-ed25519-cert-v01@openssh.com') })),
  ],
  [
    'algorithm-post-quantum',
    /post-quantum/,
    () => read(openssh({ publicBlob: wireString('ssh-mldsa44-ed25519@openssh.com') })),
  ],
  [
    'algorithm-unknown',
    /unknown type "ssh-foo\?"/,
    () => read(openssh({ publicBlob: wireString('ssh-foo\n') })),
  ],
  [
    'curve-name',
    /names the curve "nistp384"/,
    () =>
      read(
        openssh({
          publicBlob: blob(
            wireString('ecdsa-sha2-nistp256'),
            wireString('nistp384'),
            wireString(EC.public.point),
          ),
        }),
      ),
  ],
  [
    'point-size',
    /31 bytes; ssh-ed25519 has 32/,
    () =>
      read(openssh({ publicBlob: blob(wireString('ssh-ed25519'), wireString(Buffer.alloc(31))) })),
  ],
  [
    'point-form',
    /first byte 5, not 4/,
    () =>
      read(
        openssh({
          publicBlob: blob(
            wireString('ecdsa-sha2-nistp256'),
            wireString('nistp256'),
            wireString(Buffer.alloc(65, 5)),
          ),
        }),
      ),
  ],
  [
    'public-rfc4716-cut',
    /END SSH2/,
    () => describeKey(Buffer.from(cut('public-rfc4716', '---- END', ''))),
  ],
  [
    'public-pem-content',
    /no.* form for|nothing that SSH/,
    () => describeKey(pemFile('PUBLIC KEY', derSequence())),
  ],
];
