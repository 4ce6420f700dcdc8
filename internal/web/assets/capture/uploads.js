// Traces on their way to the server. Each is kept on the device until the
// server has acknowledged it, goes up again after a lost network or a reload
// under the same id, and is gone from the device afterwards, or after 7 days.

const DATABASE = "blush-uploads";
const STORE = "traces";
const KEEP = 7 * 24 * 3600 * 1000; // ms
const FIRST_WAIT = 500; // ms between attempts, doubled each time
const LONGEST_WAIT = 30000;
const PATIENCE = 60000; // ms for one answer
const MOST_CONFLICTS = 5; // the same scan is just being taken in, or its id is somebody else's

export class Uploads extends EventTarget {
  #shelf = shelf();
  #url;

  constructor({ url = "/v2/facescans" } = {}) {
    super();
    this.#url = url;
  }

  // add keeps a trace; it is safe on the device when the promise resolves.
  async add({ faceScanId, trace, user }) {
    await (await this.#shelf).put({ faceScanId, trace, user, at: Date.now() });
  }

  // pending lists the ids of the scans that wait for a user's token.
  async pending(user) {
    return (await (await this.#shelf).all()).filter((e) => e.user === user).map((e) => e.faceScanId);
  }

  // purge drops what nobody came back for.
  async purge() {
    const store = await this.#shelf;
    for (const e of await store.all()) {
      if (Date.now() - e.at > KEEP) await store.remove(e.faceScanId);
    }
  }

  // drain sends all that waits for a user, the oldest first, however long the
  // network is away. It resolves when each is acknowledged, refused, or waits
  // for another token: [{faceScanId, result | problem | waiting}].
  async drain(token, user) {
    await this.purge();
    const work = async () => {
      const store = await this.#shelf;
      const mine = (await store.all()).filter((e) => e.user === user).sort((a, b) => a.at - b.at);
      const out = [];
      for (const entry of mine) out.push(await this.#send(store, entry, token));
      return out;
    };
    // One page at a time: two would only send the same scan twice.
    return navigator.locks ? navigator.locks.request(DATABASE + " " + user, work) : work();
  }

  async #send(store, { faceScanId, trace }, token) {
    let wait = FIRST_WAIT;
    for (let attempt = 1; ; attempt++) {
      let error;
      let after = 0;
      try {
        const answer = await fetch(this.#url, {
          method: "POST",
          headers: {
            authorization: "Token " + token,
            "content-type": "application/json",
            "content-encoding": "gzip",
            "idempotency-key": faceScanId,
          },
          body: trace,
          credentials: "omit",
          cache: "no-store",
          signal: AbortSignal.timeout?.(PATIENCE),
        });
        const body = await answer.json().catch(() => null);
        if (answer.ok && body) {
          await store.remove(faceScanId);
          this.#emit("sent", { faceScanId, result: body });
          return { faceScanId, result: body };
        }
        const problem = { status: answer.status, detail: body?.detail ?? "" };
        if (answer.status === 401 || answer.status === 403) {
          this.#emit("waiting", { faceScanId, attempt, error: problem, needsToken: true });
          return { faceScanId, waiting: true };
        }
        if (!answer.ok && !passing(answer.status, attempt)) {
          await store.remove(faceScanId);
          this.#emit("refused", { faceScanId, problem });
          return { faceScanId, problem };
        }
        error = problem;
        after = 1000 * Number(answer.headers.get("retry-after")) || 0;
      } catch (err) {
        error = { status: 0, detail: String(err.message ?? err) };
      }
      this.#emit("waiting", { faceScanId, attempt, error, needsToken: false });
      await again(Math.max(wait, after));
      wait = Math.min(2 * wait, LONGEST_WAIT);
    }
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

// passing says whether an answer may be another one later.
function passing(status, attempt) {
  if (status === 409) return attempt < MOST_CONFLICTS;
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

// again waits so many ms, or until the network is back.
function again(ms) {
  return new Promise((done) => {
    const now = () => {
      clearTimeout(timer);
      removeEventListener("online", now);
      done();
    };
    const timer = setTimeout(now, ms);
    addEventListener("online", now);
  });
}

// shelf opens the device's database; where there is none (some private
// windows), what is put on it lasts as long as the page.
async function shelf() {
  let db;
  try {
    db = await new Promise((done, fail) => {
      const open = indexedDB.open(DATABASE, 1);
      open.onupgradeneeded = () => open.result.createObjectStore(STORE, { keyPath: "faceScanId" });
      open.onsuccess = () => done(open.result);
      open.onerror = () => fail(open.error);
      open.onblocked = () => fail(new Error("blocked"));
    });
    db.onversionchange = () => db.close();
  } catch {
    const held = new Map();
    return {
      put: async (e) => void held.set(e.faceScanId, e),
      all: async () => [...held.values()],
      remove: async (id) => void held.delete(id),
    };
  }
  const ask = (mode, call) =>
    new Promise((done, fail) => {
      const t = db.transaction(STORE, mode, { durability: "strict" });
      const request = call(t.objectStore(STORE));
      t.oncomplete = () => done(request.result);
      t.onerror = t.onabort = () => fail(t.error);
    });
  return {
    put: (e) => ask("readwrite", (s) => s.put(e)),
    all: () => ask("readonly", (s) => s.getAll()),
    remove: (id) => ask("readwrite", (s) => s.delete(id)),
  };
}
