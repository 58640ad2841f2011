import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BaiError } from '../errors.js';
import { apiClient, type ManagerClient } from '../manager/client.js';
import { ApiCredentials } from '../manager/credentials.js';
import { parseDotEnv } from '../manager/dotenv.js';
import { parseEndpoint } from '../manager/endpoint.js';
import { credentialsFromEnv } from '../manager/environment.js';
import { readFileIfExists } from '../platform/read-file.js';
import {
  credentialsFromConfig,
  findCredentials,
  requireCredentials,
  type CredentialSource,
  type FoundCredentials,
} from './credentials.js';
import type { Workspace } from './workspace.js';

/** What the command line said about the connection. */
export interface ConnectionFlags {
  readonly endpoint: string | undefined;
  readonly accessKey: string | undefined;
}

/** A client of the manager, and whose sessions it shows. */
export interface Manager {
  readonly client: ManagerClient;
  /** Normalised endpoint: part of the identity of every site. */
  readonly endpoint: string;
  readonly accessKey: string;
}

/**
 * Looks for credentials where people keep them: command line, `.env` in this folder or above (it
 * overrides the environment, as in the Python client), environment, config.ini.
 */
export async function lookUpCredentials(
  workspace: Workspace,
  flags: ConnectionFlags,
): Promise<FoundCredentials> {
  const { machine, configFile } = workspace;
  const config = await readFileIfExists(configFile);
  const dotEnv = await findDotEnv(process.cwd());
  const sources: CredentialSource[] = [
    {
      origin: 'command line',
      values: {
        ...(flags.endpoint === undefined ? {} : { endpoint: flags.endpoint }),
        ...(flags.accessKey === undefined ? {} : { accessKey: flags.accessKey }),
      },
    },
  ];
  if (dotEnv !== null) sources.push(environmentSource(dotEnv.path, dotEnv.values));
  sources.push(environmentSource('environment', machine.env));
  if (config !== null) sources.push(credentialsFromConfig(config.toString('utf8'), configFile));
  return findCredentials(sources);
}

/**
 * The client for the credentials that were found.
 *
 * @throws BaiError where some are missing, or name a mode that is not supported
 */
export async function openManager(workspace: Workspace, flags: ConnectionFlags): Promise<Manager> {
  const found = requireCredentials(await lookUpCredentials(workspace, flags));
  if (found.mode === 'session') {
    throw new BaiError(
      'session-mode-unsupported',
      `BACKEND_ENDPOINT_TYPE says "session" (${found.endpoint} is the web console), which bai-win cannot use yet`,
      'use the address of the manager with an access key: set BACKEND_ENDPOINT_TYPE=api, or type: bai-win login',
    );
  }
  return connect(workspace, found);
}

/** @throws BaiError where the endpoint is not an address */
export function connect(
  { log, notice, machine }: Workspace,
  credentials: { endpoint: string; accessKey: string; secretKey: string },
): Manager {
  const [first = '', ...alternates] = credentials.endpoint.split(',').map((part) => part.trim());
  const endpoint = parseEndpoint(first).url;
  const { accessKey, secretKey } = credentials;
  const api = new ApiCredentials({ endpoint, alternates, accessKey, secretKey });
  return { client: apiClient(api, { log, notice, env: machine.env }), endpoint, accessKey };
}

/** The nearest `.env` at or above a folder. */
async function findDotEnv(
  folder: string,
): Promise<{ path: string; values: Record<string, string> } | null> {
  for (let current = folder; ; current = dirname(current)) {
    const path = join(current, '.env');
    // A folder of that name is a Python environment, not settings.
    if (await isFile(path)) {
      const bytes = await readFileIfExists(path);
      if (bytes !== null) return { path, values: parseDotEnv(bytes.toString('utf8')) };
    }
    if (dirname(current) === current) return null;
  }
}

function environmentSource(
  origin: string,
  env: Readonly<Record<string, string | undefined>>,
): CredentialSource {
  const { endpoints, mode, accessKey, secretKey } = credentialsFromEnv(env);
  const names = Object.keys(env);
  const has = (name: string): boolean =>
    names.includes(`BACKEND_${name}`) || names.includes(`SORNA_${name}`);
  return {
    origin,
    values: {
      // Defaults are left out: a value that another source names comes first.
      ...(has('ENDPOINT') ? { endpoint: endpoints.join(',') } : {}),
      ...(has('ENDPOINT_TYPE') ? { mode } : {}),
      ...(accessKey === undefined ? {} : { accessKey }),
      ...(secretKey === undefined ? {} : { secretKey }),
    },
  };
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
