import type { Change } from '../changes/change.js';
import { mergeChanges } from '../changes/merge.js';
import type { Snapshot } from '../changes/snapshot.js';
import { BaiError } from '../errors.js';
import type { Exporter, Machine } from './exporter.js';
import { overlay } from './overlay.js';
import type { Site } from './site.js';

function fold(
  ask: 'plan' | 'unplan',
  exporters: readonly Exporter[],
  sites: readonly Site[],
  machine: Machine,
  now: Snapshot,
): Change[] {
  let changes: Change[] = [];
  for (const site of sites) {
    for (const exporter of exporters) {
      const soFar = overlay(now, changes, machine);
      changes = mergeChanges([...changes, ...exporter[ask](site, machine, soFar)]);
    }
  }
  return changes;
}

/**
 * The changes that make several clients know several sites. Clients share files (FileZilla up to 3.69
 * keeps host keys with PuTTY), so each plan builds on the ones before it, and each file and registry
 * value is in the result once, in the order in which it may be applied.
 * @throws BaiError where the settings of one client cannot be understood
 */
export function planAll(
  exporters: readonly Exporter[],
  sites: readonly Site[],
  machine: Machine,
  now: Snapshot,
): Change[] {
  return fold('plan', exporters, sites, machine, now);
}

/**
 * The ports of 127.0.0.1 that some of the clients know host keys for. Settings that cannot be understood
 * name none: `planAll` says what is wrong with them.
 */
export function pinnedPorts(
  exporters: readonly Exporter[],
  machine: Machine,
  now: Snapshot,
): Set<number> {
  const ports = exporters.flatMap((exporter) => {
    try {
      return exporter.pinnedPorts?.(machine, now) ?? [];
    } catch (error) {
      if (error instanceof BaiError) return [];
      throw error;
    }
  });
  return new Set(ports);
}

/** The changes that take sites out of clients again, and nothing else; see `planAll`. */
export function unplanAll(
  exporters: readonly Exporter[],
  sites: readonly Site[],
  machine: Machine,
  now: Snapshot,
): Change[] {
  return fold('unplan', exporters, sites, machine, now);
}
