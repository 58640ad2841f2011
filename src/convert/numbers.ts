/** Unsigned big-endian integers as bigints, and the little modular arithmetic that keys need. */

/** Reads unsigned big-endian bytes; no bytes are zero. */
export function bytesToNumber(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

/**
 * Writes `value` (not negative) as unsigned big-endian bytes, without leading zeros unless `length`
 * (bytes) asks for a fixed width. The value must fit.
 */
export function numberToBytes(value: bigint, length = 0): Buffer {
  const digits = value === 0n ? '' : value.toString(16);
  const hex = digits.length % 2 === 1 ? `0${digits}` : digits;
  return Buffer.from(hex.padStart(length * 2, '0'), 'hex');
}

/** Number of bits of `value`, which is not negative; 0 for 0. */
export function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

/** `value`⁻¹ mod `modulus` by the extended Euclidean algorithm, or `null` where there is none. */
export function inverse(value: bigint, modulus: bigint): bigint | null {
  let [oldRest, rest] = [value % modulus, modulus];
  let [oldFactor, factor] = [1n, 0n];
  while (rest !== 0n) {
    const quotient = oldRest / rest;
    [oldRest, rest] = [rest, oldRest - quotient * rest];
    [oldFactor, factor] = [factor, oldFactor - quotient * factor];
  }
  if (oldRest !== 1n) return null;
  return oldFactor < 0n ? oldFactor + modulus : oldFactor;
}

/** `base`^`exponent` mod `modulus` by squaring; `exponent` is not negative. */
export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}
