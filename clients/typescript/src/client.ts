import type { Options } from "./options.js";
import { Transport } from "./transport.js";
import { wholeEdf, wholeExport, wholeHtml, wholePdf } from "./whole.js";
import type { AuditEntry, BiomarkerName, Consent, Delivery, List, ObservationSearch, Page, PatientExport, PatientSearch, Reading, Resource, Scan, Schemas, User, UserRef, Waveform, Webhook, WidgetName } from "./types.js";

type NewWebhook = Schemas["NewWebhookBody"];
type WebhookChange = Schemas["WebhookChangeBody"];
type Answer = Schemas["AnswerBody"];

/** What is sent with a video. */
export interface VideoOptions {
  /** A UUID; the client makes one if it is left out, so that another attempt is the same scan. */
  face_scan_id?: string;
  /** IANA name; UTC if left out. */
  timezone?: string;
  at_rest?: boolean;
  /** The file's name. */
  name?: string;
}

/** Which entries of the audit trail; `from` and `to` are times such as `2026-01-31T00:00:00Z`. */
export interface AuditFilter {
  user_id?: string;
  action?: AuditEntry["action"];
  from?: string;
  to?: string;
}

/** Calls one server with one credential. Each method is one operation of its API; those that begin with `all` go through every page of a list. */
export class Blush {
  readonly #options: Options;
  readonly #t: Transport;

  constructor(options: Options) {
    this.#options = { ...options, baseUrl: options.baseUrl.replace(/\/+$/, "") };
    this.#t = new Transport(this.#options);
  }

  /** The same client with other options, e.g. for one call: `blush.with({ signal }).waitForScan(id)`. */
  with(options: Partial<Options>): Blush {
    return new Blush({ ...this.#options, ...options });
  }

  get #api() {
    return this.#t.api;
  }

  /** The query of a call whose answer has texts. */
  #spoken<Q extends object>(query: Q): Q & { language?: string } {
    const { language } = this.#options;
    return language === undefined ? query : { ...query, language };
  }

  // Users

  /** Registers a user. If a user with this external id exists, it is returned unchanged. */
  createUser(user: Schemas["NewUserBody"] = {}): Promise<User> {
    return this.#t.json((o) => this.#api.POST("/v2/users", { ...o, body: user }), { post: true });
  }

  user(user: UserRef = {}): Promise<User> {
    return this.#t.json((o) => this.#api.GET("/v2/users", { ...o, params: { query: user } })) as Promise<User>;
  }

  /** The customer's users, newest first. */
  users(page: Page = {}): Promise<List<User>> {
    return this.#t.json((o) => this.#api.GET("/v2/users", { ...o, params: { query: page } })) as Promise<List<User>>;
  }

  allUsers(): AsyncGenerator<User> {
    return all((page) => this.users(page), (u) => u.user_id);
  }

  /** Changes the fields that are named; null clears one. */
  updateUser(user: UserRef, change: Schemas["NewUserBody"]): Promise<User> {
    return this.#t.json((o) => this.#api.PATCH("/v2/users", { ...o, params: { query: user }, body: change }));
  }

  /** Erases a user and everything measured. */
  async deleteUser(user: UserRef): Promise<void> {
    await this.#t.json((o) => this.#api.DELETE("/v2/users", { ...o, params: { query: user } }));
  }

  /** Everything that is stored about a user. */
  exportUser(user: UserRef = {}): Promise<unknown> {
    return this.#t.json((o) => this.#api.GET("/v2/users/export", { ...o, params: { query: user } }));
  }

  /** A token for an app or a page of this user only; `expiresIn` in seconds, 6 hours if left out. */
  createToken(user: UserRef, expiresIn?: number): Promise<Schemas["ActionToken"]> {
    const body = { ...user, ...(expiresIn !== undefined && { expires_in: expiresIn }) };
    return this.#t.json((o) => this.#api.POST("/v2/users/authenticate", { ...o, body }), { post: true });
  }

  /** Revokes one action token. */
  async revokeToken(token: string): Promise<void> {
    await this.#t.json((o) => this.#api.POST("/v2/users/revoke", { ...o, body: { token } }), { post: true });
  }

  /** Revokes every action token of a user. */
  async revokeTokens(user: UserRef): Promise<void> {
    await this.#t.json((o) => this.#api.POST("/v2/users/revoke", { ...o, body: user }), { post: true });
  }

  // Scans

  /** Sends a trace, as an object or in its compact form; the answer contains the result. */
  submitTrace(user: UserRef, trace: Schemas["Trace"] | Uint8Array<ArrayBuffer>): Promise<Scan> {
    const sent = trace instanceof Uint8Array
      ? { body: trace as never, bodySerializer: () => trace, headers: { "Content-Type": "application/vnd.blush.trace" } }
      : { body: trace, headers: {} };
    return this.#t.json((o) => this.#api.POST("/v2/facescans", { ...o, ...sent, headers: { ...o.headers, ...sent.headers }, params: { query: user } }), { post: true });
  }

  /** A scan without a camera; it needs a DEV key. */
  submitSynthetic(user: UserRef, synthetic: Schemas["Synthetic"] = {}): Promise<Scan> {
    return this.#t.json((o) => this.#api.POST("/v2/facescans", { ...o, params: { query: user }, body: { synthetic } }), { post: true });
  }

  /** Sends a video. The scan is then processing; `waitForScan` returns its result. */
  submitVideo(user: UserRef, video: Blob, options: VideoOptions = {}): Promise<Scan> {
    const form = new FormData();
    form.set("face_scan_id", options.face_scan_id ?? crypto.randomUUID());
    if (options.timezone !== undefined) form.set("timezone", options.timezone);
    if (options.at_rest !== undefined) form.set("at_rest", String(options.at_rest));
    form.set("video", video, options.name ?? "video");
    return this.#t.json((o) => this.#api.POST("/v2/facescans", { ...o, params: { query: user }, body: form as never }), { post: true, patient: true });
  }

  scan(id: string): Promise<Scan> {
    return this.#scan(id, 0);
  }

  /** A scan once it is done or has failed. */
  async waitForScan(id: string): Promise<Scan> {
    for (;;) {
      const scan = await this.#scan(id, 20);
      if (scan.status !== "processing") return scan;
    }
  }

  #scan(id: string, wait: number): Promise<Scan> {
    return this.#t.json((o) => this.#api.GET("/v2/facescans/{face_scan_id}", { ...o, params: { path: { face_scan_id: id }, query: wait > 0 ? { wait } : {} } }));
  }

  /** A user's scans, newest first. */
  scans(user: UserRef = {}, page: Page = {}): Promise<List<Scan>> {
    return this.#t.json((o) => this.#api.GET("/v2/facescans", { ...o, params: { query: { ...user, ...page } } }));
  }

  allScans(user: UserRef = {}): AsyncGenerator<Scan> {
    return all((page) => this.scans(user, page), (s) => s.face_scan_id);
  }

  /** The waves behind a scan's result. */
  waveform(id: string): Promise<Waveform> {
    return this.#t.json((o) => this.#api.GET("/v2/facescans/{face_scan_id}/waveform", { ...o, params: { path: { face_scan_id: id } } }));
  }

  async deleteScan(id: string): Promise<void> {
    await this.#t.json((o) => this.#api.DELETE("/v2/facescans/{face_scan_id}", { ...o, params: { path: { face_scan_id: id } } }));
  }

  /** The waves behind a scan's result as CSV; its last row says how many rows there were. */
  waveformCsv(id: string): Promise<string> {
    return this.#t.wholeText((o) => this.#api.GET("/v2/facescans/{face_scan_id}/waveform.csv", { ...o, params: { path: { face_scan_id: id } } }), wholeExport, { patient: true });
  }

  /** The waves behind a scan's result in the European Data Format (EDF+C). */
  waveformEdf(id: string): Promise<Uint8Array> {
    return this.#t.bytes((o) => this.#api.GET("/v2/facescans/{face_scan_id}/waveform.edf", { ...o, params: { path: { face_scan_id: id } } }), wholeEdf);
  }

  /** The scans of all users or of one as text, one line per scan; its last line says how many there were. `from` and `to` are times such as `2026-01-31T00:00:00Z`. */
  exportScans(user: UserRef = {}, which: { format?: "ndjson" | "csv"; from?: string; to?: string } = {}): Promise<string> {
    return this.#t.wholeText((o) => this.#api.GET("/v2/facescans/export", { ...o, params: { query: { ...user, ...which } } }), wholeExport, { patient: true });
  }

  // Reports

  /** A scan as a PDF. */
  scanReport(id: string): Promise<Uint8Array> {
    return this.#t.bytes((o) => this.#api.GET("/v2/facescans/{face_scan_id}/report", { ...o, params: { path: { face_scan_id: id }, query: this.#spoken({}) } }), wholePdf);
  }

  /** A user's period as a PDF; `start` and `stop` as yyyy-MM-dd. */
  userReport(user: UserRef = {}, span: { start?: string; stop?: string } = {}): Promise<Uint8Array> {
    return this.#t.bytes((o) => this.#api.GET("/v2/users/report", { ...o, params: { query: this.#spoken({ ...user, ...span }) } }), wholePdf);
  }

  // FHIR

  /** A Bundle with one page of a user's observations, newest first. With an API key the search names the user or, by `_id`, the observations. */
  searchObservations(search: ObservationSearch = {}): Promise<Resource> {
    return this.#t.json((o) => this.#api.GET("/v2/fhir/Observation", { ...o, params: { query: search } })) as Promise<Resource>;
  }

  /** A Bundle with the user that `_id` or `identifier` names, as a Patient, or with none. */
  searchPatients(search: PatientSearch = {}): Promise<Resource> {
    return this.#t.json((o) => this.#api.GET("/v2/fhir/Patient", { ...o, params: { query: search } })) as Promise<Resource>;
  }

  /** One value of a scan, a cuff reading or a profile. */
  observation(id: string): Promise<Resource> {
    return this.#t.json((o) => this.#api.GET("/v2/fhir/Observation/{observation_id}", { ...o, params: { path: { observation_id: id } } })) as Promise<Resource>;
  }

  /** A user as a Patient; the id is the user's. */
  patient(id: string): Promise<Resource> {
    return this.#t.json((o) => this.#api.GET("/v2/fhir/Patient/{patient_id}", { ...o, params: { path: { patient_id: id } } })) as Promise<Resource>;
  }

  /** The engine or the health model in one version. */
  device(id: string): Promise<Resource> {
    return this.#t.json((o) => this.#api.GET("/v2/fhir/Device/{device_id}", { ...o, params: { path: { device_id: id } } })) as Promise<Resource>;
  }

  /** A Bundle with a user's whole history: the Patient, every observation and the Devices. `only` limits it, e.g. `{ _since: "2026-01-31T08:00:00Z" }`. */
  exportPatient(id: string, only: PatientExport = {}): Promise<Resource> {
    const path = "/v2/fhir/Patient/{patient_id}/$everything";
    return this.#t.json((o) => this.#api.GET(path, { ...o, params: { path: { patient_id: id }, query: only } }), { patient: true }) as Promise<Resource>;
  }

  // Sandbox

  /** Creates days of simulated history for a user who has no scans up to then; it needs a DEV key. */
  makeHistory(user: UserRef, history: Partial<Schemas["HistoryBody"]> = {}): Promise<Schemas["MadeHistory"]> {
    return this.#t.json((o) => this.#api.POST("/v2/sandbox/history", { ...o, params: { query: user }, body: history as Schemas["HistoryBody"] }), { post: true });
  }

  /** Locks metrics, profiles and biomarkers for a user, in place of those that it locked before; an empty list unlocks them. It needs a DEV key. */
  async lock(user: UserRef, locked: Schemas["LockRequestBody"]["locked"]): Promise<void> {
    await this.#t.json((o) => this.#api.POST("/v2/sandbox/locked", { ...o, params: { query: user }, body: { locked } }), { post: true });
  }

  // Pages

  /** The address of a user's scan page. */
  scanUrl(user: UserRef): Promise<Schemas["PageURL"]> {
    return this.#t.json((o) => this.#api.GET("/v2/facescans/url", { ...o, params: { query: this.#spoken(user) } }));
  }

  /** The address of a user's dashboard. */
  dashboardUrl(user: UserRef): Promise<Schemas["PageURL"]> {
    return this.#t.json((o) => this.#api.GET("/v2/dashboard/url", { ...o, params: { query: this.#spoken(user) } }));
  }

  /** The address of a page with one scan's results. */
  resultsUrl(id: string): Promise<Schemas["PageURL"]> {
    return this.#t.json((o) => this.#api.GET("/v2/facescans/{face_scan_id}/results-url", { ...o, params: { path: { face_scan_id: id }, query: this.#spoken({}) } }));
  }

  /** How the customer's pages look and what they ask; it needs a token. */
  pageSettings(): Promise<Schemas["PageSettings"]> {
    return this.#t.json((o) => this.#api.GET("/v2/pages/settings", o));
  }

  // Health

  /** What to ask the user, with the last answers. */
  questions(user: UserRef = {}): Promise<Schemas["QuestionList"]> {
    return this.#t.json((o) => this.#api.GET("/v2/questions", { ...o, params: { query: this.#spoken(user) } }));
  }

  answer(user: UserRef, answer: Answer): Promise<Schemas["StoredAnswer"][]> {
    return this.#t.json((o) => this.#api.POST("/v2/questions/answer", { ...o, params: { query: this.#spoken(user) }, body: answer }), { post: true });
  }

  /** Stores answers of a user, all or none. */
  answerAll(user: UserRef, answers: Answer[]): Promise<Schemas["StoredAnswer"][]> {
    return this.#t.json((o) => this.#api.POST("/v2/questions/answer/many", { ...o, params: { query: this.#spoken(user) }, body: answers }), { post: true });
  }

  /** The current metrics, with the notices that must be shown. */
  metrics(user: UserRef = {}): Promise<Schemas["UserMetrics"]> {
    return this.#t.json((o) => this.#api.GET("/v2/metrics", { ...o, params: { query: this.#spoken(user) } }));
  }

  /** One view of a user. */
  profile(user: UserRef, profile: Schemas["UserProfile"]["name"]): Promise<Schemas["UserProfile"]> {
    return this.#t.json((o) => this.#api.GET("/v2/userprofiles/{profile}", { ...o, params: { path: { profile }, query: this.#spoken(user) } }));
  }

  /** The steps of a user and what each unlocks. */
  journey(user: UserRef = {}): Promise<Schemas["UserJourney"]> {
    return this.#t.json((o) => this.#api.GET("/v2/journey", { ...o, params: { query: this.#spoken(user) } }));
  }

  /** Stores a blood pressure from a cuff. The same reading sent twice is stored once. */
  addReading(user: UserRef, reading: Omit<Schemas["ReadingBody"], "kind">): Promise<Reading> {
    return this.#t.json((o) => this.#api.POST("/v2/readings", { ...o, params: { query: this.#spoken(user) }, body: { kind: "blood_pressure", ...reading } }), { post: true });
  }

  /** A user's readings, newest first. */
  readings(user: UserRef = {}, page: Page = {}): Promise<List<Reading>> {
    return this.#t.json((o) => this.#api.GET("/v2/readings", { ...o, params: { query: this.#spoken({ ...user, ...page }) } }));
  }

  allReadings(user: UserRef = {}): AsyncGenerator<Reading> {
    return all((page) => this.readings(user, page), (r) => r.reading_id);
  }

  async deleteReading(user: UserRef, id: string): Promise<void> {
    await this.#t.json((o) => this.#api.DELETE("/v2/readings/{reading_id}", { ...o, params: { path: { reading_id: id }, query: user } }));
  }

  /** Stores which text a user consented to, or withdraws consent; returns the stored or withdrawn consents. */
  async giveConsent(user: UserRef, consent: Schemas["ConsentBody"]): Promise<Consent[]> {
    return (await this.#t.json((o) => this.#api.POST("/v2/consents", { ...o, params: { query: user }, body: consent }), { post: true })).data;
  }

  /** A user's consents, to one version of the text or to all. */
  async consents(user: UserRef = {}, version?: string): Promise<Consent[]> {
    const query = { ...user, ...(version !== undefined && { version }) };
    return (await this.#t.json((o) => this.#api.GET("/v2/consents", { ...o, params: { query } }))).data;
  }

  // Widgets

  /** The data of a biomarker widget, for one scan or for the newest. */
  biomarkerWidget(user: UserRef, parameter: BiomarkerName, scanId = "latest"): Promise<Schemas["BiomarkerWidget"]> {
    const query = this.#spoken({ ...user, parameter, face_scan_id: scanId });
    return this.#t.json((o) => this.#api.GET("/v2/widgets/biomarker", { ...o, params: { query } }));
  }

  metricWidget(user: UserRef, parameter: string): Promise<Schemas["MetricWidget"]> {
    return this.#t.json((o) => this.#api.GET("/v2/widgets/metric", { ...o, params: { query: this.#spoken({ ...user, parameter }) } }));
  }

  /** The values of a biomarker or metric over time; `start` and `stop` as yyyy-MM-dd. */
  graphWidget(user: UserRef, parameter: string, span: { title?: string; start?: string; stop?: string } = {}): Promise<Schemas["GraphWidget"]> {
    return this.#t.json((o) => this.#api.GET("/v2/widgets/graph", { ...o, params: { query: this.#spoken({ ...user, parameter, ...span }) } }));
  }

  mainWidget(user: UserRef = {}): Promise<Schemas["MainWidget"]> {
    return this.#t.json((o) => this.#api.GET("/v2/widgets/main", { ...o, params: { query: this.#spoken(user) } }));
  }

  recommendationsWidget(user: UserRef = {}): Promise<Schemas["RecommendationsWidget"]> {
    return this.#t.json((o) => this.#api.GET("/v2/widgets/recommendations", { ...o, params: { query: this.#spoken(user) } }));
  }

  todosWidget(user: UserRef = {}): Promise<Schemas["TodosWidget"]> {
    return this.#t.json((o) => this.#api.GET("/v2/widgets/todos", { ...o, params: { query: this.#spoken(user) } }));
  }

  /** A widget as HTML, to insert unchanged. */
  widgetHtml(user: UserRef, name: WidgetName, widget: Schemas["WidgetBodyBiomarkerData"] | Schemas["WidgetBodyGraphData"] = {}): Promise<string> {
    const { language } = this.#options;
    const body = { ...widget, appearance: { ...(language !== undefined && { language }), ...widget.appearance } };
    return this.#t.wholeText((o) => this.#api.POST(`/v2/widgets/${name}`, { ...o, params: { query: user }, body } as never), wholeHtml, { post: true });
  }

  // Webhooks

  /** Creates a webhook. Only this answer contains its secret. */
  createWebhook(webhook: NewWebhook): Promise<Schemas["WebhookWithSecret"]> {
    return this.#t.json((o) => this.#api.POST("/v2/webhooks", { ...o, body: webhook }), { post: true });
  }

  /** The webhooks of the key's environment, the oldest first. */
  async webhooks(): Promise<Webhook[]> {
    return (await this.#t.json((o) => this.#api.GET("/v2/webhooks", o))).data;
  }

  webhook(id: string): Promise<Webhook> {
    return this.#t.json((o) => this.#api.GET("/v2/webhooks/{webhook_id}", { ...o, params: { path: { webhook_id: id } } }));
  }

  updateWebhook(id: string, change: WebhookChange): Promise<Webhook> {
    return this.#t.json((o) => this.#api.PATCH("/v2/webhooks/{webhook_id}", { ...o, params: { path: { webhook_id: id } }, body: change }));
  }

  async deleteWebhook(id: string): Promise<void> {
    await this.#t.json((o) => this.#api.DELETE("/v2/webhooks/{webhook_id}", { ...o, params: { path: { webhook_id: id } } }));
  }

  /** Gives a webhook a new secret. Deliveries are also signed with the old one for `overlapS` seconds, up to 7 days; with 0 the old one ends at once. */
  rotateWebhookSecret(id: string, overlapS: number): Promise<Schemas["WebhookWithSecret"]> {
    return this.#t.json((o) => this.#api.POST("/v2/webhooks/{webhook_id}/rotate", { ...o, params: { path: { webhook_id: id } }, body: { overlap_s: overlapS } }), { post: true });
  }

  /** Sends webhook.test once. */
  testWebhook(id: string): Promise<Delivery> {
    return this.#t.json((o) => this.#api.POST("/v2/webhooks/{webhook_id}/test", { ...o, params: { path: { webhook_id: id } } }), { post: true });
  }

  /** A webhook's deliveries, the newest first, of one status or all. */
  deliveries(id: string, filter: { status?: Delivery["status"] } & Page = {}): Promise<List<Delivery>> {
    return this.#t.json((o) => this.#api.GET("/v2/webhooks/{webhook_id}/deliveries", { ...o, params: { path: { webhook_id: id }, query: filter } }));
  }

  allDeliveries(id: string, filter: { status?: Delivery["status"] } = {}): AsyncGenerator<Delivery> {
    return all((page) => this.deliveries(id, { ...filter, ...page }), (d) => d.delivery_id);
  }

  /** Sends one delivery again, or all that failed from a time on. */
  replay(id: string, what: Schemas["ReplayBody"]): Promise<Schemas["Replayed"]> {
    return this.#t.json((o) => this.#api.POST("/v2/webhooks/{webhook_id}/replay", { ...o, params: { path: { webhook_id: id } }, body: what }), { post: true });
  }

  // Audit

  /** The customer's entries of the audit trail, newest first. */
  audit(filter: AuditFilter & Page = {}): Promise<List<AuditEntry>> {
    return this.#t.json((o) => this.#api.GET("/v2/audit", { ...o, params: { query: filter } }));
  }

  allAudit(filter: AuditFilter = {}): AsyncGenerator<AuditEntry> {
    return all((page) => this.audit({ ...filter, ...page }), (e) => e.entry_id);
  }
}

/** Reads a list page by page. */
async function* all<T>(get: (page: Page) => Promise<List<T>>, id: (item: T) => string): AsyncGenerator<T> {
  const page: Page = { limit: 100 };
  for (;;) {
    const { data, has_more } = await get(page);
    for (const item of data) {
      yield item;
      page.starting_after = id(item);
    }
    if (!has_more || data.length === 0) return;
  }
}
