import { expect, it } from 'vitest';
import { appProxyAddress } from '../../src/manager/app-proxy.js';
import { apiClient } from '../../src/manager/client.js';
import { jsonFixture, serve, testCredentials } from './fake-server.js';

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.TOPSECRET.c2lnbmF0dXJl';

it('shows no token, whatever the answer repeats', async () => {
  const coordinator = await serve(({ target }) => ({
    status: 404,
    body: { type: 'https://api.backend.ai/probs/generic-not-found', title: `No ${target} here` },
  }));
  const manager = await serve(({ target }) => ({
    body:
      target === '/'
        ? jsonFixture('hello.24.09.json')
        : { token: TOKEN, wsproxy_addr: coordinator.url },
  }));
  const session = { id: '0d6b1b5e-8e5b-4d7e-9a75-0a1f2b3c4d5e', name: 'work' };
  const client = apiClient(testCredentials(manager.url));
  const error = await appProxyAddress(client, session, 'go round').catch(
    (thrown: unknown) => thrown,
  );
  expect(coordinator.seen.at(-1)?.target).toContain(TOKEN);
  expect(error).toMatchObject({
    name: 'BaiError',
    message: expect.stringContaining('No … here') as string,
  });
  expect(JSON.stringify(error) + String(error)).not.toContain('TOPSECRET');
});
