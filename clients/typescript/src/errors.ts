import type { Schemas } from "./types.js";

/** One part of a request that failed validation. */
export type FieldError = Schemas["FieldError"];

/** An answer that is not a success, or that the API would not send. */
export class BlushError extends Error {
  override readonly name = "BlushError";
  /** The HTTP status; 0 if a browser hides a redirect, which the client does not follow. */
  readonly status: number;
  /** What the server says; undefined if the answer is not one of the API's errors. */
  readonly detail: string | undefined;
  /** The parts of the request that failed validation, of a 422. */
  readonly fields: FieldError[];
  /** Quote it when you report a problem. */
  readonly requestId: string | null;
  readonly headers: Headers;
  /** The whole answer: its decoded JSON, or its text. */
  readonly body: unknown;

  constructor(response: Response, body: unknown, fault = "") {
    const detail = typeof body === "object" && body !== null && "detail" in body ? body.detail : undefined;
    const said = typeof detail === "string" ? detail : undefined;
    const fields = Array.isArray(detail) && detail.every((f) => Array.isArray(f?.loc) && typeof f.msg === "string") ? (detail as FieldError[]) : [];
    const requestId = response.headers.get("Request-Id");
    const text = said ?? (fields.map((f) => `${(f.loc ?? []).join(".")}: ${f.msg}`).join("; ") || (response.ok ? "" : excerpt(body))); // a success may contain a person's values, which must not be logged
    super(`${response.status} ${response.statusText}: ${fault}${text} (request ${requestId ?? "unknown"})`);
    this.status = response.status;
    this.detail = said;
    this.fields = fields;
    this.requestId = requestId;
    this.headers = response.headers;
    this.body = body;
  }
}

/** The beginning of an unknown answer, for a message. */
function excerpt(body: unknown): string {
  const text = typeof body === "string" ? body.trim() : (JSON.stringify(body) ?? "");
  return text.length > 500 ? `${text.slice(0, 500)} … (the rest is in body)` : text;
}
