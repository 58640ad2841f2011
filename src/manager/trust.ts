import tls from 'node:tls';

/** Whom TLS trusts; what is absent is as usual. */
export type Trust = Pick<tls.ConnectionOptions, 'secureContext' | 'rejectUnauthorized'>;

/** By the authorities that are trusted as well: to read all of them takes tens of milliseconds. */
const contexts = new WeakMap<readonly string[], tls.SecureContext>();

/**
 * @param ca further certificate authorities, each as PEM
 * @param insecure any certificate will do
 */
export function trustOf(ca: readonly string[] | undefined, insecure: boolean): Trust {
  return {
    ...(ca === undefined ? {} : { secureContext: contextWith(ca) }),
    ...(insecure ? { rejectUnauthorized: false } : {}),
  };
}

function contextWith(ca: readonly string[]): tls.SecureContext {
  const context =
    contexts.get(ca) ?? tls.createSecureContext({ ca: [...authorities('default'), ...ca] });
  contexts.set(ca, context);
  return context;
}

/**
 * The authorities that the runtime trusts by default (naming another one replaces these), or those of
 * the operating system, as far as it can tell: from Node 22.15 on.
 */
export function authorities(store: 'default' | 'system'): readonly string[] {
  const { getCACertificates } = tls as { getCACertificates?: (store: string) => string[] };
  if (getCACertificates !== undefined) return getCACertificates(store);
  return store === 'default' ? tls.rootCertificates : [];
}
