// Calls every operation of a running server as an integrator's server does, and checks the errors.
import { readFileSync } from "node:fs";
import assert from "node:assert/strict";
import { Blush, BlushError, verifyWebhook, WebhookError, type BiomarkerName, type Schemas } from "@blush/client";

const env = process.env;
const plain = new Blush({ baseUrl: env["BLUSH_URL"]! + "/", apiKey: env["BLUSH_KEY"]!, firstWaitMs: 10 });

// Signed a moment ago.
const vectors = JSON.parse(readFileSync(env["BLUSH_VECTORS"]!, "utf8")) as { name: string; payload: string; headers: Record<string, string>; secrets: string[]; id: string }[];
for (const v of vectors) {
  for (const headers of [v.headers, new Headers(v.headers)]) {
    const verified = verifyWebhook(v.name === "ours" ? new TextEncoder().encode(v.payload) : v.payload, headers, ...v.secrets);
    if (v.id) assert.equal((await verified).id, v.id, v.name);
    else await assert.rejects(verified, WebhookError, v.name);
  }
}

async function list<T>(items: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const item of items) out.push(item);
  return out;
}

// The proxy drops the answer to the first try.
const made = await plain.createUser({ external_user_id: "anna", sex: "F", birth_date: "1990-05-17" });
assert.equal((await plain.createUser({ external_user_id: "anna" })).user_id, made.user_id);
const user = { user_id: made.user_id };
assert.equal((await plain.user({ external_user_id: "anna" })).user_id, made.user_id);
assert.deepEqual((await list(plain.allUsers())).map((u) => u.user_id), [made.user_id]);
assert.equal((await plain.updateUser(user, { language: "nl" })).language, "nl");

const trace = JSON.parse(readFileSync(env["BLUSH_TRACE"]!, "utf8")) as Schemas["Trace"];
const heartRate = (scan: Schemas["FaceScan"]) => scan.estimates?.find((e) => e.biomarker === "heart_rate")?.value ?? 0;
const measured = await plain.submitTrace(user, trace);
assert.ok(Math.abs(heartRate(measured) - 64) < 3, JSON.stringify(measured));
const compact = await plain.submitTrace(user, new Uint8Array(readFileSync(env["BLUSH_COMPACT"]!)));
assert.ok(Math.abs(heartRate(compact) - 64) < 3, JSON.stringify(compact));
const keyed = plain.with({ idempotencyKey: "visit-1" });
const simulated = await keyed.submitSynthetic(user, { seed: 3, duration_s: 30 });
assert.equal((await keyed.submitSynthetic(user, { seed: 3, duration_s: 30 })).face_scan_id, simulated.face_scan_id);
const sent = await plain.submitVideo(user, new Blob([readFileSync(env["BLUSH_VIDEO"]!)]), { name: "face.avi", timezone: "Europe/Brussels" });
const film = await plain.waitForScan(sent.face_scan_id);
assert.deepEqual([film.status, film.timezone], ["done", "Europe/Brussels"]);
assert.deepEqual((await list(plain.allScans(user))).map((s) => s.face_scan_id), [film, simulated, compact, measured].map((s) => s.face_scan_id));
assert.equal((await plain.scans(user, { limit: 2 })).has_more, true);
assert.ok(((await plain.waveform(measured.face_scan_id)).beats ?? []).length > 20);
assert.match(await plain.waveformCsv(measured.face_scan_id), /\nend,/);
const text = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);
assert.match(text(await plain.waveformEdf(measured.face_scan_id)), /^0 /);
assert.match(await plain.exportScans(user), /\n\{"end":true,"face_scans":4\}\n$/);
assert.match(await plain.exportScans({}, { format: "csv", from: "2026-01-01T00:00:00Z" }), /\nend,4,/);
for (const pdf of [await plain.scanReport(measured.face_scan_id), await plain.userReport(user)]) assert.match(text(pdf), /^%PDF-/);
const bundles = [await plain.searchObservations({ patient: [made.user_id], _count: 5 }), await plain.exportPatient(made.user_id, { _since: "2026-01-01T00:00:00Z" })];
for (const bundle of bundles as { entry?: { resource: { resourceType: string; id: string } }[] }[]) {
  const id = (type: string) => bundle.entry!.find((e) => e.resource.resourceType === type)!.resource.id;
  assert.equal((await plain.observation(id("Observation")))["id"], id("Observation"));
  assert.equal((await plain.patient(id("Patient")))["id"], made.user_id);
  assert.equal((await plain.device(id("Device")))["id"], id("Device"));
}
const who = (await plain.searchPatients({ identifier: "anna" })) as { entry?: { resource: { id: string } }[] };
assert.equal(who.entry?.[0]?.resource.id, made.user_id);
await plain.deleteScan(simulated.face_scan_id);

const blush = plain.with({ language: "fr" });
for (const page of [await blush.scanUrl(user), await blush.dashboardUrl(user), await blush.resultsUrl(measured.face_scan_id)]) {
  assert.match(page.url, /language=fr/);
}

const questions = await blush.questions(user);
assert.equal(questions.language, "fr");
const answers = (questions.data ?? []).slice(0, 3).map((q) => ({ lookup_key: q.lookup_key, value: q.options?.[0]?.value ?? q.minimum! }));
assert.equal((await blush.answer(user, answers[0]!)).length, 1);
assert.equal((await blush.answerAll(user, answers.slice(1))).length, 2);
assert.ok((await blush.metrics(user)).metrics.mental_stress.name);
assert.equal((await blush.profile(user, "energy-sleep")).name, "energy-sleep");
assert.ok((await blush.journey(user)).steps?.length);
const reading = await blush.addReading(user, { systolic: 124, diastolic: 79 });
assert.deepEqual((await list(blush.allReadings(user))).map((r) => r.reading_id), [reading.reading_id]);
await blush.deleteReading(user, reading.reading_id);
const consents = await blush.giveConsent(user, { version: "2026-1", text_hash: "a".repeat(64), language: "nl" });
assert.deepEqual((await blush.consents(user, "2026-1")).map((c) => c.consent_id), consents.map((c) => c.consent_id));

const parameter: BiomarkerName = "heart_rate";
const widget = await blush.biomarkerWidget(user, parameter, measured.face_scan_id);
assert.deepEqual([widget.language, Math.round(widget.data.value! / 10)], ["fr", 6]);
assert.equal((await blush.metricWidget(user, "mental_stress")).data.parameter, "mental_stress");
assert.equal((await blush.graphWidget(user, parameter, { title: "Pulse" })).data.title, "Pulse");
assert.ok((await blush.mainWidget(user)).data.profiles);
assert.ok((await blush.recommendationsWidget(user)).data.title);
assert.ok((await blush.todosWidget(user)).data.title);
const htmls = [
  await blush.widgetHtml(user, "biomarker", { data: { parameter, face_scan_id: "latest" } }),
  await blush.widgetHtml(user, "metric", { data: { parameter: "mental_stress" } }),
  await blush.widgetHtml(user, "graph", { data: { parameter } }),
  await blush.widgetHtml(user, "main"),
  await blush.widgetHtml(user, "recommendations"),
  await blush.widgetHtml(user, "todos"),
];
for (const html of htmls) assert.match(html, /lang="fr"/);

const hook = await blush.createWebhook({ url: "https://app.example.org/blush", events: ["scan.done"] });
const id = hook.webhook_id;
assert.deepEqual((await blush.webhooks()).map((w) => w.webhook_id), [id]);
assert.equal((await blush.webhook(id)).webhook_id, id);
assert.equal((await blush.updateWebhook(id, { description: "ids" })).description, "ids");
const turned = await blush.rotateWebhookSecret(id, 3600);
assert.ok(turned.secret.startsWith("whsec_") && turned.secret !== hook.secret);
const tested = await blush.testWebhook(id);
assert.deepEqual((await list(blush.allDeliveries(id))).map((d) => d.delivery_id), [tested.delivery_id]);
await blush.replay(id, { since: new Date().toISOString() });
await blush.deleteWebhook(id);
assert.deepEqual((await list(blush.allAudit({ user_id: made.user_id, action: "scan.delete" }))).map((e) => e.object_id), [simulated.face_scan_id]);

const token = await blush.createToken(user, 3600);
const person = new Blush({ baseUrl: env["BLUSH_URL"]!, token: async () => token.token });
assert.ok((await person.pageSettings()).customer);
await blush.revokeToken(token.token);
await assert.rejects(person.user(), (e) => e instanceof BlushError && e.status === 401 && !!e.detail && !!e.requestId);
await blush.revokeTokens(user);

await assert.rejects(blush.addReading(user, { systolic: 1, diastolic: 79 }), (e) => e instanceof BlushError && e.status === 422 && e.fields[0]?.loc?.[1] === "systolic" && /body\.systolic: /.test(e.message));
const gateway = "<html>The gateway is down.</html>";
await assert.rejects(blush.scan("gateway"), (e) => e instanceof BlushError && e.status === 418 && String(e.body).trim() === gateway && e.message.includes(gateway));
await assert.rejects(plain.scan("later"), (e) => e instanceof BlushError && e.status === 418);
await assert.rejects(blush.scan("page"), (e) => e instanceof BlushError && e.status === 200 && e.body === gateway);
await assert.rejects(blush.scan("elsewhere"), (e) => e instanceof BlushError && e.status === 307);
await assert.rejects(plain.with({ signal: AbortSignal.abort(new Error("the visitor left")) }).user(user), /the visitor left/);
await assert.rejects(plain.with({ baseUrl: "http://127.0.0.1:1" }).user(user), (e) => e instanceof TypeError);
const cut = { user_id: "cut" };
const notWholes = [
  () => plain.waveformCsv("cut"),
  () => plain.waveformEdf("cut"),
  () => plain.scanReport("cut"),
  () => plain.userReport(cut),
  () => plain.exportScans(cut),
  () => plain.widgetHtml(cut, "main"),
];
for (const notWhole of notWholes) {
  await assert.rejects(notWhole(), (e) => e instanceof BlushError && e.status === 200 && /incomplete/.test(e.message));
}
for (const notWhole of [() => plain.exportPatient("cut"), () => plain.exportUser(cut)]) await assert.rejects(notWhole(), (e) => e instanceof BlushError && e.status === 200);
for (const empty of [() => plain.scan("empty"), () => plain.waveformEdf("empty"), () => plain.waveformCsv("empty"), () => plain.exportPatient("empty")]) {
  await assert.rejects(empty(), (e) => e instanceof BlushError && e.status === 200);
}
for (const brokenOff of [() => plain.waveformCsv("broken"), () => plain.exportPatient("broken")]) await assert.rejects(brokenOff(), (e) => e instanceof Error);
assert.ok(await blush.exportUser(user));
await blush.deleteUser(user);
await assert.rejects(blush.user(user), (e) => e instanceof BlushError && e.status === 404);
const steady = { user_id: (await blush.createUser()).user_id };
assert.ok((await blush.makeHistory(steady, { days: 3, seed: 4 })).scans > 0);
for (const locked of [["heart_rate"], []] as const) {
  await blush.lock(steady, [...locked]);
  assert.equal((await blush.journey(steady)).locked.includes("heart_rate"), locked.length > 0);
}
