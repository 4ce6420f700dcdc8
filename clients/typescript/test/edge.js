// The client as an edge function has it: no Node, no page, only what the runtime for Vercel's edge functions gives.
import { readFileSync } from "node:fs";
import { EdgeVM } from "@edge-runtime/vm";

const edge = new EdgeVM();
edge.context.given = JSON.stringify({ baseUrl: process.env.BLUSH_URL, apiKey: process.env.BLUSH_KEY, vectors: JSON.parse(readFileSync(process.env.BLUSH_VECTORS, "utf8")) });
edge.evaluate(readFileSync("client.js", "utf8")); // as the name client
await edge.evaluate(`(async () => {
  const { Blush, BlushError, verifyWebhook } = client;
  const { vectors, ...options } = JSON.parse(given);
  const is = (ok, what) => { if (!ok) throw new Error(what); };
  is(typeof process === "undefined" && typeof document === "undefined", "this is no edge runtime");
  const blush = new Blush(options);
  const { user_id } = await blush.createUser({ language: "sv" });
  is((await blush.user({ user_id })).language, "a user");
  const scan = await blush.submitSynthetic({ user_id }, { reason: "too_dark", duration_s: 20 });
  is((await blush.waitForScan(scan.face_scan_id)).status === "done", "a scan");
  const refused = await blush.addReading({ user_id }, { systolic: 1, diastolic: 79 }).catch((e) => e);
  is(refused instanceof BlushError && refused.status === 422 && refused.fields.length === 1, String(refused));
  for (const v of vectors) {
    const event = await verifyWebhook(v.payload, new Headers(v.headers), ...v.secrets).catch(() => ({ id: "" }));
    is(event.id === v.id, "webhook " + v.name);
  }
})()`);
const timers = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
if (timers) throw new Error(`${timers} timers are left, which keep an edge function running`);
