import { BaiError } from '../errors.js';
import { Connection, type ConnectionOptions } from '../manager/connection.js';
import { parseFirstEndpoint } from '../manager/endpoint.js';
import { logout } from '../manager/login.js';
import { withSecret } from './kept-secrets.js';
import { readProfiles, sameEndpoint, type Profile } from './profiles.js';
import type { SignIn } from './sign-in.js';
import type { Workspace } from './workspace.js';

/** Whom a profile stood for until another login took its place. */
export interface Replaced {
  readonly mode: 'api' | 'session';
  readonly endpoint: string;
  readonly accessKey: string | undefined;
  /** Whether its login was ended at the site; key pairs have none. */
  readonly ended: boolean;
}

/** What a profile held before a login, which nobody could use any more afterwards. */
export class EarlierLogin {
  readonly #values: Profile['values'] | undefined;
  readonly #options: ConnectionOptions;
  #loginId: string | undefined;
  #ended = false;

  private constructor(values: Profile['values'] | undefined, options: ConnectionOptions) {
    this.#values = values;
    this.#options = options;
    this.#loginId = values?.loginId;
  }

  static async of(
    workspace: Workspace,
    { profile, profileName }: SignIn,
    options: ConnectionOptions,
  ): Promise<EarlierLogin> {
    const isOpen = profile?.name === profileName;
    const held = isOpen
      ? profile
      : (await readProfiles(workspace)).find(({ name }) => name === profileName);
    const known = isOpen ? held : await withSecret(workspace, held);
    return new EarlierLogin(known?.values, options);
  }

  /** Ends the login where it is one of this site, once; whether it did. */
  async makeRoomAt(endpoint: string): Promise<boolean> {
    return sameEndpoint(this.#values?.endpoint, endpoint) && (await this.#end());
  }

  /** Ends the login, once. */
  async replaceBy(endpoint: string, accessKey: string): Promise<Replaced | null> {
    await this.#end();
    const { endpoint: place, mode, accessKey: owner } = this.#values ?? {};
    if (place === undefined || mode === undefined) return null;
    if (sameEndpoint(place, endpoint) && owner === accessKey) return null;
    return { mode, endpoint: place, accessKey: owner, ended: this.#ended };
  }

  async #end(): Promise<boolean> {
    const [ending, place] = [this.#loginId, this.#values?.endpoint];
    this.#loginId = undefined;
    if (ending === undefined || place === undefined) return false;
    try {
      await logout(new Connection(parseFirstEndpoint(place), this.#options), ending);
      this.#ended = true;
    } catch (error) {
      if (!(error instanceof BaiError)) throw error;
      this.#options.log?.(`the earlier login could not be ended: ${error.message}`);
    }
    return this.#ended;
  }
}
