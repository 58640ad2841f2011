import { createHash } from 'node:crypto';
import { isRecord, jsonBody, ok, type ApiRequest, type Route } from './api.js';
import { agentProblem, Problem, type Answer } from './problems.js';
import { appsOf, findSession, type World } from './world.js';

/** Running things in a container: the AppProxy's token, and the host key command. */
export const serviceRoutes: readonly Route[] = [
  ['/session/*/start-service', { POST: startService }],
  ['/scaling-groups/*/wsproxy-version', { GET: wsproxyVersion }],
];

function startService(world: World, request: ApiRequest): Answer {
  const session = findSession(world, request.path[1] ?? '');
  const body = jsonBody(request);
  const name = body['app'] ?? body['service'];
  if (typeof name !== 'string')
    throw new Problem('invalid-parameters', { data: { app: 'is required' } });
  const { appProxy } = world;
  if (appProxy === null) {
    throw new Problem('service-unavailable', {
      msg: 'No coordinator configured for this resource group',
    });
  }
  const app = appsOf(session).find((candidate) => candidate.name === name);
  if (app === undefined) throw new Problem('no-such-app', { msg: `${session.name}:${name}` });
  const to = session.target ?? { host: '127.0.0.1', port: app.hostPort };
  return ok({
    token: appProxy.issueToken({ sessionId: session.id, app: name, ...to }),
    wsproxy_addr: appProxy.endpoint,
  });
}

function wsproxyVersion(world: World): Answer {
  return ok({ wsproxy_version: world.appProxy === null ? 'v1' : 'v2' });
}

/**
 * `POST /session/{s}`: batch mode with the one command that clients send, which prints the host
 * key. The first answer says "continued", as a run that takes a moment does.
 */
export function execute(world: World, request: ApiRequest): Answer {
  const session = findSession(world, request.path[1] ?? '');
  if (session.type === 'system' || session.sshd === null) {
    throw agentProblem("RuntimeError('The kernel does not support the batch mode')");
  }
  const body = jsonBody(request);
  const runId = body['runId'] ?? body['run_id'];
  if (typeof runId !== 'string' || runId.length < 8 || runId.length > 64) {
    throw new Problem('invalid-parameters', { data: { runId: 'length is not 8 to 64' } });
  }
  const result = { runId, exitCode: null, options: null, files: null, console: [] as unknown[] };
  if (body['mode'] === 'batch') {
    const options = isRecord(body['options']) ? body['options'] : {};
    world.runs.set(runId, typeof options['exec'] === 'string' ? options['exec'] : '');
    return ok({ result: { ...result, status: 'continued' } });
  }
  const command = world.runs.get(runId);
  if (body['mode'] !== 'continue' || command === undefined) {
    throw new Problem('invalid-parameters', { data: { mode: 'is not known' } });
  }
  world.runs.delete(runId);
  const prints = command.includes('dropbearkey') && command.includes(world.release.hostKeyPath);
  if (!prints) {
    return ok({ result: { ...result, status: 'finished', exitCode: 3 } });
  }
  const { publicLine } = session.hostKey;
  const blob = Buffer.from(publicLine.split(' ')[1] ?? '', 'base64');
  const fingerprint = `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
  const text = `Public key portion is:\n${publicLine} work@main1\nFingerprint: ${fingerprint}\n`;
  return ok({
    result: { ...result, status: 'finished', exitCode: 0, console: [['stdout', text]] },
  });
}
