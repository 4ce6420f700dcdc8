// The answers of the API, as far as the pages use them.

import type { Quality, ScanStatus } from "./catalogue";

export interface Estimate {
  biomarker: string;
  value: number | null;
  unit: string;
  confidence: number; // 0..1
  interval: [number, number] | null;
  method: string | null;
  reason: string | null;
}

export interface Scan {
  face_scan_id: string;
  created_at: string;
  status: ScanStatus;
  quality_status: Quality | null;
  biomarkers: Record<string, number | null> | null;
  estimates: Estimate[] | null;
  capture?: { duration_s?: number; frames?: number; fps?: number; face_share?: number };
  engine?: { version?: string };
  failure?: string;
}

/** Look has a customer's accent colours for one theme. */
type Look = Record<"accent" | "accent_ink" | "accent_soft", string>;

/** Settings are the customer's settings of the pages: GET /v2/pages/settings. */
export interface Settings {
  customer: string;
  language: string;
  test: boolean;
  biomarkers: string[];
  questions: boolean;
  instructions_for_use: string;
  brand: { logo: string; light: Look | null; dark: Look | null };
}

/** User is the person whom the token is for. */
export interface User {
  user_id: string;
  language: string | null;
  adult: boolean | null;
}

export interface Question {
  lookup_key: string;
  text: string;
  options: { value: number; text: string }[];
  unit: string | null;
  minimum: number | null;
  maximum: number | null;
  instrument: string | null;
  stem: string | null;
  source: string | null;
  stale: boolean;
  answer: { value: number; answered_at: string } | null;
}

export interface Page<T> {
  data: T[];
  has_more: boolean;
}
