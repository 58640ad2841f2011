import { setTimeout as sleep } from 'node:timers/promises';
import type { MemorySnapshot } from '../changes/memory-snapshot.js';
import type { Sources } from '../changes/snapshot.js';
import { takeSnapshot } from '../changes/take-snapshot.js';
import type { Exporter } from '../exporters/exporter.js';
import type { Workspace } from './workspace.js';

/** A program that is saving has done so by then. */
const SAVING_MS = 200;

/**
 * Reads the settings of clients as they are now, and `own` with them.
 *
 * @throws BaiError where something is there and cannot be read
 */
export async function takeExporterSnapshot(
  { machine, registry }: Pick<Workspace, 'machine' | 'registry'>,
  exporters: readonly Exporter[],
  own: Partial<Sources> = {},
): Promise<MemorySnapshot> {
  const usual = union([own, ...exporters.map((exporter) => exporter.sources(machine))]);
  const now = await takeSnapshot(usual, registry);
  const more = exporters.map((exporter) => exporter.moreSources?.(machine, now) ?? {});
  const all = union([usual, ...more]);
  const settings = sizeOf(all) === sizeOf(usual) ? now : await takeSnapshot(all, registry);
  if (!exporters.some((exporter) => exporter.isSaving?.(machine, settings))) return settings;
  await sleep(SAVING_MS);
  return takeSnapshot(all, registry);
}

function union(parts: readonly Partial<Sources>[]): Sources {
  const all = (name: keyof Sources): string[] => [
    ...new Set(parts.flatMap((part) => part[name] ?? [])),
  ];
  return {
    files: all('files'),
    directories: all('directories'),
    registryKeys: all('registryKeys'),
  };
}

const sizeOf = ({ files, directories, registryKeys }: Sources): number =>
  files.length + directories.length + registryKeys.length;
