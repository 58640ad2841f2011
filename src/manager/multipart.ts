/** The longest boundary, in characters (RFC 2046, section 5.1.1). */
const MAX_BOUNDARY = 70;

/**
 * The body of the first part of a multipart answer, or `undefined` where it cannot be read
 * (RFC 2046, section 5.1.1; protocol section 5 shows how the manager writes it).
 */
export function firstPart(contentType: string, body: Buffer): Buffer | undefined {
  const match = /^multipart\/[^;]+;.*?\bboundary=(?:"([^"]+)"|([^\s;]+))/iu.exec(contentType);
  const boundary = match?.[1] ?? match?.[2] ?? '';
  if (boundary === '' || boundary.length > MAX_BOUNDARY) return undefined;
  const delimiter = `--${boundary}`;
  const start = body.indexOf(`${delimiter}\r\n`, 0, 'latin1');
  if (start === -1) return undefined;
  // The empty line that ends the headers may follow the delimiter at once.
  const headers = start + delimiter.length;
  const blank = body.indexOf('\r\n\r\n', headers, 'latin1');
  if (blank === -1) return undefined;
  const content = blank + 4;
  const end = body.indexOf(`\r\n${delimiter}`, content, 'latin1');
  return end === -1 ? undefined : body.subarray(content, end);
}
