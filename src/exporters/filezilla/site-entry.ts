import type { Machine } from '../exporter.js';
import { leadsElsewhere } from '../own-entry.js';
import type { Site } from '../site.js';
import { safePath } from './safe-path.js';
import { insertLast } from './splice.js';
import type { Edit, Layout } from './splice.js';
import { escapeXml } from './xml-text.js';
import { child, isEmptyTag } from './xml-tree.js';
import type { XmlElement } from './xml-tree.js';

/** What of an entry is ours: how to connect. Everything else belongs to the user once it is there. */
function connection(site: Site): [string, string][] {
  return [
    ['Host', site.host],
    ['Port', String(site.port)],
    ['Protocol', '1'], // SFTP
    ['User', site.user],
    ['Keyfile', site.ppkPath],
    ['Logontype', '5'], // key file
    // A proxy in FileZilla's settings cannot reach our 127.0.0.1.
    ['BypassProxy', site.host === '127.0.0.1' ? '1' : '0'],
  ];
}

/** The token in `Comments` by which an entry is known as ours; survives FileZilla's own saves. */
const marks = /\bbai-win:([A-Za-z0-9-]+)/g;

/** Whether a `Server` element stands for a site, wherever it is and whatever it is called now. */
export function standsFor(server: XmlElement, site: Site): boolean {
  const [comments, host, port, keyPath] = ['Comments', 'Host', 'Port', 'Keyfile'].map(
    (name) => child(server, name)?.text,
  );
  const isMarked = [...(comments ?? '').matchAll(marks)].some(([, id]) => id === site.id);
  return isMarked && !leadsElsewhere({ host, port, keyPath }, site);
}

const element = (name: string, value: string): string => `<${name}>${escapeXml(value)}</${name}>`;

/**
 * A new `Server` element, with everything that FileZilla 3.63 writes for such a site, in its order.
 * @param indent of the element itself, on whose line the text begins
 */
export function renderSite(
  site: Site,
  name: string,
  machine: Machine,
  indent: string,
  { lineEnd, unit }: Layout,
): string {
  const values = new Map(connection(site));
  const ours = (field: string): [string, string] => [field, values.get(field) ?? ''];
  const fields: [string, string][] = [
    ours('Host'),
    ours('Port'),
    ours('Protocol'),
    ['Type', '0'],
    ours('User'),
    ours('Keyfile'),
    ours('Logontype'),
    ['EncodingType', 'Auto'],
    ours('BypassProxy'),
    ['Name', name],
    ['Comments', `made by bai-win for a Backend.AI session; keep this mark: bai-win:${site.id}`],
    ['RemoteDir', safePath(site.remoteDirectory, machine.platform)],
    ['SyncBrowsing', '0'],
    ['DirectoryComparison', '0'],
  ];
  const lines = fields.map(([field, value]) => indent + unit + element(field, value));
  return ['<Server>', ...lines, `${indent}</Server>`].join(lineEnd);
}

/** Gives an element another text; attributes and comments that somebody put there stay. */
function setText(text: string, found: XmlElement, value: string): Edit {
  const { textStart: start, textEnd: end } = found;
  if (!isEmptyTag(found)) return { start, end, replacement: escapeXml(value) };
  const startTag = text.slice(found.start, found.end - '/>'.length).trimEnd();
  const replacement = `${startTag}>${escapeXml(value)}</${found.name}>`;
  return { start: found.start, end: found.end, replacement };
}

/**
 * The edits that make the connection of an entry right, and touch nothing else in it.
 * @param name for an entry that is to be renamed
 */
export function updateSite(
  text: string,
  server: XmlElement,
  site: Site,
  layout: Layout,
  name: string | undefined,
): Edit[] {
  const edits: Edit[] = [];
  const missing: string[] = [];
  const fields: [string, string][] = name === undefined ? [] : [['Name', name]];
  for (const [field, value] of [...connection(site), ...fields]) {
    const found = child(server, field);
    if (!found) missing.push(element(field, value));
    else if (found.text !== value) edits.push(setText(text, found, value));
  }
  return missing.length === 0 ? edits : [...edits, insertLast(text, server, layout, () => missing)];
}
