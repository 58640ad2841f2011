import { describe, expect, it, vi } from 'vitest';
import { checkAccessKey, shownAccessKey } from '../../src/manager/access-key.js';
import { useSignIns } from './support/sign-ins.js';

// Each test runs the program several times, which takes long on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const world = useSignIns();
const { run, refused } = world;

describe('a secret key in the place of the access key', () => {
  /** Whatever comes after its first four characters. */
  const rest = (): string => world.demo.secretKey.slice(4);

  /** In one word: one secret key in 64 begins with a dash, as options do. */
  const asAccessKey = (secret: string): string => `--access-key=${secret}`;

  it('is refused by login before anything is asked or sent, and not shown', async () => {
    const { managerEndpoint, accessKey, secretKey } = world.demo;
    const words = ['login', managerEndpoint, asAccessKey(secretKey), '--secret-key-stdin'];
    const said = await refused(run(words, { input: accessKey }));
    expect(said).toContain(`but this one is "${secretKey.slice(0, 4)}..." with 40 characters\n`);
    expect(said).toContain('hint: were access key and secret key swapped? copy both again');
    expect(said).not.toContain(rest());
    expect(await refused(run(words.slice(0, -1)))).not.toContain(rest());
  });

  it('is shown neither from the environment nor in what is to be typed next', async () => {
    const { managerEndpoint, accessKey, secretKey } = world.demo;
    const env = {
      BACKEND_ENDPOINT: managerEndpoint,
      BACKEND_ACCESS_KEY: secretKey,
      BACKEND_SECRET_KEY: accessKey,
    };
    expect(await refused(run(['sessions'], { env }))).toContain('swapped?');
    for (const words of [
      ['sessions', '--endpoint', managerEndpoint, asAccessKey(secretKey)],
      ['show', asAccessKey(secretKey)],
      ['show', 'nope', asAccessKey(secretKey)],
      ['proxy', 'nope', asAccessKey(secretKey)],
      ['open', 'nope', asAccessKey(secretKey)],
      ['login', '--show', asAccessKey(secretKey)],
      ['login', '--show', '--json', asAccessKey(secretKey)],
    ]) {
      const { stdout, stderr } = await run(words);
      const shown = new RegExp(`${secretKey.slice(0, 4)}\\.\\.\\.|--access-key KEY\\b`);
      expect(stdout + stderr, words.join(' ')).toMatch(shown);
      expect(stdout + stderr, words.join(' ')).not.toContain(rest());
    }
  });

  it('is asked about where a short one is refused', async () => {
    const { managerEndpoint } = world.demo;
    const words = ['login', managerEndpoint, '--access-key', 'short-secret', '--secret-key-stdin'];
    const said = await refused(run(words, { input: 'AKIAUNKNOWN' }));
    expect(said).toContain('does not know access key "shor..."');
    expect(said).toContain('hint: were access key and secret key swapped?');
    expect(await refused(run(words.slice(0, -1)))).toContain('--access-key KEY --secret-key-stdin');
  });
});

describe('an access key', () => {
  it('is shown whole where it looks like one', () => {
    expect(shownAccessKey('AKIAIOSFODNN7EXAMPLE')).toBe('AKIAIOSFODNN7EXAMPLE');
    for (const other of ['AKIAIOSFODNN7EXAMPLEX', 'akiaiosfodnn7example', 'AK-1', 'AK\n']) {
      expect(shownAccessKey(other)).toBe(JSON.stringify(`${other.slice(0, 4)}...`));
    }
  });

  it('is taken in small letters too, as people may have set it themselves', () => {
    expect(() => {
      checkAccessKey('my-own.key');
    }).not.toThrow();
  });
});
