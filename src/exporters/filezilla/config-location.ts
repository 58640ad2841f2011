import { BaiError } from '../../errors.js';
import type { Machine } from '../exporter.js';
import { environment, pathsOf } from '../machine.js';
import { decodeXml } from './xml-encoding.js';
import { child, readXmlTree, XmlSyntaxError } from './xml-tree.js';

/** The administrator's settings, beside the program; what makes a copy of FileZilla portable. */
export const defaultsFile = 'fzdefaults.xml';

/** The text of a setting; `undefined` where the file does not have it or cannot be understood. */
function setting(bytes: Buffer, file: string, name: string): string | undefined {
  try {
    const settings = child(readXmlTree(decodeXml(bytes, file).text), 'Settings');
    const found = settings?.children.find(({ attributes }) => attributes.get('name') === name);
    return found?.text.trim();
  } catch (error) {
    // FileZilla goes on without it too.
    if (error instanceof XmlSyntaxError || error instanceof BaiError) return undefined;
    throw error;
  }
}

/**
 * The settings directory that fzdefaults.xml names: absolute or beside the file; segments that begin
 * with `$` are environment variables, `$$` stands for `$`. `undefined` where it names none, or a
 * variable that is not set.
 */
export function configLocation(
  bytes: Buffer | null,
  file: string,
  machine: Machine,
): string | undefined {
  const location = bytes === null ? undefined : setting(bytes, file, 'Config Location');
  if (location === undefined || location === '') return undefined;
  const paths = pathsOf(machine);
  const segments = location.split(machine.platform === 'win32' ? /[\\/]/ : '/').map((segment) => {
    if (segment.startsWith('$$')) return segment.slice(1);
    return segment.startsWith('$') ? environment(machine, segment.slice(1)) : segment;
  });
  if (segments.includes(undefined)) return undefined;
  return paths.resolve(paths.dirname(file), segments.join(paths.sep));
}
