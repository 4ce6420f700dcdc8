export { Blush, type AuditFilter, type VideoOptions } from "./client.js";
export { BlushError, type FieldError } from "./errors.js";
export type { Options } from "./options.js";
export type * from "./types.js";
export { verifyWebhook, WebhookError, type WebhookEvent, type WebhookHeaders } from "./webhook.js";
