/** Key containers made by hand, to be wrong in one place. */
import { createHash, createHmac } from 'node:crypto';
import { encodePem, splitLines } from '../../src/convert/pem.js';
import { wireString, wireUint32 } from '../../src/convert/wire.js';

export interface OpensshParts {
  magic?: string;
  cipher?: string;
  kdf?: string;
  kdfOptions?: Buffer;
  keys?: number;
  publicBlob: Buffer;
  section: Buffer;
  tail?: Buffer;
}

export function opensshFile(parts: OpensshParts): Buffer {
  const { magic = 'openssh-key-v1\0', cipher = 'none', kdf = 'none', keys = 1 } = parts;
  const body = [
    Buffer.from(magic),
    wireString(cipher),
    wireString(kdf),
    wireString(parts.kdfOptions ?? ''),
    wireUint32(keys),
    wireString(parts.publicBlob),
    wireString(parts.section),
    parts.tail ?? Buffer.alloc(0),
  ];
  return Buffer.from(encodePem('OPENSSH PRIVATE KEY', Buffer.concat(body), 70));
}

/** The private section without encryption. */
export function opensshSection(
  fields: Buffer,
  {
    checks = [7, 7],
    comment = '',
    padding,
  }: { checks?: number[]; comment?: string; padding?: Buffer } = {},
): Buffer {
  const body = Buffer.concat([...checks.map(wireUint32), fields, wireString(comment)]);
  const missing = (8 - (body.length % 8)) % 8;
  const right = Buffer.from(Array.from({ length: missing }, (_, index) => index + 1));
  return Buffer.concat([body, padding ?? right]);
}

export function pemFile(label: string, der: Buffer): Buffer {
  return Buffer.from(encodePem(label, der));
}

interface PpkParts {
  version?: string;
  algorithm: string;
  encryption?: string;
  comment?: string;
  publicBlob: Buffer;
  privateBlob: Buffer;
  kdf?: string[];
  mac?: string;
}

/** An unencrypted PPK of version 2 with a right MAC, unless a part says otherwise. */
export function ppkFile(parts: PpkParts): Buffer {
  const { version = '2', algorithm, encryption = 'none', comment = 'c', kdf = [] } = parts;
  const { publicBlob, privateBlob } = parts;
  const macKey = createHash('sha1').update('putty-private-key-file-mac-key').digest();
  const mac = createHmac('sha1', macKey);
  for (const field of [algorithm, encryption, comment, publicBlob, privateBlob]) {
    mac.update(wireString(field));
  }
  const blob = (name: string, bytes: Buffer) => {
    const lines = splitLines(bytes.toString('base64'), 64);
    return [`${name}-Lines: ${lines.length}`, ...lines];
  };
  return Buffer.from(
    [
      `PuTTY-User-Key-File-${version}: ${algorithm}`,
      `Encryption: ${encryption}`,
      `Comment: ${comment}`,
      ...blob('Public', publicBlob),
      ...kdf,
      ...blob('Private', privateBlob),
      `Private-MAC: ${parts.mac ?? mac.digest('hex')}`,
      '',
    ].join('\n'),
  );
}
