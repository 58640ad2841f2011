import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { appPaths } from '../../src/platform/app-paths.js';
import type { FileChange, RegistryChange, RegistryValue } from '../../src/changes/change.js';
import type { ChangeHost } from '../../src/changes/host.js';
import { scratch } from '../platform/scratch.js';
import { MemoryRegistry } from './memory-registry.js';

export const HKCU = 'HKEY_CURRENT_USER\\Software';

/** A folder with our own folders in it, and a registry in memory. */
export async function testHost(): Promise<ChangeHost & { root: string; registry: MemoryRegistry }> {
  const root = await scratch();
  const paths = appPaths('linux', { BAI_WIN_HOME: join(root, 'bai') }, root);
  return { root, paths, registry: new MemoryRegistry() };
}

/** A change of another program's file, from text. */
export function fileChange(
  path: string,
  before: string | null,
  after: string | null,
  more: Partial<FileChange> = {},
): FileChange {
  const bytes = (text: string | null) => (text === null ? null : Buffer.from(text));
  return {
    kind: 'file',
    stage: 'entry',
    title: 'site "demo"',
    path,
    before: bytes(before),
    after: bytes(after),
    secret: false,
    foreign: true,
    ...more,
  };
}

/**
 * Does something while a temporary file is made, so between the look at a file and its replacement. Only
 * where `node:fs/promises` is mocked with `spy`.
 * @param index of the change in its plan
 */
export async function duringWriteOf(index: number, act: () => void): Promise<void> {
  const { open: trueOpen } = await vi.importActual<typeof fs>('node:fs/promises');
  const open = vi.mocked(fs.open);
  open.mockImplementation((path, ...more) => {
    if (String(path).endsWith(`-${index}.tmp`)) act();
    return trueOpen(path, ...more);
  });
  onTestFinished(() => {
    open.mockRestore();
  });
}

export function registryChange(
  key: string,
  name: string,
  before: RegistryValue | null,
  after: RegistryValue | null,
): RegistryChange {
  return { kind: 'registry', stage: 'entry', title: 'session "demo"', key, name, before, after };
}

export const sz = (data: string): RegistryValue => ({ type: 'sz', data });
export const dword = (data: number): RegistryValue => ({ type: 'dword', data });
