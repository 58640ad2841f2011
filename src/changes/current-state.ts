import { readFileIfExists } from '../platform/read-file.js';
import type { RegData } from '../platform/reg-file.js';
import type { Registry } from '../platform/registry.js';
import type { RegistryChange } from './change.js';
import { readRegistry, registryData, type RegistryState } from './registry-changes.js';

type Subject = { readonly kind: 'file'; readonly path: string } | RegistryChange;

/** What the files and values of some changes hold now, in the order of the changes. */
export interface CurrentState {
  readonly values: readonly (Buffer | RegData | null)[];
  readonly registry: RegistryState;
}

/**
 * Reads what the files and registry values of some changes hold now.
 * @throws BaiError where one is there and cannot be read
 */
export async function readCurrent(
  changes: readonly Subject[],
  registry: Registry | null,
): Promise<CurrentState> {
  const [files, keys] = await Promise.all([
    Promise.all(
      changes.map(async (change) =>
        change.kind === 'file' ? readFileIfExists(change.path) : null,
      ),
    ),
    readRegistry(
      changes.filter((change) => change.kind === 'registry'),
      registry,
    ),
  ]);
  const values = changes.map((change, index) =>
    change.kind === 'file' ? (files[index] ?? null) : registryData(change, keys),
  );
  return { values, registry: keys };
}
