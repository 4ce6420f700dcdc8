// Only for the type checker: index.ts exports what types.d.ts declares.

import type * as promised from "../types";
import * as exported from "./index";

exported satisfies typeof promised;

// Event listeners have the right types.
export function heard(scan: promised.BlushScan, metric: promised.BlushMetric) {
  scan.addEventListener("blush-face-scan-successful", (e) => e.detail.data.face_scan_id satisfies string);
  scan.addEventListener("blush-camera", (e) => e.detail.data.status satisfies "granted" | "denied" | "no_camera" | "in_use");
  document.addEventListener("blush-dismiss", (e) => e.detail.data.hasResults satisfies boolean);
  window.addEventListener("blush-stage", (e) => e.detail.stage satisfies string);
  metric.addEventListener("blush-load", (e) => e.detail.locked satisfies boolean);
  metric.addEventListener("blush-error", (e) => "status" in e.detail && (e.detail.status satisfies number));
}
