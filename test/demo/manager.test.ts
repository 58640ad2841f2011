import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releaseNames, startDemo, type Demo, type ReleaseName } from '../../src/demo/index.js';
import { problemAnswer, Problem } from '../../src/demo/problems.js';
import { releases } from '../../src/demo/releases.js';
import { call } from './client.js';

const fixture = async (name: string): Promise<unknown> =>
  JSON.parse(
    await readFile(new URL(`../../fixtures/manager/${name}`, import.meta.url), 'utf8'),
  ) as unknown;

interface GraphqlRequest {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}
interface SessionList {
  readonly compute_session_list: {
    readonly items: Record<string, unknown>[];
    readonly total_count: number;
  };
}

const running: Partial<Record<ReleaseName, Demo>> = {};
beforeAll(async () => {
  await Promise.all(
    (['22.03', '26.8'] as const).map(async (release) => {
      running[release] = await startDemo({ release });
    }),
  );
}, 60_000);
afterAll(() => Promise.all(Object.values(running).map((demo) => demo.close())));
const at = (release: ReleaseName): Demo => {
  const demo = running[release];
  if (demo === undefined) throw new Error(release);
  return demo;
};

async function list(demo: Demo, variables: Record<string, unknown> = {}): Promise<SessionList> {
  const request = (await fixture('gql.compute_session_list.request.json')) as GraphqlRequest;
  const reply = await call(demo, 'POST', '/admin/gql', {
    ...request,
    variables: { ...request.variables, ak: demo.accessKey, ...variables },
  });
  expect(reply.status).toBe(200);
  return reply.json['data'] as SessionList;
}

describe('GraphQL', () => {
  it('lists the running sessions, newest first, with the fields asked for', async () => {
    const { compute_session_list: found } = await list(at('26.8'));
    expect(found.items.map(({ name }) => name)).toEqual([
      'demo',
      'demo-upload',
      'demo-dropbear',
      'demo-own-key',
    ]);
    expect(found.total_count).toBe(4);
    const example = (await fixture('gql.compute_session_list.response.json')) as {
      data: SessionList;
    };
    const fields = Object.keys(example.data.compute_session_list.items[0] ?? {});
    const asked = Object.keys(found.items[0] ?? {});
    expect(fields).toEqual(expect.arrayContaining(asked));
    const ports: unknown = JSON.parse(String(found.items[0]?.['service_ports']));
    expect(ports).toContainEqual({
      name: 'sshd',
      protocol: 'tcp',
      container_ports: [2200],
      host_ports: [at('26.8').sshPort('demo')],
      is_inference: false,
    });
  });

  it('has pending sessions without ports, and pages', async () => {
    const pending = await list(at('26.8'), { status: 'PENDING' });
    expect(pending.compute_session_list.items).toMatchObject([
      { name: 'demo-pending', status: 'PENDING', service_ports: null },
    ]);
    const second = await list(at('26.8'), { status: null, limit: 1, offset: 1 });
    expect(second.compute_session_list.items).toMatchObject([{ name: 'demo' }]);
    expect(second.compute_session_list.total_count).toBe(5);
  });

  it('calls the container id in 22.x', async () => {
    const [old] = (await list(at('22.03'))).compute_session_list.items;
    expect(old?.['session_id']).toBe(at('22.03').session('demo').id);
    expect(old?.['id']).not.toBe(old?.['session_id']);
    const [now] = (await list(at('26.8'))).compute_session_list.items;
    expect(now?.['id']).toBe(now?.['session_id']);
  });

  it('answers the query of the web console', async () => {
    const request = await fixture('gql.compute_session_nodes.request.json');
    const { json } = await call(at('26.8'), 'POST', '/admin/gql', request as object);
    expect(json['data']).toMatchObject({
      compute_session_nodes: { count: 4, edges: [{ node: { name: 'demo' } }, {}, {}, {}] },
    });
  });

  it('knows no other fields, keys or syntax', async () => {
    const demo = at('26.8');
    const ask = (query: string) => call(demo, 'POST', '/admin/gql', { query });
    const { json } = await ask('{compute_session_list(limit:1,offset:0){items{foo}}}');
    expect(json).toEqual({
      data: null,
      errors: [{ message: "Cannot query field 'foo' on type 'ComputeSession'." }],
    });
    expect((await ask('{compute_session_list(')).json['errors']).toBeDefined();
    expect(
      (await ask('{x: compute_session_list(access_key:"AKIAX",limit:1){total_count}}')).status,
    ).toBe(403);
  });

  it('shows an admin everybody, unless one key is asked for', async () => {
    const demo = await startDemo({
      role: 'admin',
      only: ['somebody-elses', 'demo', 'demo-pending'],
    });
    const all = await list(demo, { ak: null, status: null });
    expect(all.compute_session_list.items.map(({ name }) => name)).toContain('somebody-elses');
    const own = await list(demo, { status: null });
    expect(own.compute_session_list.total_count).toBe(2);
    expect((await call(demo, 'GET', '/session/somebody-elses')).status).toBe(404);
    await demo.close();
  });
});

describe('REST', () => {
  it('matches by prefix in 22.x, exactly and with the dead ones later', async () => {
    const names = async (release: ReleaseName, text: string): Promise<unknown> => {
      const { json } = await call(at(release), 'GET', `/session/_/match?id=${text}`);
      return (json['matches'] as { name: string }[]).map(({ name }) => name);
    };
    expect(await names('22.03', 'demo-')).toEqual([
      'demo-pending',
      'demo-upload',
      'demo-dropbear',
      'demo-own-key',
    ]);
    expect(await names('26.8', 'demo-')).toEqual([]);
    expect(await names('26.8', 'demo')).toEqual(['demo']);
    await at('26.8').addSession({ name: 'short-lived' });
    await at('26.8').terminate('short-lived');
    const { json } = await call(at('26.8'), 'GET', '/session/_/match?id=short-lived');
    expect(json['matches']).toMatchObject([{ name: 'short-lived', status: 'TERMINATED' }]);
    expect((await call(at('26.8'), 'GET', '/session/short-lived')).status).toBe(404);
  });

  it('tells apps and state by name and by UUID', async () => {
    const demo = at('26.8');
    const { id } = demo.session('demo');
    for (const reference of ['demo', id]) {
      const { json } = await call(demo, 'GET', `/session/${reference}`);
      expect(json['status']).toBe('RUNNING');
      const apps = await call(demo, 'GET', `/stream/session/${reference}/apps`);
      expect(apps.json).toContainEqual({ name: 'sshd', protocol: 'tcp', ports: [2200] });
      expect((await call(demo, 'GET', `/session/${id}/direct-access-info`)).json).toEqual({});
    }
    expect((await call(demo, 'GET', '/stream/session/demo-pending/apps')).status).toBe(404);
    const old = await call(at('22.03'), 'GET', '/stream/session/demo-pending/apps');
    expect(old.json).toEqual([]);
  });

  it('refuses an ambiguous name with the sessions that have it', async () => {
    const demo = at('22.03');
    await demo.addSession({ name: 'twin' });
    await demo.addSession({ name: 'twin', status: 'PENDING' });
    const { status, json } = await call(demo, 'GET', '/session/twin');
    expect(status).toBe(404);
    expect(json['type']).toBe('https://api.backend.ai/probs/too-many-sessions-matched');
    expect(json['data']).toMatchObject({ matches: [{ name: 'twin' }, { name: 'twin' }] });
  });

  it('knows no other paths and methods', async () => {
    const demo = at('26.8');
    expect((await call(demo, 'GET', '/nope')).json).toMatchObject({
      title: 'Unknown URL path.',
      data: '/nope',
    });
    expect((await call(demo, 'DELETE', '/admin/gql')).status).toBe(405);
    expect((await call(demo, 'GET', '/stream/session/demo/tcpproxy?app=sshd')).status).toBe(400);
  });
});

describe('problems', () => {
  interface Example {
    readonly status: number;
    readonly when: string;
    readonly body: Record<string, unknown>;
  }
  it('have the bodies of the 26.x manager', async () => {
    const names = {
      'clock skew': 'clock-skew',
      'X-BackendAI-Version': 'unsupported-version',
      'wrong secret': 'wrong-signature',
      'unknown or inactive': 'unknown-access-key',
      'no Authorization': 'no-authorization',
      'client IP': 'address-not-allowed',
      'GET download on >=26.3': 'method-not-allowed',
      'GET download / ': 'deprecated',
      'sshd could not': 'sshd-failed',
      'API rate limit': 'rate-limited',
      'manager frozen': 'frozen',
    } as const;
    const examples = (await fixture('errors.json')) as Example[];
    for (const [when, name] of Object.entries(names)) {
      const example = examples.find((candidate) => candidate.when.startsWith(when));
      const answer = problemAnswer(releases['26.8'], new Problem(name));
      expect(answer).toMatchObject({ status: example?.status });
      expect(answer.body).toEqual(example?.body);
    }
  });

  it('carry an error_code from 25.8 on, and tell the kind of 401 from 26 on', () => {
    for (const name of releaseNames) {
      const { body } = problemAnswer(releases[name], new Problem('wrong-signature'));
      expect('error_code' in body).toBe(name.startsWith('26'));
      expect('msg' in body).toBe(name.startsWith('26'));
    }
  });
});

describe('faults', () => {
  it('are answered instead, so many times, where they are meant', async () => {
    const demo = at('26.8');
    demo.failRequests('rate-limited', { target: /match/, times: 1 });
    expect((await call(demo, 'GET', '/session/demo')).status).toBe(200);
    expect((await call(demo, 'GET', '/session/_/match?id=demo')).status).toBe(429);
    expect((await call(demo, 'GET', '/session/_/match?id=demo')).status).toBe(200);
    demo.failRequests('html');
    expect((await call(demo, 'GET', '/')).bytes.toString()).toContain('<!doctype html>');
    demo.clearFaults();
    demo.failRequests('reset');
    await expect(call(demo, 'GET', '/')).rejects.toThrow();
    demo.clearFaults();
    demo.setRemainingRequests(1);
    const last = await call(demo, 'GET', '/session/demo');
    expect(last.headers.get('x-ratelimit-remaining')).toBe('0');
    expect((await call(demo, 'GET', '/session/demo')).status).toBe(429);
    demo.clearFaults();
  });
});
