/** What a client is made of. */
export interface Options {
  /** The server's address, e.g. `https://scan.example.org`. */
  baseUrl: string;
  /** Your server's key. Keep it out of pages and apps: they get a token. */
  apiKey?: string;
  /** An action token for one user, or a function that gives one; it wins over a key. */
  token?: string | (() => string | Promise<string>);
  /** Of texts in answers, two letters; left out: the user's own. */
  language?: string;
  /**
   * The `Idempotency-Key` of a POST that you may have to make again after your program was stopped: what it asks for is done
   * once in 24 hours. Left out, each call has a key of its own, for all its tries. Set it for one call: `blush.with({ idempotencyKey })`.
   */
  idempotencyKey?: string;
  /** Ends the calls. */
  signal?: AbortSignal;
  /** How long one try may take, in ms; 60000 if left out. A video may take as long as it takes. */
  timeoutMs?: number;
  /** The wait before the second try, in ms; each later one is twice as long. 500 if left out. */
  firstWaitMs?: number;
  /** Makes the calls; `globalThis.fetch` if left out. */
  fetch?: (request: Request) => Promise<Response>;
}
