/** Reads files that hold the public half only: OpenSSH lines, RFC 4716, PEM. */
import { COPY_AGAIN, KeyError } from './errors.js';
import { decodeBase64 } from './pem.js';
import { publicKeyBlob, readPublicBlob, type PublicKey } from './public-key.js';
import { keyText, lines } from './text.js';

/** What kind of public file it is, as people call it. */
type PublicFormat = 'OpenSSH public key' | 'RFC 4716 public key' | 'PEM public key';

interface PublicFile {
  readonly format: PublicFormat;
  readonly publicKey: PublicKey;
}

/**
 * Reads a file that `findContainer` has refused as a public half.
 * @param code of that refusal: `public-openssh`, `public-rfc4716` or `public-pem`.
 * @throws KeyError `public-…`, or as `readPublicBlob`.
 */
export async function readPublicFile(bytes: Uint8Array, code: string): Promise<PublicFile> {
  const text = keyText(bytes);
  if (code === 'public-pem') return { format: 'PEM public key', publicKey: await readPem(text) };
  if (code === 'public-rfc4716') {
    return { format: 'RFC 4716 public key', publicKey: readRfc4716(text) };
  }
  return { format: 'OpenSSH public key', publicKey: readLine(text) };
}

/** sshd(8), AUTHORIZED_KEYS FILE FORMAT: options, type, base64 and comment; the first key counts. */
function readLine(text: string): PublicKey {
  const match =
    /(?:ssh|ecdsa|sk)-[a-z0-9@.-]{1,60} (AAAA[A-Za-z0-9+/]*={0,2})(?:[ \t]+([^\r\n]*))?/.exec(text);
  return publicKeyOf(match?.[1] ?? '', 'OpenSSH public key', match?.[2]?.trim() ?? '');
}

/** RFC 4716, section 3: headers, which a backslash continues, then base64. */
function readRfc4716(text: string): PublicKey {
  const all = lines(text).map((line) => line.trim());
  const begin = all.findIndex((line) => line.includes('---- BEGIN SSH2 PUBLIC KEY ----'));
  const end = all.findIndex((line) => line.includes('---- END SSH2 PUBLIC KEY ----'));
  if (end < begin) {
    throw new KeyError(
      'public-rfc4716-cut',
      'the RFC 4716 public key has no line ---- END SSH2 PUBLIC KEY ----',
      COPY_AGAIN,
    );
  }
  const inner = all
    .slice(begin + 1, end)
    .join('\n')
    .replaceAll('\\\n', '')
    .split('\n');
  const headers = inner.filter((line) => line.includes(':'));
  const comment = headers.find((line) => /^comment:/i.test(line))?.slice('comment:'.length) ?? '';
  const base64 = inner.filter((line) => !line.includes(':')).join('');
  return publicKeyOf(base64, 'RFC 4716 public key', comment.trim().replace(/^"(.*)"$/, '$1'));
}

/** SubjectPublicKeyInfo (RFC 5280) or RSAPublicKey (PKCS #1). */
async function readPem(text: string): Promise<PublicKey> {
  const { default: sshpk } = await import('sshpk');
  const block = /-----BEGIN (RSA )?PUBLIC KEY-----[^-]*-----END (RSA )?PUBLIC KEY-----/.exec(text);
  let blob: Buffer;
  try {
    blob = sshpk.parseKey(block?.[0] ?? '', 'pem').toBuffer('rfc4253');
  } catch (cause) {
    throw new KeyError(
      'public-pem-content',
      'the PEM public key holds nothing that SSH has a form for',
      'give an RSA, EC (P-256, P-384, P-521) or Ed25519 public key',
      { cause },
    );
  }
  return canonical(blob, 'PEM public key', '');
}

function publicKeyOf(base64: string, title: string, comment: string): PublicKey {
  return canonical(decodeBase64(base64, title), title, comment);
}

function canonical(blob: Buffer, title: string, comment: string): PublicKey {
  const half = readPublicBlob(blob, title);
  return {
    algorithm: half.algorithm,
    blob: publicKeyBlob(half),
    comment: comment === '' ? null : Buffer.from(comment, 'latin1'),
  };
}
