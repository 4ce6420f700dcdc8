import type { components, paths } from "./schema.js";

/** Everything that the API accepts and returns, by its name in the OpenAPI document, e.g. `Schemas["FaceScan"]`. */
export type Schemas = components["schemas"];

export type User = Schemas["User"];
export type Scan = Schemas["FaceScan"];
export type Estimate = Schemas["Estimate"];
export type Waveform = Schemas["Waveform"];
export type Reading = Schemas["Reading"];
export type Consent = Schemas["Consent"];
export type Webhook = Schemas["Webhook"];
export type Delivery = Schemas["Delivery"];
export type AuditEntry = Schemas["AuditEntry"];

/** Names a user: by the server's id or by your own. With a token it is left out. */
export type UserRef = { user_id: string } | { external_user_id: string } | Record<string, never>;

/** One page of a list; request the next with the id of its last item. */
export interface List<T> {
  data: T[];
  has_more: boolean;
}

/** Which page of a list. */
export interface Page {
  limit?: number;
  starting_after?: string;
}

/** The data of a biomarker widget. */
export type BiomarkerName = paths["/v2/widgets/biomarker"]["get"]["parameters"]["query"]["parameter"];

/** A resource of FHIR R4, or a Bundle of them. */
export type Resource = { resourceType: string; [name: string]: unknown };

/** Search parameters of observations, e.g. `{ patient: [id], date: ["ge2026-01-01"] }`. */
export type ObservationSearch = NonNullable<paths["/v2/fhir/Observation"]["get"]["parameters"]["query"]>;

/** Parameters that limit the export of a patient, e.g. `{ _since: "2026-01-31T08:00:00Z", _count: 500 }`. */
export type PatientExport = NonNullable<paths["/v2/fhir/Patient/{patient_id}/$everything"]["get"]["parameters"]["query"]>;

/** Search parameters of patients, `{ _id }` or `{ identifier }`. */
export type PatientSearch = NonNullable<paths["/v2/fhir/Patient"]["get"]["parameters"]["query"]>;

export type WidgetName = "biomarker" | "metric" | "graph" | "main" | "recommendations" | "todos";
