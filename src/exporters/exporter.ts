import type { Change } from '../changes/change.js';
import type { Snapshot, Sources } from '../changes/snapshot.js';
import type { Site } from './site.js';

/** The facts about this machine that decide where a client keeps its settings. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  /** Home directory of the user. */
  readonly home: string;
  /** The environment: `APPDATA`, `XDG_CONFIG_HOME`, … */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Whether a client seems to be used on this machine, and how we know; `why` is shown to people. */
export interface Detection {
  readonly found: boolean;
  readonly why: string;
}

/**
 * Knows one client: where its settings live, what a site looks like in them, and how to take it out
 * again. Pure: it is given the current state and returns changes.
 */
export interface Exporter {
  /** As typed after `--for`. */
  readonly id: string;
  /** As people call it. */
  readonly title: string;
  /** The only system that has this client; absent where every one may have it. */
  readonly onlyOn?: NodeJS.Platform;
  /** Everything that `detect`, `plan` and `unplan` will look at. */
  sources(machine: Machine): Sources;
  /**
   * What they will look at besides: a settings file may name the folder of the others. `now` answers
   * for `sources`.
   */
  moreSources?(machine: Machine, now: Snapshot): Sources;
  /**
   * Whether the client seems to be saving at this moment, so that a file is there in part: worth another
   * look a little later. Absent where a client replaces its files at once.
   */
  isSaving?(machine: Machine, now: Snapshot): boolean;
  detect(machine: Machine, now: Snapshot): Detection;
  /**
   * The changes that make the client know `site`; none where it already does.
   * @throws BaiError where the current settings cannot be understood; nothing may be written then.
   */
  plan(site: Site, machine: Machine, now: Snapshot): Change[];
  /** The changes that take out what `plan` put in, and nothing else. */
  unplan(site: Site, machine: Machine, now: Snapshot): Change[];
  /**
   * How a person opens the site in this client, as it is or as `plan` will make it: first where to
   * click, then what to type instead. Lines for the summary of setup.
   */
  howToOpen(site: Site, machine: Machine, now: Snapshot): string[];
  /**
   * The name that the entry would have if another entry did not have it: ours is numbered then.
   * `undefined` where it has the name that it should; absent where that is always so.
   */
  takenName?(site: Site, machine: Machine, now: Snapshot): string | undefined;
  /**
   * The ports of 127.0.0.1 that the client knows a host key for: a tunnel of the user's own may be behind
   * one, and the key of a site would take its key's place. Absent where keys of sites have names of their
   * own.
   */
  pinnedPorts?(machine: Machine, now: Snapshot): number[];
  /** Whether the client reaches the site by itself, with no tunnel running; absent where never. */
  readonly startsTunnel?: (site: Site) => boolean;
}
