import type { RegistryChange } from './change.js';

/** One file's change, or registry changes in a row, which `reg.exe` imports in one go. */
type Batch<File extends { readonly kind: 'file' }> =
  { readonly file: File } | { readonly registry: readonly RegistryChange[] };

/** Splits changes, in their order, into what is written at once. */
export function batches<File extends { readonly kind: 'file' }>(
  changes: readonly (File | RegistryChange)[],
): Batch<File>[] {
  const result: ({ file: File } | { registry: RegistryChange[] })[] = [];
  for (const change of changes) {
    const last = result.at(-1);
    if (change.kind === 'file') result.push({ file: change });
    else if (last !== undefined && 'registry' in last) last.registry.push(change);
    else result.push({ registry: [change] });
  }
  return result;
}
