import { connect, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { BaiError } from '../errors.js';
import { readFileIfExists } from '../platform/read-file.js';
import { askAgent } from '../tunnel/agent/control-client.js';
import { agentPlaces } from './agent/address.js';
import type { KnownSite } from './find-site.js';
import type { ConnectionFlags, Manager } from './sign-in.js';
import { findMeantSite } from './site-owner.js';
import { parseState } from './state.js';
import type { Workspace } from './workspace.js';

/*
 * Each connection of an SSH client waits for this to start, so that what only some need is loaded only
 * then: with an agent running that is nothing of the network code.
 */

/** The client's side: what it sends, and where sshd's bytes, and nothing else, go. */
interface ProxyStreams {
  readonly input: Readable;
  readonly output: Writable;
}

/**
 * Carries one connection to a session's sshd: through the agent where that holds the session's tunnel,
 * else on its own. Resolves at a clean end.
 *
 * @param reference name or id of the session, or the beginning of one
 * @throws BaiError where the session cannot be reached or the connection broke off
 */
export async function proxySession(
  workspace: Workspace,
  reference: string,
  flags: ConnectionFlags,
  streams: ProxyStreams,
): Promise<void> {
  const site = await findSetUp(workspace, reference, flags);
  const { address } = agentPlaces(workspace);
  const status = site === null ? null : await askAgent(address, { op: 'status' });
  const tunnel = status?.tunnels.find(({ id, state }) => id === site?.id && state !== 'closed');
  if (tunnel === undefined) {
    await dialAlone(workspace, reference, site, flags, streams);
    return;
  }
  workspace.log(`through the agent, process ${status?.pid ?? 0}, on port ${tunnel.port}`);
  const began = new Date().toISOString();
  try {
    await pump(tunnel.port, streams);
  } catch (error) {
    // The agent knows why it reset the connection.
    const after = await askAgent(address, { op: 'status' }).catch(() => null);
    const failure = after?.tunnels.find(({ id }) => id === tunnel.id)?.failure;
    if (failure && failure.at >= began) {
      throw new BaiError(failure.code, failure.message, failure.hint, { cause: error });
    }
    throw error;
  }
}

/** The site that is meant; `null` where it is not set up here. */
async function findSetUp(
  workspace: Workspace,
  reference: string,
  flags: ConnectionFlags,
): Promise<KnownSite | null> {
  const { stateFile } = workspace;
  const state = parseState(await readFileIfExists(stateFile), stateFile);
  try {
    return await findMeantSite(workspace, state, reference, flags);
  } catch (error) {
    if (error instanceof BaiError && error.code === 'site-not-found') return null;
    throw error;
  }
}

/** @throws BaiError `proxy-cut` */
async function pump(port: number, { input, output }: ProxyStreams): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.on('error', (cause) => {
        // To a client that leaves before it said anything the tunnel owes nothing, and resets.
        if (input.readableEnded && socket.bytesWritten === 0) resolve();
        else reject(cut(cause));
      });
      // A client that is gone needs no words.
      output.on('error', () => {
        resolve();
      });
      socket.on('end', () => {
        resolve();
      });
      input.pipe(socket);
      socket.pipe(output, { end: false });
    });
    await drained(socket, output);
  } finally {
    input.destroy();
    socket.destroy();
  }
}

/** Lets the client take what sshd sent last. */
async function drained(socket: Socket, output: Writable): Promise<void> {
  socket.unpipe(output);
  if (!output.writable) return;
  await new Promise<void>((resolve) => {
    output.end(resolve);
  });
}

function cut(cause: Error): BaiError {
  return new BaiError(
    'proxy-cut',
    `the connection through the agent broke off: ${cause.message}`,
    'type: bai-win status    to see what is wrong',
    { cause },
  );
}

async function dialAlone(
  workspace: Workspace,
  reference: string,
  site: KnownSite | null,
  flags: ConnectionFlags,
  { input, output }: ProxyStreams,
): Promise<void> {
  const [{ flagsOfSite, openManager }, { SiteRefresher }, { bridgeStreams }] = await Promise.all([
    import('./sign-in.js'),
    import('./refresh-site.js'),
    import('../tunnel/tunnel.js'),
  ]);
  // A site has its owner, whoever else is signed in.
  const owner = site === null || flags.profile !== undefined ? flags : flagsOfSite(site.record);
  const manager = await openManager(workspace, owner);
  const kept =
    site === null
      ? await findUnknown(manager, reference)
      : { id: site.id, session: { id: site.record.sessionId, name: site.record.sessionName } };
  const refresher = new SiteRefresher(
    workspace,
    () => Promise.resolve(manager),
    kept,
    (stale) => {
      for (const { what, old, new: now } of stale) {
        workspace.log(`refreshed ${what}: was ${old}, is ${now}`);
      }
    },
  );
  const { upgrade, prepare } = refresher;
  await bridgeStreams(input, output, { upgrade, prepare, log: workspace.log });
}

/** A session that is not set up. */
async function findUnknown(
  manager: Manager,
  reference: string,
): Promise<{ id: string; session: { id: string; name: string } }> {
  const [{ resolveSession }, { listSessions }, { siteId }] = await Promise.all([
    import('../manager/resolve-session.js'),
    import('../manager/session-list.js'),
    import('./site-id.js'),
  ]);
  const session = resolveSession(await listSessions(manager.client), reference);
  return { id: siteId(manager.endpoint, manager.accessKey, session.name), session };
}
