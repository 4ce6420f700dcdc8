import type { BiomarkerData, GraphData, Language, MetricData, ScanStages, WidgetState } from "./data";

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

export * from "./data";

/** Returns a valid action token; asked again when the server has answered 401. */
export type TokenProvider = () => string | Promise<string>;

/** What holds for every element that does not say otherwise. */
export interface Configuration {
  /** Address of the Blush server, without /v2; default: where the script came from. */
  server?: string;
  token?: string;
  tokenProvider?: TokenProvider;
  /** A {@link Language}; default: the page's own. */
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

/** `<blush-biomarker parameter="heart_rate" variation="arc" face-scan-id="…">` */
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

/** One message of the scan page, docs/embedding.md. */
export type ScanStage<S extends keyof ScanStages = keyof ScanStages> = S extends keyof ScanStages ? { stage: S } & ScanStages[S] : never;

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

/** What `blush-error` of a widget tells; status 0: no connection. */
export interface WidgetFailure {
  status: number;
  message: string;
}

/** The name of a stage's event: `faceScanSuccessful` is `face-scan-successful`. */
type Dashed<S extends string> = S extends `${infer First}${infer Rest}` ? `${First extends Lowercase<First> ? First : `-${Lowercase<First>}`}${Dashed<Rest>}` : "";

/** The event of each stage of a scan. */
type ScanEventMap = { [S in keyof ScanStages as `blush-${Dashed<S>}`]: CustomEvent<ScanStage<S>> };

/** The events of the elements, which bubble out of shadow roots. */
export interface BlushEventMap extends Omit<ScanEventMap, "blush-error"> {
  "blush-load": CustomEvent<Envelope<BiomarkerData> | Envelope<MetricData> | Envelope<GraphData>>;
  /** Of a widget that could not be loaded, or of a scan that failed. */
  "blush-error": CustomEvent<WidgetFailure | ScanStage<"error">>;
  /** Any stage of a scan. */
  "blush-stage": CustomEvent<ScanStage>;
}

declare global {
  interface HTMLElementEventMap extends BlushEventMap {}
  interface DocumentEventMap extends BlushEventMap {}
  interface WindowEventMap extends BlushEventMap {}
  interface HTMLElementTagNameMap {
    "blush-biomarker": BlushBiomarker;
    "blush-metric": BlushMetric;
    "blush-graph": BlushGraph;
    "blush-scan": BlushScan;
  }
}
