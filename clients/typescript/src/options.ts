/** The options of a client. */
export interface Options {
  /** The server's address, e.g. `https://scan.example.org`. */
  baseUrl: string;
  /** Your server's key. Keep it out of pages and apps: they get a token. */
  apiKey?: string;
  /** An action token for one user, or a function that returns one; it is used instead of a key. */
  token?: string | (() => string | Promise<string>);
  /** Language of texts in answers, two letters; the user's own if left out. */
  language?: string;
  /**
   * The `Idempotency-Key` of a POST that you may have to repeat after your program was stopped: it takes effect once in
   * 24 hours. If left out, each call has its own key, for all its attempts. Set it for one call: `blush.with({ idempotencyKey })`.
   */
  idempotencyKey?: string;
  /** Ends the calls. */
  signal?: AbortSignal;
  /** How long one attempt may take, in ms; 60000 if left out. A video has no limit. */
  timeoutMs?: number;
  /** The wait before the second attempt, in ms; each later one is twice as long. 500 if left out. */
  firstWaitMs?: number;
  /** Makes the calls; `globalThis.fetch` if left out. */
  fetch?: (request: Request) => Promise<Response>;
}
