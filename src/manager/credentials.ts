/** Where a key pair or a login was found, for the words of an error. */
export interface CredentialOrigins {
  /** For people, as is `secret`: `environment`, `C:\work\.env`, `config.ini`. */
  readonly accessKey: string;
  readonly secret: string;
  /** What to type or do where they are not right. */
  readonly remedy: string;
}

/** What API mode needs: where the manager is and the key pair that signs. */
export class ApiCredentials {
  /** The endpoint as given, e.g. `https://api.example.com`; the identity of the site. */
  readonly endpoint: string;
  /** Other addresses of the same site, tried in this order where `endpoint` does not answer. */
  readonly alternates: readonly string[];
  readonly accessKey: string;
  /** Absent where they were just typed. */
  readonly origins: CredentialOrigins | undefined;
  // A private field, so that neither util.inspect nor JSON.stringify nor an object spread shows it.
  readonly #secretKey: string;

  constructor(parts: {
    endpoint: string;
    alternates?: readonly string[];
    accessKey: string;
    secretKey: string;
    origins?: CredentialOrigins | undefined;
  }) {
    this.endpoint = parts.endpoint;
    this.alternates = parts.alternates ?? [];
    this.accessKey = parts.accessKey;
    this.origins = parts.origins;
    this.#secretKey = parts.secretKey;
  }

  get secretKey(): string {
    return this.#secretKey;
  }
}

/** What session mode needs: where the webserver is and the login that it keeps. */
export class LoginCredentials {
  /** Address of the webserver, e.g. `https://console.example.com`; the identity of the site. */
  readonly endpoint: string;
  /** Other addresses of the same site, tried in this order where `endpoint` does not answer. */
  readonly alternates: readonly string[];
  /** One's own access key, as the webserver told it at login. */
  readonly accessKey: string;
  /** Absent where the login was just made. */
  readonly origins: CredentialOrigins | undefined;
  // Whoever has it is logged in, so it is hidden like a secret key.
  readonly #loginId: string;

  constructor(parts: {
    endpoint: string;
    alternates?: readonly string[];
    accessKey: string;
    loginId: string;
    origins?: CredentialOrigins | undefined;
  }) {
    this.endpoint = parts.endpoint;
    this.alternates = parts.alternates ?? [];
    this.accessKey = parts.accessKey;
    this.origins = parts.origins;
    this.#loginId = parts.loginId;
  }

  /** Value of the AIOHTTP_SESSION cookie. */
  get loginId(): string {
    return this.#loginId;
  }
}
