import { join } from 'node:path';
import type { Workspace } from '../../../src/setup/workspace.js';
import type { testHost } from '../../changes/support.js';

/** A workspace of Linux in the folder of a test host, without a keyring, that says nothing. */
export function testWorkspace(host: Awaited<ReturnType<typeof testHost>>): Workspace {
  return {
    ...host,
    machine: { platform: 'linux', home: host.root, env: {} },
    keyring: () => Promise.resolve(null),
    configFile: join(host.root, 'config.ini'),
    stateFile: join(host.root, 'sites.json'),
    folder: null,
    network: { proxy: undefined, caFile: undefined, insecure: false },
    options: '',
    log: () => undefined,
    notice: () => undefined,
  };
}
