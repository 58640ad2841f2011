import type { Change } from '../../changes/change.js';
import type { Snapshot } from '../../changes/snapshot.js';
import type { Exporter, Machine } from '../exporter.js';
import { fileChanges } from '../files.js';
import type { FileTarget } from '../files.js';
import { pathsOf } from '../machine.js';
import { isNumbered } from '../names.js';
import { overlay } from '../overlay.js';
import { portsOf } from '../putty/host-key-cache.js';
import { cachedHostKey } from '../putty/host-key.js';
import { puttySettings, puttySources } from '../putty/places.js';
import type { Site } from '../site.js';
import { isHalfWritten, readDocument } from './document.js';
import type { FilezillaDocument, StoredDocument } from './document.js';
import { trustedPorts, withHostKey, withoutHostKey } from './host-keys.js';
import {
  detectFilezilla,
  hostKeyStores,
  installationSources,
  namedSources,
  settingsDirectory,
} from './installation.js';
import { namesTo, withoutSite, withSite } from './site-manager.js';
import { readXmlTree } from './xml-tree.js';

/** Where the tunnels of sites are. */
const LOOPBACK = '127.0.0.1';

const hostKeyTitleOf = (site: Site): string => `FileZilla host key of "${site.name}"`;

function settingsFile(name: string, machine: Machine, now: Snapshot): string {
  return pathsOf(machine).join(settingsDirectory(machine, now), name);
}

const stored = (path: string, now: Snapshot): StoredDocument => ({
  path,
  bytes: now.file(path),
  copy: now.file(`${path}~`),
});

const read = (path: string, now: Snapshot): FilezillaDocument => readDocument(stored(path, now));

/** The change of a settings file to what `edit` makes of it; `null` deletes it. */
function edited(
  target: FileTarget,
  now: Snapshot,
  edit: (document: FilezillaDocument) => string | null,
): Change[] {
  const document = read(target.path, now);
  const text = edit(document);
  if (text === document.text) return [];
  return fileChanges(target, now.file(target.path), text === null ? null : document.encode(text));
}

/** The change of the Site Manager's list to what `edit` makes of it, by the name that it shows of the site. */
function editedList(
  site: Site,
  machine: Machine,
  now: Snapshot,
  edit: (document: FilezillaDocument) => string | null,
): Change[] {
  const path = settingsFile('sitemanager.xml', machine, now);
  const before = read(path, now);
  const after = edit(before);
  if (after === before.text) return [];
  const names =
    (after === null ? null : namesTo(readXmlTree(after), site)) ?? namesTo(before.root, site);
  const title = `FileZilla site "${names?.at(-1) ?? site.name}"`;
  const bytes = after === null ? null : before.encode(after);
  return fileChanges({ stage: 'entry', title, path }, now.file(path), bytes);
}

const hostKeyTarget = (site: Site, machine: Machine, now: Snapshot): FileTarget => ({
  stage: 'host-key',
  title: hostKeyTitleOf(site),
  path: settingsFile('hostkeys.xml', machine, now),
});

/** The changes that forget the host key of a site, wherever FileZilla or PuTTY keeps that very key. */
function forgetHostKey(site: Site, machine: Machine, now: Snapshot): Change[] {
  const target = hostKeyTarget(site, machine, now);
  const key = cachedHostKey(site.hostKeyBlob);
  return [
    ...edited(target, now, ({ text, root }) => withoutHostKey(text, root, site)),
    ...puttySettings(machine, now).hostKeys.remove(site, hostKeyTitleOf(site), key),
  ];
}

/** FileZilla, with PuTTY's SSH inside (up to 3.69) or its own (from 3.70 on): a site and its host key. */
export const filezilla: Exporter = {
  id: 'filezilla',
  title: 'FileZilla',
  sources(machine) {
    const own = installationSources(machine);
    const putty = puttySources(machine);
    return {
      files: [...own.files, ...putty.files],
      directories: [...own.directories, ...putty.directories],
      registryKeys: [...own.registryKeys, ...putty.registryKeys],
    };
  },
  moreSources: namedSources,
  isSaving(machine, now) {
    return ['sitemanager.xml', 'hostkeys.xml'].some((name) =>
      isHalfWritten(stored(settingsFile(name, machine, now), now)),
    );
  },
  detect: detectFilezilla,
  plan(site, machine, now) {
    const stores = hostKeyStores(machine, now);
    const changes: Change[] = [];
    if (stores.puttyCache) {
      const key = cachedHostKey(site.hostKeyBlob);
      changes.push(...puttySettings(machine, now).hostKeys.put(site, key, hostKeyTitleOf(site)));
    }
    if (stores.hostKeysFile) {
      const target = hostKeyTarget(site, machine, now);
      changes.push(...edited(target, now, ({ text, root }) => withHostKey(text, root, site)));
    }
    if (site.formerPlace !== undefined) {
      const former = { ...site, ...site.formerPlace };
      changes.push(...forgetHostKey(former, machine, overlay(now, changes, machine)));
    }
    changes.push(
      ...editedList(site, machine, now, ({ text, root }) => withSite(text, root, site, machine)),
    );
    return changes;
  },
  unplan(site, machine, now) {
    return [
      ...editedList(site, machine, now, ({ text, root }) => withoutSite(text, root, site)),
      ...forgetHostKey(site, machine, now),
    ];
  },
  takenName(site, machine, now) {
    const name = plannedNames(site, machine, now).at(-1) ?? '';
    return isNumbered(name, site.name, ' ') ? site.name : undefined;
  },
  pinnedPorts(machine, now) {
    const { puttyCache, hostKeysFile } = hostKeyStores(machine, now);
    const file = settingsFile('hostkeys.xml', machine, now);
    return [
      ...(puttyCache ? portsOf(puttySettings(machine, now).hostKeys, LOOPBACK) : []),
      ...(hostKeysFile ? trustedPorts(read(file, now).root, LOOPBACK) : []),
    ];
  },
  howToOpen(site, machine, now) {
    const names = plannedNames(site, machine, now);
    return [
      ['File', 'Site Manager', ...names, 'Connect'].join(' > '),
      `filezilla --site="${sitePath(names)}"`,
    ];
  },
};

/** The folders and the name of a site in the Site Manager, as they are or as `plan` will make them. */
function plannedNames(site: Site, machine: Machine, now: Snapshot): string[] {
  const { text, root } = read(settingsFile('sitemanager.xml', machine, now), now);
  const planned = withSite(text, root, site, machine);
  return namesTo(planned === text ? root : readXmlTree(planned), site) ?? [];
}

/**
 * The path of a site for `filezilla --site=`, as it is or as `plan` will make it: `0/Backend.AI/demo`.
 * `\` and `/` in names are escaped with a backslash; the 0 stands for the user's own sites.
 * @throws BaiError where sitemanager.xml cannot be understood
 */
export function filezillaSitePath(site: Site, machine: Machine, now: Snapshot): string {
  return sitePath(plannedNames(site, machine, now));
}

const sitePath = (names: readonly string[]): string =>
  ['0', ...names.map((name) => name.replace(/[\\/]/g, '\\$&'))].join('/');
