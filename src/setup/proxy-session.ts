import { BaiError, errorForOwner } from '../errors.js';
import { readFileIfExists } from '../platform/read-file.js';
import { askAgent } from '../tunnel/agent/control-client.js';
import type { AgentStatus, TunnelStatus } from '../tunnel/agent/protocol.js';
import { agentPlaces } from './agent/address.js';
import type { KnownSite } from './find-site.js';
import type { ConnectionFlags, Manager } from './sign-in.js';
import { findMeantSite } from './site-owner.js';
import { parseState } from './state.js';
import { AGENT_PATIENCE_MS, throughAgent, type ProxyStreams } from './through-agent.js';
import type { Workspace } from './workspace.js';

/*
 * Each connection of an SSH client waits for this to start, so that what only some need is loaded only
 * then: with an agent running that is nothing of the network code.
 */

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
  const status = site === null ? null : await findAgent(workspace, address);
  const tunnel = status?.tunnels.find((held) => held.id === site?.id && isHere(held));
  if (status === null || tunnel === undefined) {
    await dialAlone(workspace, reference, site, flags, streams).catch(async (error: unknown) => {
      throw site === null ? error : await errorForSite(workspace, site, error);
    });
    return;
  }
  const { pid } = status;
  workspace.log(`through the agent, process ${pid}, on port ${tunnel.port}`);
  await throughAgent({ address, pid, tunnel }, streams);
}

/** Whether the agent itself listens: how connections through a window end it cannot tell. */
function isHere({ state }: TunnelStatus): boolean {
  return state === 'open' || state === 'failing';
}

/** The agent's state; `null` where none runs that can be asked: clients can do without it. */
async function findAgent({ log }: Workspace, address: string): Promise<AgentStatus | null> {
  try {
    return await askAgent(address, { op: 'status' }, AGENT_PATIENCE_MS);
  } catch (error) {
    log(`without the agent: ${error instanceof Error ? error.message : String(error)}`);
    return null;
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

async function dialAlone(
  workspace: Workspace,
  reference: string,
  site: KnownSite | null,
  flags: ConnectionFlags,
  { input, output }: ProxyStreams,
): Promise<void> {
  const [{ flagsOfSite, openManager }, { SiteRefresher }, { sharedCheck }, { bridgeStreams }] =
    await Promise.all([
      import('./sign-in.js'),
      import('./refresh-site.js'),
      import('./shared-check.js'),
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
  const { upgrade } = refresher;
  // Where setup never ran there is nothing to keep true, and nowhere to note it.
  const prepare = site === null ? refresher.prepare : sharedCheck(workspace, kept, refresher);
  await bridgeStreams(input, output, { upgrade, prepare, log: workspace.log });
}

/** Clients type no options: the failure is told with those that mean whose site it is. */
async function errorForSite(
  workspace: Workspace,
  { record }: KnownSite,
  error: unknown,
): Promise<unknown> {
  const { siteOptions } = await import('./site-options.js');
  return errorForOwner(error, await siteOptions(workspace, record));
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
