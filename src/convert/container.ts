/** Finds the one key container in a file, whatever is around it, or says what the file is instead. */
import { COPY_AGAIN, KeyError } from './errors.js';
import { keyText, lines } from './text.js';

/** What can hold a private key, and what we call it in front of people. */
const PEM_CONTAINERS = {
  'RSA PRIVATE KEY': 'PKCS#1 RSA key',
  'EC PRIVATE KEY': 'SEC1 EC key',
  'DSA PRIVATE KEY': 'OpenSSL DSA key',
  'PRIVATE KEY': 'PKCS#8 key',
  'ENCRYPTED PRIVATE KEY': 'encrypted PKCS#8 key',
  'OPENSSH PRIVATE KEY': 'OpenSSH private key',
} as const;

type PemLabel = keyof typeof PEM_CONTAINERS;

export type Container =
  | {
      readonly kind: 'pem';
      readonly label: PemLabel;
      /** What people call it, for error texts. */
      readonly title: string;
      /** From the first dash of BEGIN to the last dash of END; line ends as in the file. */
      readonly text: string;
    }
  | {
      readonly kind: 'ppk';
      readonly title: string;
      /** From `PuTTY-User-Key-File-` on; one character a byte. */
      readonly text: string;
    };

const PEM_BEGIN = /-----BEGIN ([A-Z0-9][A-Z0-9 ]{0,60})-----/g;
const PPK_BEGIN = /(?:^|[\r\n\0])(PuTTY-User-Key-File-)/g;

/**
 * Finds the private key container: in the middle of a tar, after junk, with any byte order mark.
 * @throws KeyError `several-keys`, `pem-cut`, and one code for each thing that is no private key.
 */
export function findContainer(bytes: Uint8Array): Container {
  const text = keyText(bytes);
  const pems = [...text.matchAll(PEM_BEGIN)].filter(({ 1: label = '' }) => isPemLabel(label));
  const ppks = [...text.matchAll(PPK_BEGIN)];
  if (pems.length + ppks.length > 1) {
    const names = [...pems.map(({ 1: label = '' }) => label), ...ppks.map(() => 'PuTTY key')];
    throw new KeyError(
      'several-keys',
      `the input holds ${names.length} private keys: ${names.slice(0, 5).join(', ')}`,
      'save the one to use in a file of its own',
    );
  }
  const [ppk] = ppks;
  if (ppk) {
    const start = text.indexOf('PuTTY', ppk.index);
    return { kind: 'ppk', title: 'PuTTY key', text: text.slice(start) };
  }
  const [pem] = pems;
  if (pem) return cutPem(text, pem.index, pem[1] as PemLabel);
  throw notAPrivateKey(text);
}

function isPemLabel(label: string): label is PemLabel {
  return Object.hasOwn(PEM_CONTAINERS, label);
}

function cutPem(text: string, start: number, label: PemLabel): Container {
  const ending = `-----END ${label}-----`;
  const end = text.indexOf(ending, start);
  if (end < 0) {
    throw new KeyError(
      'pem-cut',
      `the ${PEM_CONTAINERS[label]} has no line ${ending}: the end is missing`,
      COPY_AGAIN,
    );
  }
  const title = PEM_CONTAINERS[label];
  return { kind: 'pem', label, title, text: text.slice(start, end + ending.length) };
}

/** Things that people give instead of a private key: a mark to know each by, and what to say. */
const STRANGERS: readonly (readonly [RegExp, string, string, string])[] = [
  [
    /---- BEGIN SSH2 PUBLIC KEY ----/,
    'public-rfc4716',
    'this is the public half of a key (RFC 4716, as PuTTYgen saves it)',
    'give the private key file; PuTTYgen calls it .ppk',
  ],
  [
    /-----BEGIN (RSA )?PUBLIC KEY-----/,
    'public-pem',
    'this is the public half of a key (PEM)',
    'give the file that begins with BEGIN PRIVATE KEY or BEGIN RSA PRIVATE KEY',
  ],
  [
    /-----BEGIN CERTIFICATE-----/,
    'x509-certificate',
    'this is an X.509 certificate, not a key',
    'give the private key that belongs to it; SSH does not use the certificate',
  ],
  [
    /-----BEGIN PGP /,
    'pgp',
    'this is a PGP block, not an SSH key',
    'give an SSH private key, e.g. id_rsa or id_ed25519',
  ],
  [
    /---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----/,
    'ssh-com',
    'this is a private key of ssh.com (Tectia), which cannot be read here',
    'convert it first: puttygen KEY -O private-openssh -o OUT',
  ],
  [
    /^SSH PRIVATE KEY FILE FORMAT 1\.1/,
    'ssh1',
    'this is a key of SSH version 1, which no server accepts today',
    'make a new key: ssh-keygen -t ed25519',
  ],
  [
    /(?:^|\n)(?:[^\n]*[ \t])?(?:ssh|ecdsa|sk)-[a-z0-9@.-]{1,60} AAAA/,
    'public-openssh',
    'this is the public half of a key (OpenSSH line)',
    'give the private key: the file of the same name without .pub',
  ],
  [
    /^\0\0\0.(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-)/s,
    'dropbear-binary',
    "this is a key in Dropbear's own binary form",
    'convert it first: dropbearconvert dropbear openssh KEY OUT',
  ],
  [
    /^\x30[\x81\x82]/,
    'der-binary',
    'this is binary data that looks like a key in DER',
    'turn it into PEM first: openssl pkey -inform DER -in KEY -out OUT',
  ],
  [
    /^\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype|html)/i,
    'web-page',
    'this is a web page, not a key',
    'download the key file again; the server may have answered with an error page',
  ],
  [
    /^\s*<\?xml/i,
    'xml-file',
    'this is an XML file, not a key',
    'give the key itself, or download it again: servers answer with errors in XML too',
  ],
  [
    /-----BEGIN ([A-Z0-9 ]+)-----/,
    'pem-unknown',
    'this is a PEM file without a private key that SSH can use',
    'give a file that begins with BEGIN OPENSSH PRIVATE KEY, RSA PRIVATE KEY or PRIVATE KEY',
  ],
];

function notAPrivateKey(text: string): KeyError {
  for (const [mark, code, message, hint] of STRANGERS) {
    if (mark.test(text)) return new KeyError(code, message, hint);
  }
  return new KeyError(
    'not-a-key',
    'this holds no private key: neither -----BEGIN nor PuTTY-User-Key-File was found',
    'give an OpenSSH, PEM or PuTTY private key file',
  );
}

/**
 * The text to save as the OpenSSH or PEM key file: the key's own block cut out of whatever was around
 * it, with LF line ends and one at the end, no blanks around lines, otherwise as it was.
 * @throws KeyError as `findContainer`; `no-pem-text` for a PuTTY key, which has to be converted.
 */
export function privateKeyText(bytes: Uint8Array): string {
  const container = findContainer(bytes);
  if (container.kind === 'ppk') {
    throw new KeyError(
      'no-pem-text',
      'a PuTTY key has no OpenSSH or PEM text of its own',
      'convert it: bai-win convert KEY --to openssh',
    );
  }
  const text = lines(container.text).map((line) => line.trim());
  return `${text.join('\n')}\n`;
}
