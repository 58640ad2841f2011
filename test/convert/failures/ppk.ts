/** PuTTY keys. */

import { ppk, argon2Ppk, read, open, type Failure } from './material.js';

export const PPK_FAILURES: Failure[] = [
  ['ppk-first-line', /first line/, () => read('PuTTY-User-Key-File-x: ssh-rsa\n')],
  ['ppk-version-1', /version 1/, () => read(ppk({ version: '1' }))],
  ['ppk-version', /version 4/, () => read(ppk({ version: '4' }))],
  ['ppk-encryption', /"rot13"/, () => read(ppk({ encryption: 'rot13' }))],
  ['ppk-cut', /ends after line 2/, () => read('PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none')],
  ['ppk-header', /line 3 .* Comment/, () => read(ppk().toString().replace('Comment', 'Remark'))],
  [
    'ppk-number',
    /line 4 .*Public-Lines/,
    () =>
      read(
        ppk()
          .toString()
          .replace(/Public-Lines: \d+/, 'Public-Lines: x'),
      ),
  ],
  ['ppk-hex', /Private-MAC/, () => read(ppk({ mac: 'xyz' }))],
  ['ppk-mac-length', /2 bytes, not 20/, () => read(ppk({ mac: '0011' }))],
  ['ppk-mac', /was changed/, () => read(ppk().toString().replace('Comment: c', 'Comment: d'))],
  ['ppk-algorithm', /"ssh-rsa" .* holds ssh-ed25519/, () => read(ppk({ algorithm: 'ssh-rsa' }))],
  [
    'ppk-block',
    /7 bytes, no multiple of 16/,
    () => read(ppk({ encryption: 'aes256-cbc', privateBlob: Buffer.alloc(7) })),
  ],
  ['ppk-derivation', /"Argon3"/, () => open(argon2Ppk(8192, 1, 'Argon3'))],
  ['ppk-argon2-memory', /1048576 KiB/, () => open(argon2Ppk(1048576, 1))],
  ['ppk-argon2-work', /1000 passes/, () => open(argon2Ppk(8192, 1000))],
];
