import { describe, expect, it } from 'vitest';

import { apiClient, type ManagerClient } from '../../src/manager/client.js';
import { hasEnded } from '../../src/manager/session-end.js';
import { checkCredentials, listSessions } from '../../src/manager/session-list.js';
import { jsonFixture, serve, testCredentials, type FakeServer } from './fake-server.js';

interface Variables {
  limit: number;
  offset: number;
  ak: string;
  status: string;
}

function variables(body: string): Variables {
  return (JSON.parse(body) as { variables: Variables }).variables;
}

async function managerWith(
  reply: (asked: Variables) => unknown,
  release = '26.8.1',
): Promise<FakeServer & { client: ManagerClient }> {
  const server = await serve(({ target, body }) => {
    if (target === '/') return { body: { version: 'v9.20250722', manager: release } };
    return target === '/admin/gql' ? { body: reply(variables(body)) } : undefined;
  });
  return { ...server, client: apiClient(testCredentials(server.url)) };
}

function list(items: unknown[], total = items.length): unknown {
  return { data: { compute_session_list: { items, total_count: total } } };
}

function item(number: number, fields: Record<string, unknown> = {}): Record<string, unknown> {
  const id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  return {
    id,
    session_id: id,
    name: `s-${number}`,
    type: 'INTERACTIVE',
    status: 'RUNNING',
    status_info: null,
    access_key: 'AKIAIOSFODNN7EXAMPLE',
    image: 'python:3.9',
    created_at: '2026-01-02T03:00:00.123456+00:00',
    service_ports: null,
    ...fields,
  };
}

describe('listSessions', () => {
  it('reads sessions as a manager since 23.03 sends them', async () => {
    const { client, seen } = await managerWith(() =>
      jsonFixture('gql.compute_session_list.response.json'),
    );
    const sessions = await listSessions(client);
    expect(sessions).toHaveLength(2);
    expect(sessions[0]).toEqual({
      id: '0d6b1b5e-8e5b-4d7e-9a75-0a1f2b3c4d5e',
      name: 'train-01',
      type: 'interactive',
      status: 'RUNNING',
      statusInfo: null,
      image: 'cr.backend.ai/stable/python:3.9-ubuntu20.04',
      createdAt: new Date('2026-01-02T03:00:00.123Z'),
      servicePorts: [
        { name: 'sshd', protocol: 'tcp', containerPorts: [2200] },
        { name: 'ttyd', protocol: 'http', containerPorts: [7681] },
        { name: 'jupyter', protocol: 'http', containerPorts: [8091] },
      ],
    });
    expect(variables(seen.at(-1)?.body ?? '')).toMatchObject({
      ak: 'AKIAIOSFODNN7EXAMPLE',
      limit: 100,
      offset: 0,
    });
  });

  it("takes the session's id, not the kernel's, from 22.09", async () => {
    const { client } = await managerWith(() =>
      jsonFixture('gql.compute_session_list.22.09-response.json'),
    );
    const [session] = await listSessions(client);
    expect(session?.id).toBe('0d6b1b5e-8e5b-4d7e-9a75-0a1f2b3c4d5e');
  });

  it('asks for the live statuses that the release knows', async () => {
    const statusesOf = async (release: string): Promise<string[]> => {
      const { client, seen } = await managerWith(() => list([]), release);
      await listSessions(client);
      return variables(seen.at(-1)?.body ?? '').status.split(',');
    };
    const oldest = await statusesOf('22.03.14');
    expect(oldest).toEqual(expect.arrayContaining(['PENDING', 'PULLING', 'RUNNING', 'ERROR']));
    expect(oldest).not.toContain('RUNNING_DEGRADED');
    expect(oldest).not.toContain('TERMINATED');
    expect(await statusesOf('23.09.11')).toContain('RUNNING_DEGRADED');
    expect(await statusesOf('26.3.0')).toContain('CREATING');
    expect(await statusesOf('26.3.0')).not.toContain('PREEMPTED');
    expect(await statusesOf('26.8.1')).toContain('PREEMPTED');
    expect(await statusesOf('')).toEqual(oldest);
  });

  it('does without the newer statuses where the manager refuses one', async () => {
    const { client, seen } = await managerWith(({ status }) =>
      status.includes('CREATING')
        ? { data: null, errors: [{ message: "'CREATING'" }] }
        : list([item(1)]),
    );
    expect(await listSessions(client)).toHaveLength(1);
    expect(seen.slice(1).map(({ body }) => variables(body).status.split(',').length)).toEqual([
      15, 8,
    ]);
  });

  it('takes no session for ended where it may be in one of those', async () => {
    const { client } = await managerWith(({ status }) =>
      status.includes('CREATING') ? { data: null, errors: [{ message: "'CREATING'" }] } : list([]),
    );
    const session = { id: '00000000-0000-4000-8000-000000000001', name: 's-1' };
    await expect(hasEnded(client, session)).rejects.toMatchObject({ code: 'query-failed' });
  });

  it('pages through many sessions and sees none twice', async () => {
    const all = Array.from({ length: 250 }, (_, number) => item(number));
    const { client, seen } = await managerWith(({ limit, offset }) =>
      // One session appeared after the first page, so everything moved by one.
      list(all.slice(Math.max(0, offset - 1), Math.max(0, offset - 1) + limit), 251),
    );
    const sessions = await listSessions(client);
    expect(new Set(sessions.map(({ id }) => id)).size).toBe(sessions.length);
    expect(sessions).toHaveLength(250);
    expect(seen.slice(1).map(({ body }) => variables(body).offset)).toEqual([0, 100, 200]);
  });

  it('stops at an empty page, whatever the total says', async () => {
    const { client, seen } = await managerWith(() => list([], 1_000_000));
    expect(await listSessions(client)).toEqual([]);
    expect(seen).toHaveLength(2);
  });

  it('leaves out the sessions of other people', async () => {
    const { client } = await managerWith(() => list([item(1), item(2, { access_key: 'OTHER' })]));
    expect((await listSessions(client)).map(({ name }) => name)).toEqual(['s-1']);
  });

  it.each([
    ['null', null, []],
    ['broken JSON', '[{', []],
    ['no list', '{}', []],
    [
      'old scalar ports',
      '[{"name":"sshd","protocol":"tcp","container_port":2200}]',
      [{ name: 'sshd', protocol: 'tcp', containerPorts: [2200] }],
    ],
    [
      'a list that was decoded already',
      [{ name: 'sshd', protocol: 'tcp', container_ports: [2200] }],
      [{ name: 'sshd', protocol: 'tcp', containerPorts: [2200] }],
    ],
  ])('reads service ports given as %s', async (_what, service_ports, expected) => {
    const { client } = await managerWith(() => list([item(1, { service_ports })]));
    expect((await listSessions(client))[0]?.servicePorts).toEqual(expected);
  });

  it('shows why a session waits', async () => {
    const { client } = await managerWith(() =>
      list([item(1, { status: 'PENDING', status_info: 'no-available-instances' })]),
    );
    expect(await listSessions(client)).toMatchObject([
      { status: 'PENDING', statusInfo: 'no-available-instances' },
    ]);
  });

  it('passes on what the manager says of a failed query', async () => {
    const { client } = await managerWith(() => jsonFixture('gql.error.response.json'));
    await expect(listSessions(client)).rejects.toMatchObject({
      code: 'query-failed',
      message: expect.stringContaining("Cannot query field 'foo'") as string,
    });
  });

  it.each([
    ['nothing', {}],
    ['no items', { data: { compute_session_list: null } }],
    ['an item that is no object', list([1])],
    ['a session without an id', list([item(1, { id: null, session_id: null })])],
    ['a session without a start', list([item(1, { created_at: 'yesterday' })])],
  ])('refuses %s', async (_what, reply) => {
    const { client } = await managerWith(() => reply);
    await expect(listSessions(client)).rejects.toMatchObject({ code: 'list-not-understood' });
  });
});

describe('checkCredentials', () => {
  it('makes one signed call', async () => {
    const { client, seen } = await managerWith(() => list([]));
    expect(await checkCredentials(client)).toEqual({
      apiVersion: 'v9.20250722',
      release: '26.8.1',
    });
    expect(seen.map(({ target }) => target)).toEqual(['/', '/admin/gql']);
    expect(variables(seen[1]?.body ?? '').limit).toBe(1);
  });

  it('fails as the manager says', async () => {
    const type = 'https://api.backend.ai/probs/auth-failed';
    const { url } = await serve(({ target }) =>
      target === '/'
        ? undefined
        : { status: 401, body: { type, title: 'x', msg: 'HMAC signature mismatch' } },
    );
    await expect(checkCredentials(apiClient(testCredentials(url)))).rejects.toMatchObject({
      code: 'wrong-secret-key',
    });
  });

  it('tells a web page from a manager', async () => {
    const { url } = await serve(() => ({
      body: '<!doctype html><title>Backend.AI</title>',
      headers: { 'Content-Type': 'text/html' },
    }));
    await expect(checkCredentials(apiClient(testCredentials(url)))).rejects.toMatchObject({
      code: 'html-answer',
    });
  });
});
