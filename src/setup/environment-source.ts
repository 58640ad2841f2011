import { credentialsFromEnv } from '../manager/environment.js';
import type { CredentialName, CredentialSource } from './credentials.js';

/** The ends of the variables' names, which begin with `BACKEND_`, or `SORNA_` (protocol section 7.1). */
const ENDS = {
  endpoint: 'ENDPOINT',
  mode: 'ENDPOINT_TYPE',
  accessKey: 'ACCESS_KEY',
  secretKey: 'SECRET_KEY',
  skipCertificateCheck: 'SKIP_SSLCERT_VALIDATION',
} as const satisfies Partial<Record<CredentialName, string>>;

/**
 * What the environment, or a `.env` file, says of credentials.
 *
 * @param origin which of both it is, for people
 */
export function environmentSource(
  origin: string,
  env: Readonly<Record<string, string | undefined>>,
): CredentialSource {
  const { endpoints, mode, accessKey, secretKey, skipCertificateCheck } = credentialsFromEnv(env);
  const variables = Object.fromEntries(
    Object.entries(ENDS).flatMap(([name, end]) => {
      const variable = [`BACKEND_${end}`, `SORNA_${end}`].find((one) => env[one] !== undefined);
      return variable === undefined ? [] : [[name, variable] as const];
    }),
  ) as CredentialSource['values'];
  return {
    origin,
    variables,
    values: {
      // Defaults are left out: a value that another source names comes first.
      ...(variables.endpoint === undefined ? {} : { endpoint: endpoints.join(',') }),
      ...(variables.mode === undefined ? {} : { mode }),
      ...(accessKey === undefined ? {} : { accessKey }),
      ...(secretKey === undefined ? {} : { secretKey }),
      ...(skipCertificateCheck ? { skipCertificateCheck: 'yes' } : {}),
    },
  };
}
