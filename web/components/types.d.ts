/**
 * What a Blush server answers to GET /v2/widgets/{name}: all words are in the language that was asked for.
 * A locked insight has null wherever null is possible. Times are RFC 3339 with the offset of the scan's own time zone.
 */
export interface Envelope<D> {
  locked: boolean;
  widget?: string;
  language?: string;
  data: D;
}

/** A part of a scale: from ≤ value < to. */
export interface Range {
  from: number;
  to: number;
  /** good, neutral, bad of a biomarker; optimal, normal, suboptimal of a metric. */
  zone: string;
  name: string;
}

/** A value beside the one before. */
export interface Change {
  by: number;
  /** same: the difference is within what both do not know. */
  direction: "up" | "down" | "same";
  previous: number;
  since: string;
  text: string;
}

export interface BiomarkerData {
  /** Key of the catalogue, e.g. heart_rate. */
  parameter: string;
  name: string;
  state: "ready" | "placeholder" | "locked" | "no_data" | "processing" | "refused" | "error";
  face_scan_id: string | null;
  /** In unit; of blood pressure the systolic one. */
  value: number | null;
  diastolic: number | null;
  unit: string;
  /** The unit as the language writes it. */
  unit_name: string;
  /** Digits behind the point that its values are written with. */
  decimals: number;
  /** The value as the language writes it, without its unit. */
  display: string | null;
  /** Holds the truth with 90 % probability. */
  interval: [number, number] | null;
  /** 0..100. */
  confidence: number | null;
  /** The usual range of adults at rest. */
  range: [number, number] | null;
  range_source: string;
  ranges: Range[];
  scale: [number, number];
  zone: "good" | "neutral" | "bad" | null;
  zone_name: string | null;
  change: Change | null;
  measured_at: string | null;
  source: "face" | "finger" | "cuff" | null;
  source_text: string | null;
  stale: boolean;
  reason: string | null;
  reason_text: string | null;
  notices: Notice[];
  text: string;
  footnote: string;
}

export type MetricStatus = "no_data" | "preliminary" | "confirming" | "validated" | "reconfirming";

export interface MetricData {
  parameter: string;
  name: string;
  state: "ready" | "locked" | "no_data";
  /** 0..100, higher is better. */
  score: number | null;
  display: string | null;
  /** Holds the score with 80 % probability under the model. */
  interval: [number, number] | null;
  /** 0..100: how much is known of what could be known. */
  confidence: number | null;
  ranges: Range[];
  zone: "suboptimal" | "normal" | "optimal" | null;
  zone_name: string | null;
  status: MetricStatus | null;
  status_name: string | null;
  status_text: string | null;
  previous: number | null;
  change: Change | null;
  text: string;
  about: string;
  how: string | null;
  inputs: MetricInput[];
  missing: MissingField[];
  notices: Notice[];
  updated_at: string | null;
  footnote: string;
}

export interface MetricInput {
  name: string;
  title: string;
  /** Percent of what moves the score. */
  weight: number;
  /** How much of the score is due to this input. */
  points: number;
  value: number;
  unit: string;
  count: number;
  verified: boolean;
}

export interface MissingField {
  field: string;
  title: string;
  required: boolean;
  stale: boolean;
}

export interface Notice {
  code: string;
  severity: "info" | "warning" | "urgent";
  text: string;
}

export interface GraphData {
  parameter: string;
  name: string;
  title: string;
  state: "ready" | "locked" | "no_data";
  unit: string;
  unit_name: string;
  /** Digits behind the point that its values are written with. */
  decimals: number;
  /** First and last day shown, yyyy-mm-dd. */
  start: string;
  stop: string;
  /** What a point stands for: a scan, a day, a week. */
  aggregation: "none" | "day" | "week";
  points: GraphPoint[];
  ranges: Range[];
  range_source: string;
  scale: [number, number];
  refused: { reason: string; text: string; count: number }[];
  text: string;
  footnote: string;
}

export interface GraphPoint {
  timestamp: string;
  /** null: scans that gave no value, for the reason. */
  value: number | null;
  diastolic: number | null;
  confidence: number | null;
  interval: [number, number] | null;
  spread: [number, number] | null;
  count: number;
  reason: string | null;
  reason_text: string | null;
}

export type WidgetState =
  | "loading" | "error" | "locked" | "placeholder" | "no_data" | "processing" | "refused" | "ready"
  | "preliminary" | "confirming" | "validated" | "reconfirming";

/** Returns a valid action token; asked again when the server has answered 401. */
export type TokenProvider = () => string | Promise<string>;

/** What holds for every element that does not say otherwise. */
export interface Configuration {
  /** Address of the Blush server, without /v2; default: where the script came from. */
  server?: string;
  token?: string;
  tokenProvider?: TokenProvider;
  /** en, nl, fr, de, es, da or sv; default: the page's own language. */
  language?: string;
}

export function configure(configuration: Configuration): void;

/** The elements' events: blush-load with the data, blush-error with status (0: no connection) and message. */
export interface BlushWidget<D> extends HTMLElement {
  server: string | null;
  token: string | null;
  language: string | null;
  tokenProvider: TokenProvider | undefined;
  /** As loaded, or given by the page, which then loads nothing. */
  data: Envelope<D> | undefined;
  readonly state: WidgetState;
  reload(): void;
}

/** `<blush-biomarker parameter="heart_rate" variation="default|arc|small" face-scan-id="…">` */
export interface BlushBiomarker extends BlushWidget<BiomarkerData> {
  parameter: string | null;
  variation: string | null;
  faceScanId: string | null;
}

/** `<blush-metric parameter="mental_stress">` */
export interface BlushMetric extends BlushWidget<MetricData> {
  parameter: string | null;
}

/** `<blush-graph parameter="heart_rate" start="2026-01-01" stop="2026-12-31" heading="…">`: long periods are shown by day, then by week. */
export interface BlushGraph extends BlushWidget<GraphData> {
  parameter: string | null;
  start: string | null;
  stop: string | null;
  heading: string | null;
}

/** One message of the scan page, docs/integrating.md. */
export interface ScanStage {
  stage: string;
  uuid?: string;
  data?: Record<string, unknown>;
}

/**
 * `<blush-scan src="https://HOST/scan?action_token=…">`: the scan page in a frame that may use the camera.
 * Each stage is an event `blush-stage` and one of its own, e.g. `blush-face-scan-successful`; detail is the message.
 */
export interface BlushScan extends HTMLElement {
  src: string | null;
  language: string | null;
  /** Asks the page to end; it answers with the stage dismiss, and the frame is removed. */
  close(): void;
}

export const BlushBiomarker: { new (): BlushBiomarker; prototype: BlushBiomarker };
export const BlushMetric: { new (): BlushMetric; prototype: BlushMetric };
export const BlushGraph: { new (): BlushGraph; prototype: BlushGraph };
export const BlushScan: { new (): BlushScan; prototype: BlushScan };

declare global {
  interface HTMLElementTagNameMap {
    "blush-biomarker": BlushBiomarker;
    "blush-metric": BlushMetric;
    "blush-graph": BlushGraph;
    "blush-scan": BlushScan;
  }
}
