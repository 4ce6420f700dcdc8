import createClient, { type Client } from "openapi-fetch";
import { BlushError } from "./errors.js";
import type { Options } from "./options.js";
import type { paths } from "./schema.js";

/** What every attempt sends. */
export type Try = { headers: Record<string, string>; signal: AbortSignal };

type Sent<T> = { data?: T; response: Response; error?: unknown };

const retries = 3;
const notWhole = "the answer is incomplete: its end is missing";
const longestWait = 30_000; // ms, the longest Retry-After that is followed

/** retryAfter reads a Retry-After, seconds or a date (RFC 9110 §10.2.3), in ms; 0 if it is neither, or past. */
const retryAfter = (text: string) => Math.max(0, (/^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()) || 0);

/** Makes calls. Repeats them after an error of the network or the server, with one Idempotency-Key for all attempts of a POST. */
export class Transport {
  readonly api: Client<paths>;

  constructor(private readonly options: Options) {
    // A redirect is not followed: it would take the credential to another server.
    this.api = createClient<paths>({ baseUrl: options.baseUrl, redirect: "manual", fetch: options.fetch ?? ((request) => globalThis.fetch(request)) });
  }

  /** The JSON of an answer. */
  async json<T>(send: (init: Try) => Promise<Sent<T>>, how: { post?: boolean; patient?: boolean } = {}): Promise<T> {
    const { text, response } = await this.text(send, how);
    if (response.status === 204) return undefined as T;
    try {
      return JSON.parse(text) as T;
    } catch {
      throw new BlushError(response, text, "this is not an answer of the API");
    }
  }

  /** The unchanged answer. */
  async text(send: (init: Try) => Promise<Sent<unknown>>, how: { post?: boolean; patient?: boolean } = {}): Promise<{ text: string; response: Response }> {
    const { data, response } = await this.answer(send, "text", how);
    return { text: (data as string | undefined) ?? "", response };
  }

  /** The unchanged answer, if it is whole. */
  async wholeText(send: (init: Try) => Promise<Sent<unknown>>, whole: (text: string) => boolean, how: { post?: boolean; patient?: boolean }): Promise<string> {
    const { text, response } = await this.text(send, how);
    if (!whole(text)) throw new BlushError(response, "", notWhole);
    return text;
  }

  /** The bytes of an answer that is a file, if it is whole. */
  async bytes(send: (init: Try) => Promise<Sent<unknown>>, whole: (bytes: Uint8Array) => boolean): Promise<Uint8Array> {
    const { data, response } = await this.answer(send, "arrayBuffer");
    const bytes = new Uint8Array((data as ArrayBuffer | undefined) ?? new ArrayBuffer(0));
    if (!whole(bytes)) throw new BlushError(response, "", notWhole);
    return bytes;
  }

  private async answer(send: (init: Try) => Promise<Sent<unknown>>, parseAs: "text" | "arrayBuffer", how: { post?: boolean; patient?: boolean } = {}): Promise<{ data?: unknown; response: Response }> {
    const headers: Record<string, string> = how.post ? { "Idempotency-Key": this.options.idempotencyKey ?? crypto.randomUUID() } : {};
    let wait = this.options.firstWaitMs ?? 500;
    for (let tries = 0; ; tries++) {
      let fault: unknown;
      let after = 0;
      const attempt = this.attempt(how.patient ?? false);
      try {
        const { data, response, error } = await send(await this.init(headers, parseAs, attempt.signal));
        if (response.ok) return { data, response };
        fault = new BlushError(response, error);
        after = Math.min(retryAfter(response.headers.get("Retry-After") ?? ""), longestWait);
      } catch (cause) {
        this.options.signal?.throwIfAborted();
        fault = cause; // a network error, or an attempt that took too long
      } finally {
        attempt.end();
      }
      const again = !(fault instanceof BlushError) || fault.status === 429 || fault.status >= 500 || after > 0;
      if (!again || tries === retries) throw fault;
      await this.pause(Math.max(wait, after));
      wait *= 2;
    }
  }

  private async init(headers: Record<string, string>, parseAs: "text" | "arrayBuffer", signal: AbortSignal): Promise<Try> {
    const { apiKey, token } = this.options;
    const all = { ...headers };
    if (token !== undefined) all["Authorization"] = `Token ${typeof token === "function" ? await token() : token}`;
    else if (apiKey !== undefined) all["x-api-key"] = apiKey;
    // Every answer is read as text or bytes, so that one that is not JSON is kept. parseAs does not change the type, which describes the JSON.
    return { headers: all, signal, ...{ parseAs } };
  }

  /**
   * Bounds one attempt: its signal aborts after timeoutMs, unless patient, and with the caller's signal. end() stops the timer, which
   * would keep an edge function running. Not AbortSignal.timeout, whose timer cannot be stopped, nor AbortSignal.any, which some edge runtimes lack.
   */
  private attempt(patient: boolean): { signal: AbortSignal; end: () => void } {
    const { signal, timeoutMs = 60_000 } = this.options;
    const controller = new AbortController();
    const abort = () => controller.abort(signal?.reason);
    const late = () => controller.abort(new DOMException(`No answer within ${timeoutMs} ms.`, "TimeoutError"));
    const timer = patient ? undefined : setTimeout(late, timeoutMs);
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
    return {
      signal: controller.signal,
      end: () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
      },
    };
  }

  private pause(ms: number): Promise<void> {
    const signal = this.options.signal;
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, ms);
      signal?.addEventListener("abort", stop, { once: true });
    });
  }
}
