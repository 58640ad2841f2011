/** What the environment or a `.env` file says about the connection; each part may be missing. */
class EnvironmentCredentials {
  /** In the order to try them; empty where none is named. */
  readonly endpoints: readonly string[];
  readonly mode: 'api' | 'session';
  readonly accessKey: string | undefined;
  /** Whether the site's certificate is to be accepted unchecked. */
  readonly skipCertificateCheck: boolean;
  // Private, so that printing the object does not show it.
  readonly #secretKey: string | undefined;

  constructor(parts: {
    endpoints: readonly string[];
    mode: 'api' | 'session';
    accessKey: string | undefined;
    secretKey: string | undefined;
    skipCertificateCheck: boolean;
  }) {
    this.endpoints = parts.endpoints;
    this.mode = parts.mode;
    this.accessKey = parts.accessKey;
    this.skipCertificateCheck = parts.skipCertificateCheck;
    this.#secretKey = parts.secretKey;
  }

  get secretKey(): string | undefined {
    return this.#secretKey;
  }
}

/**
 * Reads `BACKEND_*`, and `SORNA_*` as their alias, as the Python client does (protocol section 7.1).
 * No defaults: another source may name what is missing here.
 */
export function credentialsFromEnv(
  env: Readonly<Record<string, string | undefined>>,
): EnvironmentCredentials {
  const read = (name: string): string | undefined => {
    const value = (env[`BACKEND_${name}`] ?? env[`SORNA_${name}`] ?? '').trim();
    return value === '' ? undefined : value;
  };
  return new EnvironmentCredentials({
    endpoints: (read('ENDPOINT') ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
    mode: read('ENDPOINT_TYPE')?.toLowerCase() === 'session' ? 'session' : 'api',
    accessKey: read('ACCESS_KEY'),
    secretKey: read('SECRET_KEY'),
    skipCertificateCheck: /^(?:y|yes|t|true|1)$/iu.test(read('SKIP_SSLCERT_VALIDATION') ?? ''),
  });
}
