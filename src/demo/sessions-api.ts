import { isRecord, jsonBody, ok, type ApiRequest, type Route } from './api.js';
import { Problem, type Answer } from './problems.js';
import { executeGraphql, GraphqlError, type Resolvers } from './graphql.js';
import { execute } from './services-api.js';
import type { DemoSession } from './session.js';
import { appsOf, findSession, findStreamSession, type World } from './world.js';

/** Finding sessions: GraphQL and REST. */
export const sessionRoutes: readonly Route[] = [
  ['/admin/gql', { POST: graphql }],
  ['/session/_/match', { GET: match }],
  ['/session/*', { GET: info, POST: execute }],
  ['/session/*/direct-access-info', { GET: directAccessInfo }],
  ['/stream/session/*/apps', { GET: apps }],
  ['/stream/session/*/tcpproxy', { GET: notAnUpgrade }],
  ['/stream/session/*/httpproxy', { GET: notAnUpgrade }],
  ['/manager/announcement', { GET: () => ok({ enabled: false, message: '' }) }],
];

function graphql(world: World, request: ApiRequest): Answer {
  const { query, variables } = jsonBody(request);
  if (typeof query !== 'string') throw new Problem('invalid-parameters', { msg: 'query' });
  try {
    return ok({
      data: executeGraphql(query, isRecord(variables) ? variables : {}, resolvers(world)),
    });
  } catch (error) {
    if (error instanceof GraphqlError) {
      return ok({ data: null, errors: [{ message: error.message }] });
    }
    throw error;
  }
}

function resolvers(world: World): Resolvers {
  const seen = (args: Readonly<Record<string, unknown>>): DemoSession[] => {
    const { access_key: accessKey, status } = args;
    const isAdmin = world.role !== 'user';
    if (typeof accessKey === 'string' && accessKey !== world.accessKey && !isAdmin) {
      throw new Problem('forbidden');
    }
    const wanted = typeof accessKey === 'string' ? accessKey : isAdmin ? null : world.accessKey;
    const statuses = typeof status === 'string' ? status.split(',') : null;
    return world.sessions.filter(
      (session) =>
        (wanted === null || session.accessKey === wanted) &&
        (statuses?.includes(session.status) ?? true) &&
        matchesFilter(session, args['filter']),
    );
  };
  return {
    compute_session_list: (args) => {
      const found = seen(args).reverse();
      if (args['order'] === 'created_at' || args['order'] === '+created_at') found.reverse();
      const offset = Number(args['offset'] ?? 0);
      return {
        items: found
          .slice(offset, offset + Number(args['limit'] ?? 0))
          .map((session) => ({ __typename: 'ComputeSession', ...graphqlFields(world, session) })),
        total_count: found.length,
      };
    },
    keypair: () => ({
      __typename: 'KeyPair',
      user_id: world.login.username,
      full_name: 'Demo User',
      access_key: world.accessKey,
      secret_key: world.secretKey,
      is_active: true,
      is_admin: world.role !== 'user',
    }),
    compute_session: (args) => {
      const session = seen({}).find(({ id }) => id === (args['id'] ?? args['sess_id']));
      if (session === undefined) return null;
      return { __typename: 'ComputeSession', ...graphqlFields(world, session) };
    },
    compute_session_nodes: (args) => {
      const found = seen({ filter: args['filter'] }).reverse();
      return {
        count: found.length,
        edges: found
          .slice(Number(args['offset'] ?? 0))
          .slice(0, Number(args['first'] ?? found.length))
          .map((session) => ({
            node: {
              __typename: 'ComputeSessionNode',
              ...graphqlFields(world, session),
              id: Buffer.from(`ComputeSessionNode:${session.id}`).toString('base64'),
              row_id: session.id,
            },
          })),
      };
    },
  };
}

/** The `filter` mini-language, as far as it compares name, status or type with a text. */
function matchesFilter(session: DemoSession, filter: unknown): boolean {
  if (typeof filter !== 'string' || filter === '') return true;
  return filter.split('&').every((term) => {
    const parsed = /^[\s(]*(name|status|type)\s*(==|!=|ilike|like)\s*"([^"]*)"[\s)]*$/.exec(term);
    if (parsed === null) throw new GraphqlError(`Failed to parse the filter: ${term.trim()}`);
    const [, field, operator, text = ''] = parsed;
    const value =
      field === 'name' ? session.name : field === 'status' ? session.status : session.type;
    if (operator === '==') return value === text;
    if (operator === '!=') return value !== text;
    const pattern = text.split('%').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const flags = operator === 'ilike' ? 'i' : '';
    return new RegExp(`^${pattern.join('.*')}$`, flags).test(value);
  });
}

function graphqlFields(world: World, session: DemoSession): Record<string, unknown> {
  const apps = appsOf(session).map(({ name, protocol, containerPort, hostPort }) => ({
    name,
    protocol,
    container_ports: [containerPort],
    host_ports: [hostPort],
    is_inference: false,
  }));
  return {
    id: world.release.kernelIds ? session.kernelId : session.id,
    session_id: session.id,
    name: session.name,
    type: session.type,
    status: session.status,
    status_info: null,
    status_changed: session.terminatedAt ?? session.createdAt,
    access_key: session.accessKey,
    image: session.image,
    tag: null,
    cluster_mode: 'single-node',
    cluster_size: 1,
    main_kernel_id: session.kernelId,
    main_kernel_role: 'main',
    scaling_group: session.type === 'system' ? 'sftp' : 'default',
    domain_name: 'default',
    group_id: '2de2b969-1d04-48a6-af16-0bc8adb3c831',
    group_name: 'default',
    user_id: session.accessKey === world.accessKey ? world.userId : session.kernelId,
    user_email: session.accessKey === world.accessKey ? 'user@example.com' : 'other@example.com',
    created_at: session.createdAt,
    terminated_at: session.terminatedAt,
    result: 'undefined',
    occupied_slots: '{"cpu": "1", "mem": "1073741824"}',
    service_ports: apps.length === 0 ? null : JSON.stringify(apps),
  };
}

function match(world: World, request: ApiRequest): Answer {
  const text = request.query.get('id') ?? stringOf(jsonBody(request)['id']);
  if (text === '') throw new Problem('invalid-parameters', { data: { id: 'is required' } });
  const { matchByPrefix } = world.release;
  const found = world.sessions.filter(({ id, name, status, accessKey }) => {
    if (accessKey !== world.accessKey) return false;
    if (!matchByPrefix) return id === text || name === text;
    return status !== 'TERMINATED' && (id.startsWith(text) || name.startsWith(text));
  });
  return ok({
    matches: found
      .reverse()
      .slice(0, 10)
      .map(({ id, name, status }) => ({ id, name, status })),
  });
}

function info(world: World, request: ApiRequest): Answer {
  const session = findSession(world, request.path[1] ?? '');
  return ok({
    domainName: 'default',
    groupId: '2de2b969-1d04-48a6-af16-0bc8adb3c831',
    userId: world.userId,
    lang: session.image,
    image: session.image,
    architecture: 'x86_64',
    containerId: session.status === 'RUNNING' ? session.kernelId.replaceAll('-', '') : null,
    status: session.status,
    statusInfo: null,
    creationTime: session.createdAt,
    terminationTime: session.terminatedAt,
  });
}

function directAccessInfo(world: World, request: ApiRequest): Answer {
  const session = findSession(world, request.path[1] ?? '');
  if (session.type !== 'system' || session.sshd === null) return ok({});
  return ok({
    kernel_role: 'SYSTEM',
    session_type: 'SYSTEM',
    public_host: '127.0.0.1',
    sshd_ports: [session.sshd.port],
  });
}

function apps(world: World, request: ApiRequest): Answer {
  const session = findStreamSession(world, request.path[2] ?? '');
  return ok(
    appsOf(session).map(({ name, protocol, containerPort }) => ({
      name,
      protocol,
      ports: [containerPort],
    })),
  );
}

function notAnUpgrade(): Answer {
  throw new Problem('bad-request', { msg: 'No WebSocket UPGRADE hdr: None' });
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
