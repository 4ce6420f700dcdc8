// The session of a page that was opened with an action token in its address:
// takes the token out of the address, and asks the API with it.

const held = take();

// The part of the address before /v2: empty, except on a page that shows example data and needs no token.
export const base = document.documentElement.dataset.api || "";

// take reads the address and cleans it at once, so that the token stands in no
// history, screenshot or referrer. A reload finds it in the entry's own state.
function take() {
  const query = new URLSearchParams(location.search);
  const before = history.state && history.state.token !== undefined ? history.state : {};
  const next = {
    token: query.get("action_token") || before.token || "",
    scan: query.get("face_scan_id") || before.scan || "",
    language: query.get("language") || before.language || "",
  };
  history.replaceState(next, "", location.pathname);
  return next;
}

export const token = held.token;

// The one scan this page was opened for, if any.
export const scanID = held.scan;

// The language that the page was opened in; empty: the person's own.
export const language = held.language;

// keepLanguage holds for a reload.
export function keepLanguage(code) {
  history.replaceState({ ...history.state, language: code }, "", location.pathname);
}

// Refused is an answer of the API that is not a result.
export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export const get = (path) => ask("GET", path);

// post sends a body; the key makes it safe to send it again.
export const post = (path, body) => ask("POST", path, JSON.stringify(body), crypto.randomUUID());

// ask calls the API; it tries again when the network or the server stumbles.
async function ask(method, path, body, key) {
  if (!token && !base) throw new Refused(401, "no token");
  const headers = token ? { authorization: "Token " + token } : {};
  if (body) Object.assign(headers, { "content-type": "application/json", "idempotency-key": key });
  let wait = 500;
  for (let attempt = 0; ; attempt++) {
    try {
      const answer = await fetch(base + path, { method, body, headers, credentials: "omit", cache: "no-store" });
      if (answer.ok) return await answer.json();
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
