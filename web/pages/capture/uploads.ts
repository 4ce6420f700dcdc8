// Uploads of traces. Each trace is kept on the device until the server has
// acknowledged it or found it invalid, or for 7 days. After a lost network, an
// unexpected answer or a reload, it is sent again under the same id.
import { detail, passing, pause, retried, retryAfter } from "../../components/kit/ask";

const DATABASE = "blush-uploads";
const STORE = "traces";
const KEEP = 7 * 24 * 3600 * 1000; // ms
const ANSWER = 60000; // ms for an answer
const BYTE = 1; // ms for sending one: a slow connection carries 1 kB/s
const LONGEST = 600000; // ms for sending and for the answer, as the server allows
const MOST_REFUSALS = 5; // of one scan, before the next ones are sent

/** Entry is a trace that waits on the device, of a user, since a time in ms. */
interface Entry {
  faceScanId: string;
  trace: Uint8Array<ArrayBuffer>;
  user: string;
  at: number;
}

/** Problem is an answer that is not a result; status 0: no answer at all. */
export interface Problem {
  status: number;
  detail: string;
}

/** Sent is the outcome of one trace. */
export interface Sent {
  faceScanId: string;
  result?: any; // the scan, as the API returns it
  problem?: Problem;
  waiting?: boolean;
  later?: boolean;
}

/** Waiting reports an attempt that failed. */
export interface Waiting {
  faceScanId: string;
  attempt: number;
  error: Problem;
  needsToken: boolean;
}

/** TraceStore is where traces are kept. */
interface TraceStore {
  put(e: Entry): Promise<unknown>;
  all(): Promise<Entry[]>;
  remove(id: string): Promise<unknown>;
}

export class Uploads extends EventTarget {
  #store = openTraceStore();
  #url: string;

  constructor({ url = "/v2/facescans" } = {}) {
    super();
    this.#url = url;
  }

  // add stores a trace; it is safe on the device when the promise resolves.
  async add({ faceScanId, trace, user }: Omit<Entry, "at">) {
    await (await this.#store).put({ faceScanId, trace, user, at: Date.now() });
  }

  // pending lists the ids of the scans that wait for a user's token.
  async pending(user: string) {
    return (await (await this.#store).all()).filter((e) => e.user === user).map((e) => e.faceScanId);
  }

  // purge deletes traces that are too old.
  async purge() {
    const store = await this.#store;
    for (const e of await store.all()) {
      if (Date.now() - e.at > KEEP) await store.remove(e.faceScanId);
    }
  }

  // drain sends all traces that wait for a user, the oldest first, however long the
  // network is down. It resolves when each is acknowledged, rejected for good,
  // waits for another token, or will be tried again later:
  // [{faceScanId, result | problem | waiting | later}].
  async drain(token: string, user: string): Promise<Sent[]> {
    await this.purge();
    const work = async () => {
      const store = await this.#store;
      const mine = (await store.all()).filter((e) => e.user === user).sort((a, b) => a.at - b.at);
      const out: Sent[] = [];
      for (const entry of mine) out.push(await this.#send(store, entry, token));
      return out;
    };
    // One page at a time: two would only send the same scan twice.
    return navigator.locks ? navigator.locks.request(DATABASE + " " + user, work) : work();
  }

  #send(store: TraceStore, { faceScanId, trace }: Entry, token: string): Promise<Sent> {
    let refusals = 0;
    return retried<Sent>(async (attempt) => {
      let error: Problem;
      let after = 0;
      try {
        const answer = await fetch(this.#url, {
          method: "POST",
          headers: {
            authorization: "Token " + token,
            ...formOf(trace),
            "idempotency-key": faceScanId,
          },
          body: trace,
          credentials: "omit",
          cache: "no-store",
          signal: AbortSignal.timeout?.(Math.min(ANSWER + BYTE * trace.length, LONGEST)),
        });
        const body = await answer.json().catch(() => null);
        if (answer.ok && body) {
          await store.remove(faceScanId);
          this.#emit("sent", { faceScanId, result: body });
          return { result: { faceScanId, result: body } };
        }
        error = { status: answer.status, detail: detail(body?.detail) };
        if (answer.status === 401 || answer.status === 403) {
          this.#emit("waiting", { faceScanId, attempt, error, needsToken: true });
          return { result: { faceScanId, waiting: true } };
        }
        if (never(answer, body?.detail)) {
          await store.remove(faceScanId);
          this.#emit("refused", { faceScanId, problem: error });
          return { result: { faceScanId, problem: error } };
        }
        if (!answer.ok && !passing(answer.status) && ++refusals === MOST_REFUSALS) {
          this.#emit("waiting", { faceScanId, attempt, error, needsToken: false });
          return { result: { faceScanId, later: true } };
        }
        after = retryAfter(answer);
      } catch (err) {
        error = { status: 0, detail: err instanceof Error ? err.message : String(err) };
      }
      this.#emit("waiting", { faceScanId, attempt, error, needsToken: false });
      return { after };
    }, again);
  }

  #emit(name: string, detail: Sent | Waiting) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

// formOf names a trace's form (docs/traces.md) in the headers of its upload: the compact one, or
// gzip of JSON, which an earlier version of the page may have left on the device.
function formOf(trace: Uint8Array): Record<string, string> {
  if (trace[0] === 0x1f && trace[1] === 0x8b) return { "content-type": "application/json", "content-encoding": "gzip" };
  return { "content-type": "application/vnd.blush.trace" };
}

// never says whether the server itself has found that it can never accept this
// recording. Any other answer, from a load balancer or another program, says
// nothing about the recording.
function never(answer: Response, detail: unknown) {
  if (!answer.headers.get("request-id")) return false;
  if (answer.status === 413) return typeof detail === "string";
  return answer.status === 422 && Array.isArray(detail) && detail.length > 0 && detail.every((d) => d?.loc?.[0] === "body");
}

// again waits for some ms, or until the network is back.
function again(ms: number) {
  const over = new AbortController();
  const online = new Promise((done) => addEventListener("online", done, { once: true, signal: over.signal }));
  return Promise.race([pause(ms, over.signal), online]).finally(() => over.abort());
}

// openTraceStore opens the device's database. If there is none (some private windows),
// traces are kept only as long as the page.
async function openTraceStore(): Promise<TraceStore> {
  let db: IDBDatabase;
  try {
    db = await new Promise<IDBDatabase>((done, fail) => {
      const open = indexedDB.open(DATABASE, 1);
      open.onupgradeneeded = () => open.result.createObjectStore(STORE, { keyPath: "faceScanId" });
      open.onsuccess = () => done(open.result);
      open.onerror = () => fail(open.error);
      open.onblocked = () => fail(new Error("blocked"));
    });
    db.onversionchange = () => db.close();
  } catch {
    const held = new Map<string, Entry>();
    return {
      put: async (e) => void held.set(e.faceScanId, e),
      all: async () => [...held.values()],
      remove: async (id) => void held.delete(id),
    };
  }
  const ask = <T>(mode: IDBTransactionMode, call: (s: IDBObjectStore) => IDBRequest<T>) =>
    new Promise<T>((done, fail) => {
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
