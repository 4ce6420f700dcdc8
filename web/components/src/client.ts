// Asks a Blush server for the JSON of a widget, with a token that is renewed
// when it has expired.

import type { Configuration, TokenProvider } from "../types";

const shared: Configuration = {};
const changed = new EventTarget();
const renewals = new WeakMap<TokenProvider, Promise<string>>();
const tokens = new WeakMap<TokenProvider, string>();

/** configure sets what holds for every element that does not say otherwise. */
export function configure(c: Configuration) {
  Object.assign(shared, c);
  changed.dispatchEvent(new Event("change"));
}

export const configured = (): Readonly<Configuration> => shared;

/** onConfigure calls back after each configure, until signal ends. */
export function onConfigure(f: () => void, signal: AbortSignal) {
  changed.addEventListener("change", f, { signal });
}

/** Refused is an answer that is not a widget; status 0 stands for no answer at all. */
export class Refused extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

// renew asks a provider once, however many elements wait for it.
function renew(provider: TokenProvider): Promise<string> {
  let p = renewals.get(provider);
  if (!p) {
    p = Promise.resolve(provider()).then((t) => (tokens.set(provider, t), t)).finally(() => renewals.delete(provider));
    renewals.set(provider, p);
  }
  return p;
}

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((done, fail) => {
    const t = setTimeout(done, ms);
    signal.addEventListener("abort", () => (clearTimeout(t), fail(signal.reason)), { once: true });
  });

/**
 * ask gets a JSON document. A broken connection, 429 and 5xx are tried again three
 * times, from half a second up or as long as Retry-After says; a 401 once more with a new token.
 */
export async function ask(url: string, token: string, provider: TokenProvider | undefined, signal: AbortSignal): Promise<unknown> {
  let renewed = false;
  const current = async (): Promise<string> => {
    if (!provider) return token;
    const t = tokens.get(provider);
    return t || (token && !renewed ? token : ((renewed = true), renew(provider)));
  };
  let used = await current();
  for (let attempt = 0, wait = 500; ; attempt++, wait *= 2) {
    let answer: Response | undefined;
    try {
      answer = await fetch(url, { headers: used ? { authorization: "Token " + used } : {}, credentials: "omit", cache: "no-store", signal });
    } catch (err) {
      signal.throwIfAborted();
      if (attempt === 3) throw new Refused(0, String(err));
    }
    if (answer?.ok) return answer.json();
    if (answer?.status === 401 && provider && !renewed) {
      renewed = true;
      attempt = -1;
      // Another element may have renewed it while this one was asking.
      const t = tokens.get(provider);
      used = t && t !== used ? t : await renew(provider);
      continue;
    }
    if (answer && (attempt === 3 || (answer.status !== 429 && answer.status < 500))) {
      const body = (await answer.json().catch(() => ({}))) as { detail?: unknown };
      throw new Refused(answer.status, typeof body.detail === "string" ? body.detail : "");
    }
    await pause(Math.max(wait, 1000 * Math.min(60, Number(answer?.headers.get("retry-after")) || 0)), signal);
  }
}
