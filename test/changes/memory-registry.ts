import { CaseMap } from '../../src/platform/case-map.js';
import {
  formatRegFile,
  parseRegFile,
  type RegData,
  type RegEdit,
  type RegTree,
} from '../../src/platform/reg-file.js';
import type { Registry } from '../../src/platform/registry.js';

/** A registry in memory that behaves as reg.exe does, through the same files. */
export class MemoryRegistry implements Registry {
  readonly keys: RegTree = new CaseMap();
  /** Number of imports so far. */
  imports = 0;
  /** Set to make the next imports fail before they change anything. */
  failing: Error | undefined;

  set(key: string, values: Readonly<Record<string, RegData>>): this {
    const stored = this.#open(key);
    for (const [name, value] of Object.entries(values)) stored.set(name, value);
    return this;
  }

  exportKey(key: string): Promise<Buffer | null> {
    if (!this.keys.has(key)) return Promise.resolve(null);
    const below = `${key}\\`.toUpperCase();
    const lines: string[] = [];
    for (const [other, values] of this.keys) {
      if (!`${other}\\`.toUpperCase().startsWith(below)) continue;
      const edits: RegEdit[] = [];
      const others: string[] = [];
      for (const [name, value] of values) {
        if (value.type !== 'other') edits.push({ kind: 'set', key: other, name, value });
        else others.push(`"${name}"=${value.data}`);
      }
      const written = formatRegFile(edits).toString('utf16le').split('\r\n').slice(3);
      lines.push('', `[${other}]`, ...written.filter((line) => line !== ''), ...others);
    }
    const text = `\uFEFFWindows Registry Editor Version 5.00\r\n${lines.join('\r\n')}\r\n\r\n`;
    return Promise.resolve(Buffer.from(text, 'utf16le'));
  }

  importFile(file: Buffer): Promise<void> {
    if (this.failing !== undefined) return Promise.reject(this.failing);
    this.imports++;
    // Deletions are not in what parseRegFile reads: taken line by line, which is enough for ours.
    let key = '';
    const kept: string[] = [];
    for (const line of file.toString('utf16le').split('\r\n')) {
      if (line.startsWith('[-')) this.#delete(line.slice(2, -1));
      else if (line.startsWith('[')) key = line.slice(1, -1);
      if (line.endsWith('=-')) {
        const [name] = [...parseValues(`${line.slice(0, -1)}""`).keys()];
        this.#open(key).delete(name ?? '');
      } else if (!line.startsWith('[-')) kept.push(line);
    }
    const rest = Buffer.from(kept.join('\r\n'), 'utf16le');
    for (const [name, values] of parseRegFile(rest)) {
      const stored = this.#open(name);
      for (const [value, data] of values) stored.set(value, data);
    }
    return Promise.resolve();
  }

  #open(key: string): CaseMap<RegData> {
    const parts = key.split('\\');
    for (let length = 1; length <= parts.length; length++) {
      const path = parts.slice(0, length).join('\\');
      if (!this.keys.has(path)) this.keys.set(path, new CaseMap());
    }
    return this.keys.get(key) ?? new CaseMap();
  }

  #delete(key: string): void {
    const below = `${key}\\`.toUpperCase();
    for (const other of [...this.keys.keys()]) {
      if (`${other}\\`.toUpperCase().startsWith(below)) this.keys.delete(other);
    }
  }
}

function parseValues(line: string): CaseMap<RegData> {
  const text = `\uFEFFWindows Registry Editor Version 5.00\r\n[K]\r\n${line}\r\n`;
  return parseRegFile(Buffer.from(text, 'utf16le')).get('K') ?? new CaseMap();
}
