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

const pause = (ms: number, signal?: AbortSignal) =>
  new Promise<void>((done, fail) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), fail(signal.reason)), { once: true });
  });

/** detail makes one text of what the server says is wrong. */
const detail = (d: unknown) => (typeof d === "string" ? d : Array.isArray(d) ? d.map((x) => x?.msg ?? "").join(" ") : "");

/**
 * ask asks for JSON, or for a file; every request must be safe to repeat. A broken connection, 429 and 5xx are
 * tried again three times, from half a second up or as long as Retry-After says, a minute at most.
 */
export async function ask(url: string, { method = "GET", body, token = "", signal, as = "json", renew }: Asking = {}): Promise<any> {
  const headers: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
  for (let attempt = 1, wait = 500; ; attempt++, wait *= 2) {
    if (token) headers.authorization = "Token " + token;
    let answer: Response | undefined;
    try {
      answer = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: "omit", cache: "no-store", signal });
      if (answer.ok) return answer.status === 204 ? null : await answer[as]();
    } catch (err) {
      signal?.throwIfAborted();
      if (attempt === tries) throw new Refused(0, String(err));
    }
    if (answer?.status === 401 && renew) {
      token = await renew(token);
      renew = undefined;
      attempt = 0;
      continue;
    }
    if (answer && !answer.ok && (attempt === tries || (answer.status !== 429 && answer.status < 500))) {
      throw new Refused(answer.status, detail((await answer.json().catch(() => ({}))).detail));
    }
    await pause(Math.max(wait, 1000 * Math.min(60, Number(answer?.headers.get("retry-after")) || 0)), signal);
  }
}
