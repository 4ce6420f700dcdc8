// The session of a page that was opened with an action token in its address:
// takes the token out of the address, and asks the API with it.
import { ask, Refused } from "../components/kit/ask";

const kept = { action_token: "token", face_scan_id: "scan", language: "language", seconds: "seconds" } as const;
type Session = Record<(typeof kept)[keyof typeof kept], string>;

const session = take();

// take reads the address and cleans it at once, so that the token is left in no
// history, screenshot or referrer. A reload finds it in the entry's own state.
function take(): Session {
  const query = new URLSearchParams(location.search);
  const opened = query.get("action_token") !== null;
  const held = !opened && history.state?.token ? history.state : {};
  const next = { ...held };
  for (const [parameter, name] of Object.entries(kept)) next[name] = query.get(parameter) || held[name] || "";
  history.replaceState(next, "", location.pathname === "/" ? "/scan" : location.pathname); // what a reload is to open
  return next;
}

export const token = session.token;

/** base stands before /v2 in the API's addresses: nothing, except on a page that shows example data and needs no token. */
export const base = document.documentElement.dataset.api || "";

/** scanID is the one scan this page was opened for, if any. */
export const scanID = session.scan;

/** wantedLanguage is the one that the address asks for, if any. */
export const wantedLanguage = session.language;

/** seconds a scan of test data is to take, or 0. */
export const seconds = Number(session.seconds) || 0;

/** user is the id of the person whom the token is for; only the server can say whether it is genuine. */
export const user = userOf(session.token);

function userOf(jwt: string): string {
  try {
    const text = atob(jwt.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/"));
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (c) => c.charCodeAt(0)))).user.user_id;
  } catch {
    return "";
  }
}

/** phase is the page's current step, and outlives a reload. */
export const phase = (): string => history.state?.phase ?? "";
export function enter(phase: string) {
  history.replaceState({ ...history.state, phase }, "");
}

/** keepLanguage keeps what the user chose over a reload. */
export const keepLanguage = (language: string) => history.replaceState({ ...history.state, language }, "");

/** get asks the API; it tries again when the network or the server fails temporarily. */
export const get = <T>(path: string): Promise<T> => send("GET", path);

/** file asks the API for a file. */
export const file = (path: string): Promise<Blob> => send("GET", path, undefined, "blob");

/** send gives the API something; every call of it is safe to repeat. */
export async function send(method: string, path: string, body?: unknown, as?: "blob") {
  if (!token && !base) throw new Refused(401, "no token");
  return ask(base + path, { method, body, token, as });
}

/** statusOf is that of an answer, 0 where there was none. */
export const statusOf = (err: unknown) => (err instanceof Refused ? err.status : 0);
