// Web components that show what a Blush server measured.

import { Biomarker } from "./biomarker";
import { Graph } from "./graph";
import { Metric } from "./metric";
import { Scan } from "./scan";

export { configure } from "./client";
export { Biomarker as BlushBiomarker, Graph as BlushGraph, Metric as BlushMetric, Scan as BlushScan };

for (const [name, element] of Object.entries({ "blush-biomarker": Biomarker, "blush-metric": Metric, "blush-graph": Graph, "blush-scan": Scan })) {
  // A page may include the script twice; without a DOM nothing can be defined.
  if (globalThis.customElements && !customElements.get(name)) customElements.define(name, element);
}
