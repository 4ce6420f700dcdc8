import assert from "node:assert/strict";
import test from "node:test";
import { ask, Refused } from "../kit/ask";
import { choose, fill, hyphenated, unbroken } from "../kit/text";

// server answers in turn; what it was asked and how long was waited in between is returned. Nobody waits for real.
function server(...answers: (number | Error | [number, unknown, Record<string, string>?])[]) {
  const asked: { method: string; token: string; body: unknown }[] = [], waited: number[] = [];
  globalThis.fetch = (async (_: string, init: RequestInit) => {
    const headers = init.headers as Record<string, string>;
    asked.push({ method: init.method!, token: headers.authorization ?? "", body: init.body });
    const answer = answers[asked.length - 1]!;
    if (answer instanceof Error) throw answer;
    const [status, body, extra] = typeof answer === "number" ? [answer, {}] : answer;
    return new Response(status === 204 ? null : JSON.stringify(body), { status, headers: extra });
  }) as typeof fetch;
  globalThis.setTimeout = ((f: () => void, ms: number) => (waited.push(ms), queueMicrotask(f))) as unknown as typeof setTimeout;
  return { asked, waited };
}

const refused = (p: Promise<unknown>) => p.then(() => undefined, (err: Refused) => [err.status, err.message]);

test("an answer is given as it is, and nothing for 204", async () => {
  const s = server([200, { a: 1 }], 204);
  assert.deepEqual(await ask("/x", { token: "t" }), { a: 1 });
  assert.equal(await ask("/x", { method: "DELETE", body: { b: 2 } }), null);
  assert.deepEqual(s.asked, [{ method: "GET", token: "Token t", body: undefined }, { method: "DELETE", token: "", body: '{"b":2}' }]);
});

test("what may pass is tried three times more, each after a longer wait", async () => {
  const s = server(503, new Error("cut"), [429, {}, { "retry-after": "7" }], [200, 1]);
  assert.equal(await ask("/x"), 1);
  assert.deepEqual(s.waited, [500, 1000, 7000]);
  server(500, 500, 500, [500, { detail: "no" }]);
  assert.deepEqual(await refused(ask("/x")), [500, "no"]);
  server(new Error("a"), new Error("a"), new Error("a"), new Error("cut"));
  assert.deepEqual(await refused(ask("/x")), [0, "Error: cut"]);
});

test("what will not pass is refused at once, with all that the server says", async () => {
  const s = server([422, { detail: [{ msg: "one" }, { msg: "two" }] }]);
  assert.deepEqual(await refused(ask("/x")), [422, "one two"]);
  assert.equal(s.asked.length, 1);
});

test("a token that has expired is renewed once", async () => {
  const s = server(401, [200, 1]);
  assert.equal(await ask("/x", { token: "old", renew: async (used) => used + "er" }), 1);
  assert.deepEqual(s.asked.map((a) => a.token), ["Token old", "Token older"]);
  server(401, 401);
  assert.deepEqual(await refused(ask("/x", { renew: async () => "b" })), [401, ""]);
});

test("a request that is broken off is not repeated", async () => {
  const off = new AbortController();
  const s = server(new Error("aborted"));
  off.abort(new Error("off"));
  assert.equal((await ask("/x", { signal: off.signal }).then(() => null, (err: Error) => err))?.message, "off");
  assert.equal(s.asked.length, 1);
});

test("the first language that is offered is spoken, or English", () => {
  const offered = { en: 1, fr: 1, nl: 1 };
  assert.equal(choose(offered, "", null, undefined, "pt-BR", "FR-be", "nl"), "fr");
  assert.equal(choose(offered, "nl_BE"), "nl");
  assert.equal(choose(offered, "constructor", "pl"), "en");
});

test("places are filled by name and by number, and stay where nothing is known", () => {
  assert.equal(fill("{a} of {b}, {c}", { a: 1, b: "{a}" }), "1 of {a}, {c}");
  assert.equal(fill("{0} to {1}", ["x", 2]), "x to 2");
  assert.equal(fill("{toString}", {}), "{toString}");
});

test("no line ends within a measure, a date or before a sign", () => {
  for (const want of ["from 57~to 66~bpm. pNN50 10~to 38~%.", "ln~RMSSD: 4.0~ln~ms, 4~×~There", "vom 31.~Aug.~2026 bis heute: 48~von~100", "au 28~nov.~2026~: 4,9~batt./respiration", "4.9~:~1", "S3 are", "= 3.74. 75~bpm, 300~to 1500~kbit/s", "1.6~(10~is the worst)", " x  5 ", ""]) {
    assert.equal(unbroken(want.replaceAll("~", " ")).replaceAll("\u00a0", "~"), want);
  }
});

test("long words have soft hyphens, and keep their capitals", () => {
  for (const want of ["Herz~raten~varia~bilität (SDNN)", "Wert Ihres Blut~druck~mess~geräts", "ÉVANOUIS~SEMENT", "Konstantinopolitanisch", ""]) {
    assert.equal(hyphenated(want.replaceAll("~", "")).replaceAll("\u00ad", "~"), want);
  }
});
