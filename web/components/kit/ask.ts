// Requests to the API.

/** Refused is an answer that is not a result; status 0 stands for no answer at all. */
export class Refused extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

interface Asking {
  method?: string;
  body?: unknown; // sent as JSON
  token?: string;
  signal?: AbortSignal;
  as?: "json" | "blob"; // what the answer is read as
  /** Gives another token than the one that was answered 401; asked once. */
  renew?: (used: string) => Promise<string>;
}

const tries = 4;

/** pause waits for some ms, or fails when the signal is aborted. */
export const pause = (ms: number, signal?: AbortSignal) =>
  new Promise<void>((done, fail) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), fail(signal.reason)), { once: true });
  });

/** detail makes one text of what the server says is wrong. */
export const detail = (d: unknown) => (typeof d === "string" ? d : Array.isArray(d) ? d.map((x) => x?.msg ?? "").join(" ") : "");

/** passing says whether the same request may get another answer soon. */
export const passing = (status: number) => status === 408 || status === 425 || status === 429 || status >= 500;

/** retryAfter is how many ms the server asks to wait, 0 if it does not say. */
export const retryAfter = (answer: Response) => 1000 * Number(answer.headers.get("retry-after")) || 0;

/**
 * retried tries something until it has a result. Between two tries it waits, from half a second up and each time twice as long, at
 * most 30 s, or for the ms that the try asked for.
 */
export async function retried<T>(once: (attempt: number) => Promise<{ result: T } | { after: number }>, wait: (ms: number) => Promise<unknown>): Promise<T> {
  for (let attempt = 1, ms = 500; ; attempt++, ms = Math.min(2 * ms, 30_000)) {
    const got = await once(attempt);
    if ("result" in got) return got.result;
    await wait(Math.max(ms, got.after));
  }
}

/**
 * ask asks for JSON, or for a file; every request must be safe to repeat. A broken connection and an answer that may pass are
 * tried again three times, at most a minute later even if Retry-After says more.
 */
export function ask(url: string, { method = "GET", body, token = "", signal, as = "json", renew }: Asking = {}): Promise<any> {
  const headers: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
  const once = async (attempt: number): Promise<{ result: any } | { after: number }> => {
    if (token) headers.authorization = "Token " + token;
    let answer: Response;
    try {
      answer = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: "omit", cache: "no-store", signal });
      if (answer.ok) return { result: answer.status === 204 ? null : await answer[as]() };
    } catch (err) {
      signal?.throwIfAborted();
      if (attempt === tries) throw new Refused(0, String(err));
      return { after: 0 };
    }
    if (answer.status === 401 && renew) {
      token = await renew(token);
      renew = undefined;
      return once(attempt);
    }
    if (attempt === tries || !passing(answer.status)) throw new Refused(answer.status, detail((await answer.json().catch(() => ({}))).detail));
    return { after: Math.min(60_000, retryAfter(answer)) };
  };
  return retried(once, (ms) => pause(ms, signal));
}
