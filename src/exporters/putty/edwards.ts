/**
 * The x coordinate of an encoded point on the curves of Ed25519 and Ed448 (RFC 8032, sections 5.1.3
 * and 5.2.3). PuTTY's host key cache holds both coordinates, a public key only y and one bit of x.
 */

/** `a·x² + y² = 1 + d·x²·y²` over the field of the prime `p`. */
interface Curve {
  /** Bytes of an encoded point: y, little-endian, and the parity of x in the top bit. */
  readonly size: number;
  readonly p: bigint;
  readonly a: bigint;
  readonly d: bigint;
}

/** RFC 8032, section 5.1, table 1. */
export const edwards25519: Curve = {
  size: 32,
  p: 2n ** 255n - 19n,
  a: -1n,
  d: 37095705934669439343138083508754565189542113879843219016388785533085940283555n,
};

/** RFC 8032, section 5.2, table 2. */
export const edwards448: Curve = {
  size: 57,
  p: 2n ** 448n - 2n ** 224n - 1n,
  a: 1n,
  d: -39081n,
};

const mod = (value: bigint, p: bigint): bigint => ((value % p) + p) % p;

function power(base: bigint, exponent: bigint, p: bigint): bigint {
  let result = 1n;
  let square = mod(base, p);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % p;
    square = (square * square) % p;
  }
  return result;
}

/** A square root modulo p, for p ≡ 3 (mod 4) and p ≡ 5 (mod 8); `null` where there is none. */
function squareRoot(value: bigint, p: bigint): bigint | null {
  const candidates =
    p % 4n === 3n
      ? [power(value, (p + 1n) / 4n, p)]
      : [1n, power(2n, (p - 1n) / 4n, p)].map((c) => mod(c * power(value, (p + 3n) / 8n, p), p));
  return candidates.find((root) => mod(root * root - value, p) === 0n) ?? null;
}

/** Both coordinates of an encoded point; `null` where the bytes are not a point of the curve. */
export function decodePoint(curve: Curve, encoded: Buffer): { x: bigint; y: bigint } | null {
  if (encoded.length !== curve.size) return null;
  const number = BigInt(`0x${Buffer.from(encoded).reverse().toString('hex')}`);
  const topBit = BigInt(curve.size * 8 - 1);
  const odd = number >> topBit;
  const y = number & ((1n << topBit) - 1n);
  if (y >= curve.p) return null;
  const { p, a, d } = curve;
  const inverse = power(mod(a - d * y * y, p), p - 2n, p);
  const x = squareRoot(mod((1n - y * y) * inverse, p), p);
  if (x === null || (x === 0n && odd === 1n)) return null;
  return { x: (x & 1n) === odd ? x : p - x, y };
}
