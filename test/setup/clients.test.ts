import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import { detectClients } from '../../src/setup/detect-clients.js';
import { openWorkspace } from '../../src/setup/workspace.js';
import { MemoryRegistry } from '../changes/memory-registry.js';
import { baiWin } from '../cli/support/bai-win.js';
import { makeScratchHome, type ScratchHome } from '../cli/support/scratch-home.js';

/** The clients chosen on a Windows machine with this registry and no file, and what is told of them. */
async function detected(registry: MemoryRegistry): Promise<{ ids: string[]; log: string }> {
  const lines: string[] = [];
  const exporters = await detectClients({
    ...openWorkspace({ log: (line) => lines.push(line), notice: () => undefined }),
    machine: { platform: 'win32', home: 'C:\\Users\\nobody', env: {} },
    registry,
  });
  return { ids: exporters.map(({ id }) => id), log: lines.join('\n') };
}

describe('without --for, setup writes', () => {
  it('for the clients that are found, and says why', async () => {
    const registry = new MemoryRegistry().set('HKEY_LOCAL_MACHINE\\Software\\FileZilla Client', {
      Version: { type: 'sz', data: '3.69.1' },
    });
    const { ids, log } = await detected(registry);
    expect(ids).toEqual(['filezilla']);
    expect(log).toContain('FileZilla found: FileZilla 3.69.1 is installed');
    expect(log).toContain('PuTTY not found: no putty program found');
  });

  it('for FileZilla and PuTTY where nothing is found', async () => {
    const { ids, log } = await detected(new MemoryRegistry());
    expect(ids).toEqual(['filezilla', 'putty']);
    expect(log).toContain('no other client found');
  });
});

describe('with --for, setup writes', () => {
  let demo: Demo;
  let home: ScratchHome;
  beforeAll(async () => {
    demo = await startDemo({ only: ['demo'] });
  });
  afterAll(() => demo.close());
  beforeEach(async () => {
    home = await makeScratchHome();
  });
  afterEach(() => home.remove());

  async function clientsFor(list: string): Promise<string[]> {
    const args = ['setup', 'demo', '--for', list, '--json'];
    const { stdout, stderr } = await baiWin(args, { ...home.env, ...demo.env }, { cwd: home.path });
    expect(stderr).not.toContain('error');
    return Object.keys((JSON.parse(stdout) as { open: Record<string, unknown> }).open);
  }

  it('for those that are named, and for those of earlier setups', async () => {
    expect(await clientsFor('openssh')).toEqual(['openssh']);
    expect(await clientsFor('PuTTY, ')).toEqual(['putty', 'openssh']);
  });

  it('for every one where it says all', async () => {
    expect(await clientsFor('all')).toEqual(
      expect.arrayContaining(['filezilla', 'putty', 'winscp', 'openssh']),
    );
  });
});
