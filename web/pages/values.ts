// The values of a scan, on the scan page, the results page and the dashboard alike.
import { el, type Child } from "../components/kit/dom";
import { notice } from "../components/kit/mark";
import type { BiomarkerData, Envelope } from "../components/types";
import type { Scan } from "./api";
import { group } from "./group";
import { get } from "./session";
import { language } from "./text";

/** warning is a notice about a value. */
export const warning = (n: { severity: string; text: string }, role?: string) => notice("warning", n, role);

/** tile is a biomarker's element. */
export const tile = (parameter: string, scan: Scan, variation?: string) => el("blush-biomarker", { parameter, "face-scan-id": scan.face_scan_id, variation });

/** tiles are several of them. */
export const tiles = (scan: Scan, parameters: string[]) => el("div", { class: "tiles" }, parameters.map((p) => tile(p, scan)));

/**
 * values shows a scan's values, the first as an arc, with something below it. Values that were refused for the same reason share
 * one card.
 */
export function values(scan: Scan, parameters: string[], below?: Child) {
  const refused = (scan.estimates ?? []).filter((e) => parameters.includes(e.biomarker) && e.value === null && e.reason);
  const groups = group(refused, (e) => e.reason).filter((g) => g.length > 1).map((g) => g.map((e) => e.biomarker));
  const [first, ...rest] = parameters.filter((p) => !groups.flat().includes(p));
  const shown = first && first === parameters[0] ? el("div", { class: "latest" }, el("div", { class: "first" }, tile(first, scan, "arc"), below), rest.length > 0 && tiles(scan, rest)) : first && tiles(scan, [first, ...rest]);
  return el("div", { class: "stack" }, groups.map((g) => refusal(g, scan)), shown);
}

// refusal says why several biomarkers of a scan have no value, and what to do.
function refusal(parameters: string[], scan: Scan) {
  const place = el("section", { class: "card refusal" });
  const widget = (p: string) => get<Envelope<BiomarkerData>>(`/v2/widgets/biomarker?language=${language()}&parameter=${p}&face_scan_id=${scan.face_scan_id}`);
  void Promise.all(parameters.map(widget)).then((all) => {
    const { title, text, notices } = all[0]!.data;
    place.append(el("h2", {}, title), el("p", {}, el("b", {}, all.map((w) => w.data.name).join(", "))), el("p", {}, text), ...notices.map((n) => warning(n)));
  }, () => place.remove()); // the elements beside it say what is wrong
  return place;
}
