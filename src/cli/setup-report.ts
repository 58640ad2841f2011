import type { Change } from '../changes/change.js';
import type { Recovery } from '../changes/recover.js';
import { describeChange } from '../changes/describe.js';
import { hostKeyLine } from '../exporters/host-key-line.js';
import type { Exporter } from '../exporters/exporter.js';
import type { Site } from '../exporters/site.js';
import type { Session } from '../manager/session.js';
import type { KeyFiles } from '../setup/key-files.js';
import type { LeftOut } from '../setup/plan-clients.js';
import type { LoginProof } from '../setup/prove-login.js';
import type { SetupReporter, SetupResult } from '../setup/setup-site.js';
import type { SiteTunnel } from '../setup/site-tunnel.js';
import type { Staleness } from '../setup/staleness.js';
import type { DirectPlace } from '../setup/state.js';
import type { Workspace } from '../setup/workspace.js';
import { notesWritten, showPlan, whatIsWritten } from './changes-report.js';
import { sayDryRun } from './dry-run.js';
import { warnOfMovedPort } from './moved-port.js';
import { reportRecovery } from './recovery-report.js';
import type { Terminal } from './terminal.js';

/** Tells a person what setup does, step by step, and what to do next; or a program, at the end. */
export class SetupReport implements SetupReporter {
  readonly #terminal: Terminal;
  readonly #dryRun: boolean;
  readonly #options: string;

  /** @param options for the commands that are to be typed next, with a space before each */
  constructor(terminal: Terminal, dryRun: boolean, options: string) {
    this.#terminal = terminal;
    this.#dryRun = dryRun;
    this.#options = options;
  }

  recovered(recovery: Recovery | null): void {
    reportRecovery(this.#terminal, recovery);
  }

  session({ name, status, id, image }: Session): void {
    this.#terminal.step('session', `${name}, ${status.toLowerCase()}, ${id.slice(0, 8)}, ${image}`);
  }

  key({ algorithm, fingerprint, identity }: KeyFiles): void {
    const origin = identity === undefined ? '' : `, your own: ${identity}`;
    this.#terminal.step('key', `${algorithm}, ${fingerprint}${origin}`);
  }

  outdatedKey({ name }: Session): void {
    this.#terminal.warn(
      `session ${name} was started before the SSH key of your account was changed, and lets only the old one in; setup writes that. For the new one, start the session anew, then type: bai-win setup ${name}${this.#options}`,
    );
  }

  tunnel({ port, takenPort, heldBy }: SiteTunnel): void {
    const holder = heldBy === undefined ? '' : `, held open by process ${heldBy}`;
    this.#terminal.step('tunnel', `127.0.0.1:${port}${holder}`);
    if (takenPort !== undefined) {
      warnOfMovedPort(this.#terminal, 'this session', takenPort, port, this.#dryRun);
    }
  }

  direct({ via, host, port }: DirectPlace): void {
    this.#terminal.step(via, `${host}:${port}, clients need no tunnel`);
    if (via === 'appproxy') {
      this.#terminal.warn(
        `the AppProxy asks nobody who they are: whoever reaches ${host}:${port} can try to log in there, and the SSH key alone keeps them out`,
      );
    }
  }

  hostKey(fingerprint: string): void {
    this.#terminal.step('host key', fingerprint);
  }

  leftOut(clients: readonly LeftOut[]): void {
    for (const { title, reason } of clients) {
      this.#terminal.warn(
        `${title} was found, and nothing is written for it: ${reason.message} (${reason.mend})`,
      );
    }
  }

  changes(changes: readonly Change[], stale: readonly Staleness[]): void {
    for (const { what, old, new: now } of stale) {
      // Where clients go may be what the person asked for; keys change behind their back.
      const word = ['host', 'port', 'user'].includes(what) ? 'changed' : 'stale';
      this.#terminal.step(word, `${what}: was ${old}, is ${now}`);
    }
    if (changes.length === 0) this.#terminal.step('unchanged', 'everything is up to date');
    const label = this.#dryRun ? 'to write' : 'write';
    const written = whatIsWritten(changes);
    if (this.#dryRun) written.push(...notesWritten(changes));
    for (const [index, line] of written.entries()) {
      this.#terminal.step(index === 0 ? label : '', line);
    }
    if (this.#dryRun && changes.length > 0) showPlan(this.#terminal, changes);
  }

  outdated(): void {
    this.#terminal.warn(
      'another program wrote at the same moment; what is written, with that looked at, is now:',
    );
  }

  login({ entries }: LoginProof, { user, host, port, remoteDirectory }: Site): void {
    this.#terminal.step(
      'login',
      `${user}@${host}:${port} works, ${entries} entries in ${remoteDirectory}`,
    );
  }

  /**
   * The end: what to click and type now.
   *
   * @param willBeHeld an agent runs, which holds the tunnel from now on
   */
  summary(result: SetupResult, workspace: Workspace, willBeHeld: boolean): void {
    const { session, site, exporters, needTunnel, changes, after, tunnel } = result;
    const terminal = this.#terminal;
    const opening = exporters.map((exporter) => ({
      client: exporter,
      lines: exporter.howToOpen(site, workspace.machine, after),
    }));
    if (terminal.json) terminal.printJson(this.#asJson(result, opening));
    if (this.#dryRun) {
      sayDryRun(terminal);
      return;
    }
    terminal.say();
    for (const { client, lines } of opening) {
      for (const [index, line] of lines.entries()) {
        terminal.step(index === 0 ? client.title : '', line);
      }
    }
    for (const exporter of changes.length === 0 ? [] : exporters) {
      const taken = exporter.takenName?.(site, workspace.machine, after);
      if (taken === undefined) continue;
      terminal.warn(
        `another entry in ${exporter.title} is called "${taken}" and stays as it is, so this one has a number; --name "{session}@{endpoint}" gives it another name`,
      );
    }
    if (tunnel === undefined) {
      terminal.say(
        `they need no tunnel; when the session was created again, type: bai-win setup ${session.name}${this.#options}`,
      );
    } else if (tunnel.heldBy === undefined && needTunnel.length > 0 && !willBeHeld) {
      const titles = needTunnel.map(({ title }) => title).join(', ');
      const some = needTunnel.length === 1 ? `${titles} works` : `${titles} work`;
      const which = needTunnel.length === exporters.length ? 'they work' : some;
      terminal.say(`${which} while the tunnel is open: bai-win up ${session.name}${this.#options}`);
    }
  }

  #asJson(
    result: SetupResult,
    opening: readonly { client: Exporter; lines: readonly string[] }[],
  ): unknown {
    const { session, site, direct, keyFingerprint, hostKeyFingerprint } = result;
    const { changes, stale, proof } = result;
    const { name, host, port, user, remoteDirectory, keyPath, ppkPath } = site;
    return {
      session: { id: session.id, name: session.name, status: session.status },
      site: { id: site.id, name, host, port, user, remoteDirectory, keyPath, ppkPath },
      keyFingerprint,
      keyIsOutdated: result.keyIsOutdated,
      hostKey: hostKeyLine(site.hostKeyBlob),
      hostKeyFingerprint,
      dryRun: this.#dryRun,
      changed: changes.length > 0,
      changes: changes.map(describeChange),
      stale,
      via: direct?.via ?? 'tunnel',
      login: proof ?? null,
      needTunnel: result.needTunnel.map(({ id }) => id),
      open: Object.fromEntries(opening.map(({ client, lines }) => [client.id, lines])),
    };
  }
}
