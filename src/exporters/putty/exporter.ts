import type { Snapshot } from '../../changes/snapshot.js';
import type { Detection, Exporter, Machine } from '../exporter.js';
import { findProgram, programDirectories } from '../machine.js';
import { hasValues } from '../registry.js';
import type { Site } from '../site.js';
import { codePageKey, refuseBeyondCodePage } from './code-page.js';
import { cachedHostKey } from './host-key.js';
import { cachedHostOf } from './host-key-cache.js';
import {
  planSession,
  puttyBaseName,
  puttyComforts,
  puttyConnection,
  sessionName,
  startsTunnel,
  takenSessionName,
  textsOf,
  unplanSession,
} from './own-session.js';
import type { SessionKind } from './own-session.js';
import { puttyRegistryKey, puttySettings, puttySources } from './places.js';

/** The folders that PuTTY's installer makes. */
export const puttyPrograms = (machine: Machine): readonly string[] =>
  programDirectories(machine, 'PuTTY');

function detect(machine: Machine, now: Snapshot): Detection {
  const program = findProgram(machine, now, puttyPrograms(machine), ['putty', 'plink']);
  if (program !== undefined) return { found: true, why: `${program} is there` };
  const { sessions, where } = puttySettings(machine, now);
  // The key alone says nothing: FileZilla up to 3.69 keeps its host keys there too.
  const used =
    machine.platform === 'win32'
      ? hasValues(now, `${puttyRegistryKey}\\Sessions`)
      : sessions.names().length > 0;
  return used
    ? { found: true, why: `there are saved sessions in ${where}` }
    : { found: false, why: `no putty program found, and no saved session in ${where}` };
}

const kind: SessionKind = {
  client: 'PuTTY',
  mark: 'LogHost',
  baseName: puttyBaseName,
  separator: '-',
  connection: puttyConnection,
  comforts: puttyComforts,
};

const hostKeyTitleOf = (site: Site): string => `PuTTY host key of "${site.name}"`;

/** PuTTY 0.70–0.85, and with it plink, psftp and pscp: a saved session and its host key. */
export const putty: Exporter = {
  id: 'putty',
  title: 'PuTTY',
  sources(machine) {
    const sources = puttySources(machine);
    const codePage = machine.platform === 'win32' ? [codePageKey] : [];
    return {
      ...sources,
      directories: [...sources.directories, ...puttyPrograms(machine)],
      registryKeys: [...sources.registryKeys, ...codePage],
    };
  },
  detect,
  plan(site, machine, now) {
    if (machine.platform === 'win32') refuseBeyondCodePage(putty, textsOf(site, machine), now);
    const { sessions, hostKeys } = puttySettings(machine, now);
    const key = cachedHostKey(site.hostKeyBlob);
    return [
      ...hostKeys.put(cachedHostOf(site), key, hostKeyTitleOf(site)),
      ...planSession(site, sessions, kind, machine),
    ];
  },
  unplan(site, machine, now) {
    const { sessions, hostKeys } = puttySettings(machine, now);
    return [
      ...unplanSession(site, sessions, kind),
      ...hostKeys.remove(cachedHostOf(site), hostKeyTitleOf(site)),
    ];
  },
  howToOpen(site, machine, now) {
    const name = puttySessionName(site, machine, now);
    const load = `-load ${/\s/.test(name) ? `"${name}"` : name}`;
    const [window, console] = ['putty', 'plink'].map((program) =>
      findProgram(machine, now, puttyPrograms(machine), [program]),
    );
    // Packages exist that hold the programs without a window alone.
    if (window === undefined && console !== undefined) return [`plink ${load}`];
    return [`session ${name} > Open`, `putty ${load}`];
  },
  takenName: (site, machine, now) =>
    takenSessionName(site, puttySettings(machine, now).sessions, kind),
  startsTunnel,
};

/** The name of the saved session that stands for a site, to be typed after `putty -load`. */
export function puttySessionName(site: Site, machine: Machine, now: Snapshot): string {
  return sessionName(site, puttySettings(machine, now).sessions, kind);
}
