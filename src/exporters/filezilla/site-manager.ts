import type { Machine } from '../exporter.js';
import { firstFreeName, isMadeOf } from '../names.js';
import type { Site } from '../site.js';
import { emptyDocument } from './document.js';
import { renderSite, standsFor, updateSite } from './site-entry.js';
import { applyEdits, insertLast, layoutOf, removeElement } from './splice.js';
import type { Edit } from './splice.js';
import { escapeXml } from './xml-text.js';
import { child, readXmlTree, walk } from './xml-tree.js';
import type { XmlElement } from './xml-tree.js';

/** The folder that new sites go to, and how it begins when it is made. */
const folderName = 'Backend.AI';
const folderTag = '<Folder expanded="1">';

/** How a list ends that is made in a file of the user's: the blanks say that there was none. */
const newListEnd = '</Servers  >';

/** The names by which FileZilla may know an entry: its text, or an element `Name` in it. */
function namesOf(entry: XmlElement): string[] {
  const names = [child(entry, 'Name')?.text, entry.text].map((name) => name?.trim() ?? '');
  return names.filter((name) => name !== '');
}

/** The name that FileZilla shows: of a folder its text, of a site `Name` or, in old files, its text. */
const nameOf = (entry: XmlElement): string =>
  (entry.name === 'Folder' ? entry.text.trim() : namesOf(entry)[0]) ?? '';

/** The entries directly in a folder or the whole list: sites and folders share their names. */
const entriesOf = (parent: XmlElement): XmlElement[] =>
  parent.children.filter(({ name }) => name === 'Server' || name === 'Folder');

const takenIn = (parent: XmlElement): string[] => entriesOf(parent).flatMap(namesOf);

/** The sites of a list that stand for ours. FileZilla reads only the first `Servers`. */
function ownEntries(root: XmlElement, site: Site): XmlElement[] {
  const servers = child(root, 'Servers');
  if (!servers) return [];
  return [...walk(servers)].filter((entry) => entry.name === 'Server' && standsFor(entry, site));
}

/**
 * Our folder at the top of the list, if it is there, else the name of a new one. An entry of the
 * user's that is called like it, other than a folder of exactly that name, stays alone.
 */
function findFolder(servers: XmlElement | undefined): { folder?: XmlElement; name: string } {
  const entries = servers ? entriesOf(servers) : [];
  const strangers = new Set<string>();
  for (;;) {
    const name = firstFreeName(folderName, ' ', strangers);
    const same = entries.filter((entry) =>
      namesOf(entry).some((candidate) => candidate.toLowerCase() === name.toLowerCase()),
    );
    const [folder] = same;
    if (!folder) return { name };
    if (same.every((entry) => entry.name === 'Folder') && nameOf(folder) === name) {
      return { folder, name };
    }
    strangers.add(name);
  }
}

/**
 * The site list with a site in it. Our entries are updated where they are; a new one goes to the
 * folder `Backend.AI`.
 * @param text of a well-formed sitemanager.xml, `root` its element
 */
export function withSite(text: string, root: XmlElement, site: Site, machine: Machine): string {
  const layout = layoutOf(text, root);
  const { lineEnd, unit } = layout;
  const own = ownEntries(root, site);
  if (own.length > 0) {
    const former = own.find((entry) => hasFormerName(entry, site));
    return applyEdits(
      text,
      own.flatMap((entry) => {
        const next = entry === former ? nextName(entry, site) : undefined;
        return updateSite(text, entry, site, layout, next);
      }),
    );
  }
  const servers = child(root, 'Servers');
  const { folder, name } = findFolder(servers);
  const newSite = (parent: XmlElement | undefined, indent: string): string => {
    const free = firstFreeName(site.name, ' ', parent ? takenIn(parent) : []);
    return renderSite(site, free, machine, indent, layout);
  };
  // FileZilla writes the name of a folder and its first entry on one line.
  const newFolder = (indent: string): string =>
    `${folderTag}${escapeXml(name)}${newSite(undefined, indent + unit)}${lineEnd}${indent}</Folder>`;

  if (folder)
    return applyEdits(text, [insertLast(text, folder, layout, (i) => [newSite(folder, i)])]);
  if (servers) return applyEdits(text, [insertLast(text, servers, layout, (i) => [newFolder(i)])]);
  const listEnd = text === emptyDocument ? '</Servers>' : newListEnd;
  const newList = (indent: string): string =>
    ['<Servers>', indent + unit + newFolder(indent + unit), indent + listEnd].join(lineEnd);
  return applyEdits(text, [insertLast(text, root, layout, (indent) => [newList(indent)])]);
}

/** Whether an entry of ours still has the name that it got under the site's former name. */
function hasFormerName(entry: XmlElement, { formerName }: Site): boolean {
  return formerName !== undefined && isMadeOf(nameOf(entry), formerName.trim(), ' ');
}

function nextName(entry: XmlElement, site: Site): string {
  const others = entry.parent ? entriesOf(entry.parent).filter((other) => other !== entry) : [];
  return firstFreeName(site.name, ' ', others.flatMap(namesOf));
}

/** Whether a folder holds nothing but the name that we gave it, laid out as we and FileZilla do. */
const emptyFolder = new RegExp(
  `^${folderName.replace('.', '\\.')}(?: \\d+)?[ \\t]*\\r?\\n[ \\t]*$`,
);

/** Whether an edit leaves nothing in a folder that begins as ours does, and not as one of the user's. */
const leavesOurFolderEmpty = (text: string, folder: XmlElement, edit: Edit): boolean =>
  text.slice(folder.start, folder.contentStart) === folderTag &&
  emptyFolder.test(contentAfter(text, folder, edit));

/** Whether an edit leaves nothing of a list that was made for our folder. */
const leavesOurListEmpty = (text: string, list: XmlElement, edit: Edit): boolean =>
  text.slice(list.contentEnd, list.end) === newListEnd &&
  contentAfter(text, list, edit).trim() === '';

const contentAfter = (text: string, element: XmlElement, { start, end }: Edit): string =>
  text.slice(element.contentStart, start) + text.slice(end, element.contentEnd);

/** What is left of a file that we started once our last site is gone. */
const emptyList = emptyDocument.replace('</', '\t<Servers>\n\t</Servers>\n</');

/**
 * The site list without the entries of a site, and without our folder and a list that we made if that
 * leaves them empty; `null` if nothing is left of a file that we started ourselves.
 */
export function withoutSite(text: string, root: XmlElement, site: Site): string | null {
  let rest = text;
  let [entry] = ownEntries(root, site);
  for (; entry; [entry] = ownEntries(readXmlTree(rest), site)) {
    let gone = removeElement(rest, entry);
    let { parent } = entry;
    if (parent && leavesOurFolderEmpty(rest, parent, gone)) {
      gone = removeElement(rest, parent);
      parent = parent.parent;
    }
    if (parent && leavesOurListEmpty(rest, parent, gone)) gone = removeElement(rest, parent);
    rest = applyEdits(rest, [gone]);
  }
  return rest === emptyList && rest !== text ? null : rest;
}

/** The names of the folders that a site is in, and its own; `null` where the list has it not. */
export function namesTo(root: XmlElement, site: Site): string[] | null {
  const [entry] = ownEntries(root, site);
  if (!entry) return null;
  const names: string[] = [];
  for (let up: XmlElement | null = entry; up && up.name !== 'Servers'; up = up.parent) {
    names.unshift(nameOf(up));
  }
  return names;
}
