/**
 * PuTTY and FileZilla leave out the leading zeros of an RSA signature, as RFC 4253 section 6.6 asks;
 * dropbear takes none that is shorter than the modulus (`buf_rsa_verify`). So with an RSA key one login
 * in 128 to 256 fails, whoever wrote the key file, and the next one works.
 */
const shortSignature = 'Server refused public-key signature despite accepting key';

/** Runs a client, and once more where its signature happened to be a short one. */
export async function withFullSignature<T>(
  run: () => Promise<T>,
  output: (result: T) => string,
): Promise<T> {
  const result = await run();
  return output(result).includes(shortSignature) ? await run() : result;
}
