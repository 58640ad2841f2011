import { describe, expect, it } from 'vitest';
import { chooseExporters } from '../../src/setup/choose-exporters.js';
import { LAUNCHERS } from '../../src/setup/launchers.js';
import { detectClients } from '../../src/setup/detect-clients.js';
import { openWorkspace } from '../../src/setup/workspace.js';
import { MemoryRegistry } from '../changes/memory-registry.js';
import { useDemoAndHome } from './support/demo-and-home.js';

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
  const world = useDemoAndHome({ only: ['demo'] });

  async function clientsFor(list: string): Promise<string[]> {
    const { stdout, stderr } = await world.run('setup', 'demo', '--for', list, '--json');
    expect(stderr).not.toContain('error');
    return Object.keys((JSON.parse(stdout) as { open: Record<string, unknown> }).open);
  }

  it('for those that are named, and for those of earlier setups', async () => {
    expect(await clientsFor('openssh')).toEqual(['openssh']);
    expect(await clientsFor('PuTTY, ')).toEqual(['putty', 'openssh']);
  });

  it.runIf(process.platform !== 'win32')(
    'for every one that this system can have where it says all, and refuses the others',
    async () => {
      expect(await clientsFor('all')).toEqual(['filezilla', 'putty', 'openssh']);
      const refused = await world.run('setup', 'demo', '--for', 'winscp,putty');
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain('error: WinSCP is for Windows');
      expect(refused.stderr).toContain('leave winscp out of --for');
    },
  );
});

describe('chooseExporters', () => {
  const WINDOWS_ONLY = ['winscp', 'terminal', 'kitty', 'mobaxterm'];
  const ids = (list: string, platform: NodeJS.Platform) =>
    chooseExporters(list, platform).map(({ id }) => id);

  it('takes the words of open --in, too', () => {
    for (const { id, exporter } of LAUNCHERS) {
      expect(ids(id, 'win32')).toEqual([exporter.id]);
    }
    expect(ids('ssh,code,openssh', 'linux')).toEqual(['openssh']);
  });

  it('knows every client on Windows, and elsewhere those that are not for Windows alone', () => {
    const all = ['filezilla', 'putty', 'winscp', 'openssh', 'terminal', 'kitty', 'mobaxterm'];
    expect(ids('all', 'win32')).toEqual(all);
    expect(ids(all.join(), 'win32')).toEqual(all);
    for (const platform of ['linux', 'darwin'] as const) {
      expect(ids('all', platform)).toEqual(all.filter((id) => !WINDOWS_ONLY.includes(id)));
    }
  });

  it.each(WINDOWS_ONLY)('refuses %s by name elsewhere, also beside others', (id) => {
    for (const list of [id, `putty,${id}`, `all, ${id.toUpperCase()}`]) {
      expect(() => ids(list, 'linux')).toThrow(
        expect.objectContaining({ code: 'client-not-here' }) as Error,
      );
    }
  });
});
