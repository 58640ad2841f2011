import type { Site } from '../site.js';
import { emptyDocument } from './document.js';
import { applyEdits, insertLast, layoutOf, removeElement, wasEmptyTag } from './splice.js';
import type { Edit } from './splice.js';
import { readXmlTree } from './xml-tree.js';
import type { XmlElement } from './xml-tree.js';

/** The entries of hostkeys.xml for the host and port of a site. */
function entriesFor(root: XmlElement, site: Site): XmlElement[] {
  return root.children.filter(
    ({ name, attributes }) =>
      name === 'Server' &&
      attributes.get('Host')?.toLowerCase() === site.host &&
      attributes.get('Port') === String(site.port),
  );
}

/** The ports of a host that hostkeys.xml has an entry for; `root` is its element. */
export function trustedPorts(root: XmlElement, host: string): number[] {
  return root.children
    .filter(({ name, attributes }) => name === 'Server' && attributes.get('Host') === host)
    .map(({ attributes }) => Number(attributes.get('Port')));
}

const keysOf = (entry: XmlElement): XmlElement[] =>
  entry.children.filter(({ name }) => name === 'Hostkey');

const holds = (key: XmlElement, blob: string): boolean => key.text.trim() === blob;

/**
 * FileZilla's trusted host keys (hostkeys.xml, from 3.70 on) with the key of a site as the only one of
 * its host and port; insecure algorithms that the user allowed there stay allowed.
 * @param text of a well-formed hostkeys.xml, `root` its element
 */
export function withHostKey(text: string, root: XmlElement, site: Site): string {
  const layout = layoutOf(text, root);
  const blob = site.hostKeyBlob.toString('base64');
  const element = `<Hostkey>${blob}</Hostkey>`;
  const entries = entriesFor(root, site);
  if (entries.length === 0) {
    const entry = (indent: string): string =>
      [
        `<Server Host="${site.host}" Port="${site.port}">`,
        indent + layout.unit + element,
        `${indent}</Server>`,
      ].join(layout.lineEnd);
    return applyEdits(text, [insertLast(text, root, layout, (indent) => [entry(indent)])]);
  }
  const edits = entries.flatMap((entry): Edit[] => {
    const keys = keysOf(entry);
    const right = keys.find((key) => holds(key, blob));
    const stale = keys.filter((key) => key !== right);
    const [first, ...others] = stale;
    if (right) return stale.map((key) => removeElement(text, key));
    if (!first) return [insertLast(text, entry, layout, () => [element])];
    const replaced = { start: first.start, end: first.end, replacement: element };
    return [replaced, ...others.map((key) => removeElement(text, key))];
  });
  return applyEdits(text, edits);
}

/**
 * The trusted host keys without that of a site; an entry goes with it only where it holds nothing
 * else. `null` if nothing is left of a file that we started ourselves.
 */
export function withoutHostKey(text: string, root: XmlElement, site: Site): string | null {
  const blob = site.hostKeyBlob.toString('base64');
  const ours = (current: string, tree: XmlElement): XmlElement | undefined => {
    for (const entry of entriesFor(tree, site)) {
      const key = keysOf(entry).find((one) => holds(one, blob));
      if (!key) continue;
      const rest =
        current.slice(entry.contentStart, key.start) + current.slice(key.end, entry.contentEnd);
      return rest.trim() === '' && !wasEmptyTag(current, entry) ? entry : key;
    }
    return undefined;
  };
  let rest = text;
  for (let own = ours(rest, root); own; own = ours(rest, readXmlTree(rest))) {
    rest = applyEdits(rest, [removeElement(rest, own)]);
  }
  return rest === emptyDocument && rest !== text ? null : rest;
}
