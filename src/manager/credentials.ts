/** What API mode needs: where the manager is and the key pair that signs. */
export class ApiCredentials {
  /** The endpoint as given, e.g. `https://api.example.com`; the identity of the site. */
  readonly endpoint: string;
  /** Other addresses of the same site, tried in this order where `endpoint` does not answer. */
  readonly alternates: readonly string[];
  readonly accessKey: string;
  // A private field, so that neither util.inspect nor JSON.stringify nor an object spread shows it.
  readonly #secretKey: string;

  constructor(parts: {
    endpoint: string;
    alternates?: readonly string[];
    accessKey: string;
    secretKey: string;
  }) {
    this.endpoint = parts.endpoint;
    this.alternates = parts.alternates ?? [];
    this.accessKey = parts.accessKey;
    this.#secretKey = parts.secretKey;
  }

  get secretKey(): string {
    return this.#secretKey;
  }
}
