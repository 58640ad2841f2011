import type { Change } from '../changes/change.js';
import type { Snapshot } from '../changes/snapshot.js';
import type { Exporter, Machine } from './exporter.js';
import { identityOf, overlay } from './overlay.js';
import type { Site } from './site.js';

function unchanged(change: Change): boolean {
  if (change.kind === 'registry') {
    const { before, after } = change;
    return before?.type === after?.type && before?.data === after?.data;
  }
  const { before, after } = change;
  return before === null || after === null ? before === after : before.equals(after);
}

/**
 * One change from two of the same thing, where the later builds on the earlier. The caller has made
 * sure that both are of the same kind.
 */
function joined(earlier: Change, later: Change): Change {
  const title = earlier.title === later.title ? earlier.title : `${earlier.title}, ${later.title}`;
  if (earlier.kind === 'file' && later.kind === 'file') {
    return { ...earlier, title, after: later.after };
  }
  if (earlier.kind === 'registry' && later.kind === 'registry') {
    return { ...earlier, title, after: later.after };
  }
  return later;
}

function fold(
  ask: 'plan' | 'unplan',
  exporters: readonly Exporter[],
  sites: readonly Site[],
  machine: Machine,
  now: Snapshot,
): Change[] {
  const changes = new Map<string, Change>();
  for (const site of sites) {
    for (const exporter of exporters) {
      const soFar = overlay(now, [...changes.values()], machine);
      for (const change of exporter[ask](site, machine, soFar)) {
        const identity = identityOf(change, machine);
        const earlier = changes.get(identity);
        const merged = earlier ? joined(earlier, change) : change;
        if (unchanged(merged)) changes.delete(identity);
        else changes.set(identity, merged);
      }
    }
  }
  return [...changes.values()];
}

/**
 * The changes that make several clients know several sites. Clients share files (FileZilla up to 3.69
 * keeps host keys with PuTTY), so each plan builds on the ones before it, and each file and registry
 * value is in the result once. In the order of the exporters; the stages are for the applier to sort.
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

/** The changes that take sites out of clients again, and nothing else; see `planAll`. */
export function unplanAll(
  exporters: readonly Exporter[],
  sites: readonly Site[],
  machine: Machine,
  now: Snapshot,
): Change[] {
  return fold('unplan', exporters, sites, machine, now);
}
