// The session of a page that was opened with an action token in its address:
// takes the token out of the address, and asks the API with it.

const session = take();

// take reads the address and cleans it at once, so that the token stands in no
// history, screenshot or referrer. A reload finds it in the entry's own state.
function take() {
  const query = new URLSearchParams(location.search);
  const held = history.state && history.state.token ? history.state : {};
  const next = {
    token: query.get("action_token") || held.token || "",
    scan: query.get("face_scan_id") || held.scan || "",
  };
  history.replaceState(next, "", location.pathname);
  return next;
}

// The one scan this page was opened for, if any.
export const scanID = session.scan;

// Refused is an answer of the API that is not a result.
export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

// get asks the API; it tries again when the network or the server stumbles.
export async function get(path) {
  if (!session.token) throw new Refused(401, "no token");
  let wait = 500;
  for (let attempt = 0; ; attempt++) {
    try {
      const answer = await fetch(path, {
        headers: { authorization: "Token " + session.token },
        credentials: "omit",
        cache: "no-store",
      });
      if (answer.ok) return await answer.json();
      const body = await answer.json().catch(() => ({}));
      const detail = typeof body.detail === "string" ? body.detail : "";
      if (attempt === 3 || (answer.status !== 429 && answer.status < 500)) throw new Refused(answer.status, detail);
      wait = Math.max(wait, 1000 * Number(answer.headers.get("retry-after") || 0));
    } catch (err) {
      if (err instanceof Refused || attempt === 3) throw err;
    }
    await new Promise((done) => setTimeout(done, wait));
    wait *= 2;
  }
}
