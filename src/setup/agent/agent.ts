import { setTimeout as sleep } from 'node:timers/promises';
import { compareText } from '../../compare-text.js';
import { BaiError } from '../../errors.js';
import { serveControl } from '../../tunnel/agent/control-server.js';
import { openLog } from '../../tunnel/agent/log-file.js';
import type { AgentRequest, AgentStatus } from '../../tunnel/agent/protocol.js';
import { ensurePrivateDirectory } from '../../platform/private-files.js';
import { withProcessLock } from '../../platform/process-lock.js';
import { currentSignIn } from '../current-sign-in.js';
import { knownSites } from '../find-site.js';
import type { ConnectionFlags, Manager } from '../sign-in.js';
import { readState } from '../site-list.js';
import { openWorkspace, type Workspace } from '../workspace.js';
import { siteOptions } from '../site-options.js';
import { agentPlaces } from './address.js';
import { beginLife } from './life.js';
import { HeldTunnel } from './held-tunnel.js';
import { startSuccessor } from './spawn-agent.js';
import { takeOver } from './take-over.js';
import { watchProgram } from './watch-program.js';

/**
 * Who starts an agent asks it at once. One that came too late, because another had been started at the
 * same moment and was stopped since, has nothing to do and ends.
 */
const IDLE_LIMIT_MS = 60_000;

/** Whoever has asked the agent to end waits for it: what hangs is left to the end of the process. */
const CLOSE_LIMIT_MS = 5_000;

/** What could not be opened is tried again, later and later: a window may end, a disk have room again. */
const RETRY_MS = { first: 1_000, longest: 10_000 } as const;

/** A setup of a session that it inherits may be at work; whoever asks gives up some seconds later. */
const BEGIN_LIMIT_MS = 5_000;

/**
 * Runs the agent until it is told to stop: it owns the tunnels, opens and closes them as it is asked
 * over its control channel, and writes a log. An agent of an older version is replaced, and it is itself
 * when the files of its program are. Requests to a manager may still be under way when it resolves: the
 * process is to be ended then.
 *
 * @param version of this program
 * @throws BaiError `agent-already-running`, `agent-not-reachable`, and where our own folders cannot be used
 */
export async function runAgent(
  flags: ConnectionFlags,
  network: Workspace['network'],
  version: string,
): Promise<void> {
  const silent = openWorkspace({ log: () => undefined, notice: () => undefined, network });
  const { folder, address, lockFile, logFile } = agentPlaces(silent);
  await ensurePrivateDirectory(silent.paths.state);
  await ensurePrivateDirectory(folder);
  const log = openLog(logFile);
  const workspace: Workspace = { ...silent, log, notice: log };
  const agent = new Agent(workspace, currentSignIn(workspace, flags), version);
  // One at a time: who came between would find nobody to inherit from, and take the place.
  const { inherited, endLife, control } = await withProcessLock(lockFile, async () => {
    const inherited = await takeOver(workspace, version);
    const endLife = await beginLife(workspace).catch((error: unknown) => {
      // What it held is not to be lost because the one before does not end.
      if (inherited.length === 0) throw error;
      log(`going on all the same: ${(error as Error).message}`);
      return () => Promise.resolve();
    });
    const control = await serveControl(address, (request) => agent.handle(request));
    return { inherited, endLife, control };
  });
  log(`agent ${version} started, process ${process.pid}`);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      agent.stop();
    });
  }
  // One connection's fault must not take the others down.
  process.on('uncaughtException', (error) => {
    log(`unexpected: ${error.stack ?? error.message}`);
  });
  // It may have to wait for setups, and is to be ended all the same.
  void agent.begin(inherited);
  const [, program = ''] = process.argv;
  // What it has not loaded yet is gone with the files of its version. Where clients are connected, it has
  // loaded all that the next ones need.
  const unwatch = watchProgram(
    program,
    () => agent.isInUse,
    async () => {
      log('the program was replaced: handing over to a new process');
      const failure = await startSuccessor(workspace.paths.state);
      log(`going on, and trying again later, as the new process did not take over: ${failure}`);
    },
  );
  await agent.stopped;
  unwatch();
  await control.close();
  await Promise.race([agent.closeAll(), limit(CLOSE_LIMIT_MS)]);
  await endLife();
  log('agent ended');
}

/** Resolves after that time, and keeps no process that has nothing else to do. */
const limit = (milliseconds: number): Promise<void> =>
  sleep(milliseconds, undefined, { ref: false });

class Agent {
  /** Resolves when somebody has asked the agent to stop. */
  readonly stopped: Promise<void>;
  readonly #workspace: Workspace;
  readonly #signIn: () => Promise<Manager>;
  readonly #version: string;
  readonly #held = new Map<string, HeldTunnel>();
  #stop: () => void = () => undefined;
  #isEnding = false;
  #retry: NodeJS.Timeout | undefined;
  #begin: () => void = () => undefined;
  /** Who asks waits for it, that nothing it inherits looks lost, but not for long. */
  readonly #begun = new Promise<void>((resolve) => {
    this.#begin = resolve;
  });
  /** Work is done one after the other. */
  #last: Promise<unknown> = this.#begun;

  constructor(workspace: Workspace, signIn: () => Promise<Manager>, version: string) {
    this.#workspace = workspace;
    this.#signIn = signIn;
    this.#version = version;
    this.stopped = new Promise((resolve) => {
      this.#stop = resolve;
    });
    setTimeout(() => {
      if (this.#held.size === 0) this.stop();
    }, IDLE_LIMIT_MS).unref();
  }

  /** Opens what the agent before this one held, then serves requests. */
  async begin(inherited: readonly string[]): Promise<void> {
    await this.#up(inherited).catch((error: unknown) => {
      this.#workspace.log(error instanceof Error ? error.message : String(error));
    });
    this.#begin();
  }

  /** @throws BaiError `agent-ending` for `up`, and what `up` and `down` meet */
  async handle({ op, sites = [], client }: AgentRequest): Promise<AgentStatus> {
    await Promise.race([this.#begun, limit(BEGIN_LIMIT_MS)]);
    // Whoever is refused starts the next one.
    if (op === 'up' && !(await this.#inTurn(() => this.#up(sites)))) throw ending();
    if (op === 'down') await this.#inTurn(() => this.#down(sites));
    if (op === 'stop') this.stop();
    // What is about to close is told only to whoever may open it again.
    const held = this.#isEnding && op !== 'stop' ? [] : [...this.#held.values()];
    const tunnels = held
      .map(({ status }) => status)
      .sort((a, b) => compareText(a.session, b.session));
    // Who asks for `up` tells the person.
    if (op === 'up') for (const tunnel of held) tunnel.moveIsTold();
    const status = { version: this.#version, pid: process.pid, tunnels };
    if (client === undefined) return status;
    const tunnel = this.#held.get(sites[0] ?? '');
    return { ...status, ending: tunnel === undefined ? 'cut' : tunnel.endingOf(client) };
  }

  /** Whether a client is connected. */
  get isInUse(): boolean {
    return [...this.#held.values()].some(({ status }) => status.connections > 0);
  }

  stop(): void {
    this.#isEnding = true;
    this.#stop();
  }

  /** What is open at once, and what is being opened when that is over. */
  async closeAll(): Promise<void> {
    const close = (): Promise<unknown> =>
      Promise.all([...this.#held.values()].map((held) => held.close()));
    await close();
    await this.#last;
    await close();
  }

  /** Does work in its turn; an agent that holds nothing after it ends. `false` where it ended before. */
  #inTurn(work: () => Promise<void>): Promise<boolean> {
    const turn = this.#last.then(async () => {
      if (!this.#isEnding) await work();
      if (this.#isEnding) return false;
      if (this.#held.size === 0) this.stop();
      return true;
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Opens what is not open on the port that the notes say now, and closes what they know no more. */
  async #up(ids: readonly string[], retryAfter: number = RETRY_MS.first): Promise<void> {
    this.#retryLater(retryAfter);
    const sites = knownSites(await readState(this.#workspace));
    const gone = [...this.#held.keys()].filter((id) => !sites.some((site) => site.id === id));
    await this.#down(gone);
    const opening: (() => Promise<void>)[] = [];
    for (const site of sites) {
      if (!ids.includes(site.id)) continue;
      const held = this.#held.get(site.id);
      const { port, direct } = site.record;
      if (direct === undefined && held?.isOpenOn(port) === true) continue;
      await held?.close();
      // It had one until setup made its clients go without.
      if (direct !== undefined) {
        this.#held.delete(site.id);
        continue;
      }
      const options = await siteOptions(this.#workspace, site.record);
      const tunnel = new HeldTunnel(
        { ...this.#workspace, options },
        this.#signIn,
        { site, port },
        held,
      );
      this.#held.set(site.id, tunnel);
      opening.push(() => tunnel.open());
    }
    // Each may wait for a setup, and all are to be held by then, whoever asks or takes over meanwhile.
    for (const open of opening) if (!this.#isEnding) await open();
  }

  #retryLater(delay: number): void {
    clearTimeout(this.#retry);
    const closed = (): string[] =>
      [...this.#held].filter(([, held]) => !held.isOpen).map(([id]) => id);
    this.#retry = setTimeout(() => {
      if (closed().length === 0 || this.#isEnding) return;
      const next = Math.min(2 * delay, RETRY_MS.longest);
      // What is asked for before its turn comes may close some of them.
      this.#inTurn(() => this.#up(closed(), next)).catch((error: unknown) => {
        this.#workspace.log(error instanceof Error ? error.message : String(error));
      });
    }, delay).unref();
  }

  /** All at once: one that hangs must not keep the others listening. */
  async #down(ids: readonly string[]): Promise<void> {
    await Promise.all(
      ids.map(async (id) => {
        const held = this.#held.get(id);
        this.#held.delete(id);
        await held?.close();
      }),
    );
  }
}

function ending(): BaiError {
  return new BaiError(
    'agent-ending',
    'the agent, which holds the tunnels, was told to end at the same moment',
    'type: bai-win up',
  );
}
