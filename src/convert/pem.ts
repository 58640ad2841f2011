/** The textual encoding around keys: RFC 7468, and the headers of RFC 1421 that OpenSSL writes. */
import { COPY_AGAIN, KeyError } from './errors.js';
import { lines } from './text.js';

export interface Pem {
  /** `Proc-Type`, `DEK-Info`, …; names as in the file. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/**
 * Decodes a PEM block that starts at BEGIN and ends at END. Blanks at line ends, indentation and
 * blank lines are tolerated.
 * @param title the container, for error texts.
 * @throws KeyError `pem-line`, or as `decodeBase64`.
 */
export function decodePem(text: string, title: string): Pem {
  const inner = lines(text)
    .slice(1, -1)
    .map((line) => line.trim());
  const headers = new Map<string, string>();
  let at = 0;
  for (; at < inner.length; at += 1) {
    const header = /^([A-Za-z-]{1,39}):\s*(.*)$/.exec(inner[at] ?? '');
    if (header?.[1] === undefined || header[2] === undefined) break;
    headers.set(header[1], header[2]);
  }
  const bad = inner.findIndex((line, index) => index >= at && !/^[A-Za-z0-9+/=]*$/.test(line));
  if (bad >= 0) {
    throw new KeyError(
      'pem-line',
      `line ${bad + 2} of the ${title} is not base64`,
      'copy the file again as it is, from the first BEGIN to the last END, without editing it',
    );
  }
  return { headers, body: decodeBase64(inner.slice(at).join(''), title) };
}

/**
 * Decodes base64 without blanks.
 * @throws KeyError `base64-empty`, `base64-cut`.
 */
export function decodeBase64(base64: string, title: string): Buffer {
  if (base64 === '') {
    throw new KeyError('base64-empty', `the ${title} has no content`, COPY_AGAIN);
  }
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) {
    throw new KeyError(
      'base64-cut',
      `the base64 text of the ${title} is incomplete (${base64.length} characters)`,
      COPY_AGAIN,
    );
  }
  return Buffer.from(base64, 'base64');
}

/**
 * Writes a PEM block with LF line ends, the last included.
 * @param columns base64 characters a line: 64 (RFC 7468, section 2), or 70 as ssh-keygen has it.
 */
export function encodePem(label: string, body: Uint8Array, columns = 64): string {
  const base64 = splitLines(Buffer.from(body).toString('base64'), columns);
  return [`-----BEGIN ${label}-----`, ...base64, `-----END ${label}-----`, ''].join('\n');
}

/** Cuts a text into pieces of `columns` characters, the last one shorter. */
export function splitLines(text: string, columns: number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += columns) pieces.push(text.slice(at, at + columns));
  return pieces;
}
