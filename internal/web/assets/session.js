// The session of a page that was opened with an action token in its address:
// takes the token out of the address, and asks the API with it.

const KEPT = { action_token: "token", face_scan_id: "scan", language: "language", seconds: "seconds" };
const session = take();

// take reads the address and cleans it at once, so that the token stands in no
// history, screenshot or referrer. A reload finds it in the entry's own state.
function take() {
  const query = new URLSearchParams(location.search);
  const opened = query.get("action_token") !== null;
  const held = !opened && history.state?.token ? history.state : {};
  const next = { ...held };
  for (const [parameter, name] of Object.entries(KEPT)) next[name] = query.get(parameter) || held[name] || "";
  history.replaceState(next, "", location.pathname === "/" ? "/scan" : location.pathname); // what a reload is to open
  return next;
}

export const token = session.token;

// What stands before /v2 in the API's addresses: nothing, except on a page that shows example data and needs no token.
export const base = document.documentElement.dataset.api || "";

// The one scan this page was opened for, if any.
export const scanID = session.scan;

// The language that the address asks for, if any.
export const wantedLanguage = session.language;

// How many seconds a scan of test data is to take, or 0.
export const seconds = Number(session.seconds) || 0;

// The user whom the token is for; only the server can say whether it is genuine.
export const user = userOf(session.token);

function userOf(jwt) {
  try {
    const text = atob(jwt.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (c) => c.charCodeAt(0)))).user.user_id;
  } catch {
    return "";
  }
}

// phase is where the page stands, and outlives a reload.
export const phase = () => history.state?.phase ?? "";
export function enter(phase) {
  history.replaceState({ ...history.state, phase }, "");
}

// keepLanguage keeps what the user chose over a reload.
export const keepLanguage = (language) => history.replaceState({ ...history.state, language }, "");

// Refused is an answer of the API that is not a result.
export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

// get asks the API; it tries again when the network or the server stumbles.
export const get = (path) => ask("GET", path);

// send gives the API something; every call of it is safe to repeat.
export const send = (method, path, body) => ask(method, path, body);

async function ask(method, path, body) {
  if (!session.token && !base) throw new Refused(401, "no token");
  const headers = session.token ? { authorization: "Token " + session.token } : {};
  if (body !== undefined) headers["content-type"] = "application/json";
  let wait = 500;
  for (let attempt = 0; ; attempt++) {
    try {
      const answer = await fetch(base + path, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        credentials: "omit",
        cache: "no-store",
      });
      if (answer.ok) return answer.status === 204 ? null : await answer.json();
      const problem = await answer.json().catch(() => ({}));
      const detail = typeof problem.detail === "string" ? problem.detail : Array.isArray(problem.detail) ? problem.detail.map((d) => d.msg).join(" ") : "";
      if (attempt === 3 || (answer.status !== 429 && answer.status < 500)) throw new Refused(answer.status, detail);
      wait = Math.max(wait, 1000 * Number(answer.headers.get("retry-after") || 0));
    } catch (err) {
      if (err instanceof Refused || attempt === 3) throw err;
    }
    await new Promise((done) => setTimeout(done, wait));
    wait *= 2;
  }
}
