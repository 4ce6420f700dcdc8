// Settings of all elements: the server, the language, and a token that is renewed
// when it has expired.

import type { Configuration, TokenProvider } from "../types";
import { ask as request } from "../kit/ask";

const shared: Configuration = {};
const changed = new EventTarget();
const renewals = new WeakMap<TokenProvider, Promise<string>>();
const tokens = new WeakMap<TokenProvider, string>();

/** configure sets the defaults of all elements. */
export function configure(c: Configuration) {
  Object.assign(shared, c);
  changed.dispatchEvent(new Event("change"));
}

export const configured = (): Readonly<Configuration> => shared;

/** onConfigure calls back after each configure, until signal ends. */
export function onConfigure(f: () => void, signal: AbortSignal) {
  changed.addEventListener("change", f, { signal });
}

// renew calls a provider once, however many elements wait for it.
function renew(provider: TokenProvider): Promise<string> {
  let p = renewals.get(provider);
  if (!p) {
    p = Promise.resolve(provider()).then((t) => (tokens.set(provider, t), t)).finally(() => renewals.delete(provider));
    renewals.set(provider, p);
  }
  return p;
}

/** ask gets a JSON document with a token, or with a provider's token, which is renewed after a 401. */
export async function ask(url: string, token: string, provider: TokenProvider | undefined, signal: AbortSignal): Promise<unknown> {
  if (!provider) return request(url, { token, signal });
  const known = tokens.get(provider) || token;
  if (!known) return request(url, { token: await renew(provider), signal });
  return request(url, {
    token: known,
    signal,
    // Another element may have renewed it during this request.
    renew: (used) => {
      const t = tokens.get(provider);
      return t && t !== used ? Promise.resolve(t) : renew(provider);
    },
  });
}
