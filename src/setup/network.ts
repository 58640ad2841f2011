import { X509Certificate } from 'node:crypto';
import { BaiError } from '../errors.js';
import type { ClientOptions } from '../manager/client.js';
import { readInputIfExists } from '../platform/read-file.js';
import type { FoundValue } from './credentials.js';
import type { Workspace } from './workspace.js';

/**
 * What every client of the manager is made with: proxies, trust, and who hears of it. Where certificates
 * are not checked the person is told, each time.
 *
 * @param skipCertificateCheck who besides `--insecure` says that certificates are not to be checked
 * @throws BaiError `ca-file-missing`, `ca-file-invalid`
 */
export async function clientOptions(
  { log, notice, machine, network }: Workspace,
  skipCertificateCheck: FoundValue | undefined,
): Promise<ClientOptions> {
  const { proxy, caFile } = network;
  const insecure = network.insecure || skipCertificateCheck !== undefined;
  if (insecure) {
    const why = network.insecure
      ? '--insecure'
      : `BACKEND_SKIP_SSLCERT_VALIDATION, ${skipCertificateCheck?.origin ?? ''}`;
    notice(
      `certificates are not checked (${why}): whoever is on the way can read the keys and change what is transferred; --ca FILE is the safe way`,
    );
  }
  return {
    log,
    notice,
    env: machine.env,
    ...(proxy === undefined ? {} : { proxy }),
    ...(caFile === undefined ? {} : { ca: await readAuthorities(caFile, machine.env) }),
    ...(insecure ? { insecure } : {}),
  };
}

/** Node forgets NODE_EXTRA_CA_CERTS where it is given authorities, before it can tell them (22.15). */
async function readAuthorities(
  caFile: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string[]> {
  const extra = await readInputIfExists(env['NODE_EXTRA_CA_CERTS'] ?? '').catch(() => null);
  const bytes = await readInputIfExists(caFile);
  if (bytes === null) {
    throw new BaiError(
      'ca-file-missing',
      `there is no file ${caFile}`,
      'give --ca the path of the PEM file with the certificate of the authority',
    );
  }
  const pem = bytes.toString('utf8');
  try {
    new X509Certificate(pem);
  } catch (cause) {
    throw new BaiError(
      'ca-file-invalid',
      `${caFile} holds no certificate in PEM form`,
      'it has to begin with -----BEGIN CERTIFICATE-----; export it as "Base-64 encoded X.509"',
      { cause },
    );
  }
  return extra === null ? [pem] : [pem, extra.toString('utf8')];
}
