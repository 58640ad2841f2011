/** The only key type inside: what every reader makes and every writer takes. */
import { inspect } from 'node:util';

/** Algorithm names as in the public key blob (RFC 4253, 5656, 8709). */
export type Algorithm = keyof PublicParts;
export type CurveAlgorithm = Extract<Algorithm, `ecdsa-${string}`>;
export type EdwardsAlgorithm = 'ssh-ed25519' | 'ssh-ed448';

interface EcdsaPublic {
  /** The public point uncompressed: 04, X, Y (SEC 1, section 2.3.3), 65, 97 or 133 bytes. */
  readonly point: Buffer;
}

interface EdwardsPublic {
  /** The encoded public point (RFC 8032): 32 bytes (Ed25519) or 57 bytes (Ed448). */
  readonly point: Buffer;
}

interface EcdsaPrivate {
  /** The secret scalar, 1 to group order - 1. */
  readonly d: bigint;
}

interface EdwardsPrivate {
  /** The RFC 8032 private key: 32 bytes (Ed25519) or 57 bytes (Ed448). */
  readonly seed: Buffer;
}

export interface PublicParts {
  readonly 'ssh-rsa': { readonly e: bigint; readonly n: bigint };
  readonly 'ssh-dss': {
    readonly p: bigint;
    readonly q: bigint;
    readonly g: bigint;
    readonly y: bigint;
  };
  readonly 'ecdsa-sha2-nistp256': EcdsaPublic;
  readonly 'ecdsa-sha2-nistp384': EcdsaPublic;
  readonly 'ecdsa-sha2-nistp521': EcdsaPublic;
  readonly 'ssh-ed25519': EdwardsPublic;
  readonly 'ssh-ed448': EdwardsPublic;
}

export interface PrivateParts {
  /** Always p > q and iqmp = q⁻¹ mod p, whatever the container said; d as in the container. */
  readonly 'ssh-rsa': {
    readonly d: bigint;
    readonly p: bigint;
    readonly q: bigint;
    readonly iqmp: bigint;
  };
  readonly 'ssh-dss': { readonly x: bigint };
  readonly 'ecdsa-sha2-nistp256': EcdsaPrivate;
  readonly 'ecdsa-sha2-nistp384': EcdsaPrivate;
  readonly 'ecdsa-sha2-nistp521': EcdsaPrivate;
  readonly 'ssh-ed25519': EdwardsPrivate;
  readonly 'ssh-ed448': EdwardsPrivate;
}

/** The public half of a key with its algorithm; a union to narrow by `algorithm`. */
export type PublicHalf = {
  [A in Algorithm]: { readonly algorithm: A; readonly public: PublicParts[A] };
}[Algorithm];

/** Both halves as plain data; a union to narrow by `algorithm`. Not yet checked. */
export type KeyMaterial = {
  [A in Algorithm]: {
    readonly algorithm: A;
    readonly public: PublicParts[A];
    readonly private: PrivateParts[A];
  };
}[Algorithm];

/**
 * A private key whose halves are known to belong together. The private parts are a getter on the
 * class: `console.log`, `util.inspect` and `JSON.stringify` show none of them.
 */
class Key<A extends Algorithm> {
  readonly algorithm: A;
  readonly public: PublicParts[A];
  /**
   * The comment's bytes, in whatever character set the container had; `null` where the container
   * has no place for one (PEM), which is not the same as an empty comment.
   */
  readonly comment: Buffer | null;
  readonly #private: PrivateParts[A];

  constructor(
    algorithm: A,
    publicParts: PublicParts[A],
    privateParts: PrivateParts[A],
    comment: Buffer | null,
  ) {
    this.algorithm = algorithm;
    this.public = publicParts;
    this.#private = privateParts;
    this.comment = comment;
  }

  get private(): PrivateParts[A] {
    return this.#private;
  }

  toJSON(): { algorithm: A; comment: string | null } {
    return {
      algorithm: this.algorithm,
      comment: this.comment === null ? null : commentText(this.comment),
    };
  }

  [inspect.custom](): string {
    return `PrivateKey { algorithm: '${this.algorithm}', private: [hidden] }`;
  }
}

/** A checked private key; a union to narrow by `algorithm`. Made by `readPrivateKey`. */
export type PrivateKey = { [A in Algorithm]: Key<A> }[Algorithm];

/** Makes a key of material that has been checked (see `checkedKey`); no other file calls this. */
export function makeKey(material: KeyMaterial, comment: Buffer | null): PrivateKey {
  const { algorithm, public: publicParts, private: privateParts } = material;
  // The compiler cannot see that the three parts of the union vary together.
  return new Key(algorithm, publicParts, privateParts, comment) as PrivateKey;
}

/** A comment's bytes as text: UTF-8 where they are that, otherwise one character a byte. */
export function commentText(comment: Buffer): string {
  const text = comment.toString('utf8');
  return text.includes('\uFFFD') ? comment.toString('latin1') : text;
}
