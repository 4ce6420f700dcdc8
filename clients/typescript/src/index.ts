export { Blush, type AuditFilter, type VideoOptions } from "./client.js";
export { BlushError, type FieldError } from "./errors.js";
export type { Options } from "./options.js";
export type * from "./types.js";
export { verifyWebhook, WebhookError, type WebhookEvent, type WebhookHeaders } from "./webhook.js";

if (globalThis.crypto === undefined) {
  throw new Error("@blush/client needs globalThis.crypto: use Node 20 or newer, or start Node 18 with NODE_OPTIONS=--experimental-global-webcrypto");
}
