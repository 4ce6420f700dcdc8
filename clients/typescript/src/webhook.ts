import type { Schemas } from "./types.js";

/** The event in a webhook request. `id` is the same for every attempt and replay: process each event once. */
export type WebhookEvent = Schemas["WebhookEvent"] & { id: string };

/** Why a request is not one of your webhooks: answer it with a 400 and do nothing. */
export class WebhookError extends Error {
  override readonly name = "WebhookError";
}

/** How far the timestamp of a webhook may be from now, in seconds. */
const tolerance = 5 * 60;

/** The headers of a request: those of `fetch`, or those of Node. */
export type WebhookHeaders = Headers | Record<string, string | string[] | undefined>;

/**
 * Checks that a request to your server is a webhook signed with one of your secrets, as the Standard Webhooks
 * specification says, within five minutes of now, and decodes it. `payload` is the unchanged body. While a secret is
 * rotated, pass both secrets. Throws a WebhookError.
 */
export async function verifyWebhook(payload: string | Uint8Array, headers: WebhookHeaders, ...secrets: string[]): Promise<WebhookEvent> {
  const id = header(headers, "webhook-id");
  const seconds = header(headers, "webhook-timestamp");
  if (!id || !/^\d+$/.test(seconds)) throw new WebhookError("webhook: webhook-id or webhook-timestamp is missing");
  if (Math.abs(Date.now() / 1000 - Number(seconds)) > tolerance) throw new WebhookError("webhook: webhook-timestamp is more than five minutes from now");
  const body = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const head = new TextEncoder().encode(`${id}.${seconds}.`);
  const signed = new Uint8Array(head.length + body.length);
  signed.set(head);
  signed.set(body, head.length);
  for (const secret of secrets) {
    const bytes = fromBase64(secret.replace(/^whsec_/, ""));
    if (!bytes || bytes.length === 0) throw new WebhookError("webhook: a secret must be whsec_ followed by base64");
    const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
    for (const signature of header(headers, "webhook-signature").split(" ")) {
      const [version, text = ""] = signature.split(",");
      const given = version === "v1" ? fromBase64(text) : undefined;
      if (given && (await crypto.subtle.verify("HMAC", key, given, signed))) return read(id, body);
    }
  }
  throw new WebhookError("webhook: no signature matches one of the secrets");
}

function read(id: string, body: Uint8Array): WebhookEvent {
  try {
    const sent = JSON.parse(new TextDecoder().decode(body)) as Schemas["WebhookEvent"];
    if (typeof sent.type !== "string") throw new TypeError("it has no type");
    return { ...sent, id };
  } catch (cause) {
    throw new WebhookError("webhook: its body is not an event", { cause });
  }
}

function header(headers: WebhookHeaders, name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : Object.entries(headers).find(([n]) => n.toLowerCase() === name)?.[1];
  return (Array.isArray(value) ? value[0] : value) ?? "";
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  } catch {
    return undefined;
  }
}
