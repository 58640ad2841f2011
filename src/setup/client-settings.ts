import { join } from 'node:path';
import { readFileIfExists } from '../platform/read-file.js';
import type { CredentialName, CredentialSource } from './credentials.js';
import type { Workspace } from './workspace.js';

/** Where the command line client of Backend.AI 26.4 and later keeps its settings (protocol section 7.2). */
const FOLDER = '.backend.ai';
const SECTION = 'backend-ai';

/**
 * Its names for what we need. Its cookies are Python objects, which nobody else should read; and that
 * certificates are not to be checked is said to bai-win itself, or it is not so.
 */
const NAMES = {
  endpoint: 'endpoint',
  endpoint_type: 'mode',
  access_key: 'accessKey',
  secret_key: 'secretKey',
} as const satisfies Record<string, CredentialName>;

/**
 * What the settings of Backend.AI's own client say, `%USERPROFILE%\.backend.ai\config.toml` and
 * `credentials.toml`; they are never written. A file that cannot be read is named, and does without.
 */
export async function readClientSettings({
  machine,
  notice,
}: Pick<Workspace, 'machine' | 'notice'>): Promise<CredentialSource | null> {
  const origins: string[] = [];
  const values: Partial<Record<CredentialName, string>> = {};
  for (const name of ['config.toml', 'credentials.toml']) {
    const path = join(machine.home, FOLDER, name);
    const bytes = await readFileIfExists(path).catch((error: unknown) => {
      notice(`${error instanceof Error ? error.message : path}; it is not used`);
      return null;
    });
    if (bytes === null) continue;
    try {
      Object.assign(values, await parseSettings(bytes.toString('utf8')));
      origins.push(path);
    } catch (error) {
      // Its own words quote the file, and with it secrets.
      const line = error instanceof Error && 'line' in error ? `, line ${String(error.line)}` : '';
      notice(`${path} is not used: it is not TOML${line}`);
    }
  }
  return origins.length === 0 ? null : { origin: origins.join(' and '), values };
}

async function parseSettings(text: string): Promise<CredentialSource['values']> {
  const { parse } = await import('smol-toml');
  const section = parse(text.replace(/^\uFEFF/, ''))[SECTION];
  const values: Partial<Record<CredentialName, string>> = {};
  if (typeof section !== 'object') return values;
  for (const [name, value] of Object.entries(section)) {
    if (typeof value !== 'string' || !Object.hasOwn(NAMES, name)) continue;
    values[NAMES[name as keyof typeof NAMES]] = value;
  }
  return values;
}
