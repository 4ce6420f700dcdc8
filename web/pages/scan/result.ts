// A result: values with their uncertainty, refusals with what helps.
import { el } from "../../components/kit/dom";
import { pulse, type Wave } from "../../components/kit/pulse";
import type { Estimate, Scan } from "../api";
import { group } from "../group";
import { decimals } from "../languages";
import { get } from "../session";
import { known, number, t } from "../text";
import { button, show } from "./screen";

// worth says whether a result holds any of the wanted values.
export const worth = (scan: Scan, wanted: string[]) => scan.status === "done" && (scan.estimates ?? []).some((e) => wanted.includes(e.biomarker) && e.value !== null);

// refusal is why a scan gave nothing: the reason of the first wanted biomarker.
export const refusal = (scan: Scan, wanted: string[]) => (scan.estimates ?? []).find((e) => wanted.includes(e.biomarker) && e.reason)?.reason ?? "not_measured";

export const why = (reason: string) => [t("reason." + reason), known(`reason.${reason}.help`) ? t(`reason.${reason}.help`) : ""];

const digits = (v: number) => (Math.abs(v) >= 100 ? 0 : 1);

// named are the values that a person meets elsewhere too; the others are folded away.
const named = ["heart_rate", "respiratory_rate", "heart_rate_variability", "rmssd", "resonant_breathing_score", "stress_index"];

// shown is the value in large: as many digits as the catalogue says, most often none, unless that would stand outside its own interval.
function shown(e: Estimate) {
  const few = decimals[e.biomarker] ?? 0, value = e.value!;
  if (few > 0) return number(value, few);
  const n = Math.round(value);
  return e.interval && (n < e.interval[0] || n > e.interval[1]) ? number(value, digits(value)) : number(n);
}

const between = (e: Estimate) => (e.interval ? t("result.between", { low: number(e.interval[0], digits(e.interval[0])), high: number(e.interval[1], digits(e.interval[1])) }) : "");

function sure(e: Estimate) {
  const percent = Math.min(99, Math.floor(100 * e.confidence + 1e-9));
  const bar = el("span", {});
  bar.style.width = percent + "%";
  return el("div", { class: "sure" }, el("span", {}, t("result.confidence")),
    el("span", { class: "meter", role: "meter", "aria-label": t("result.confidence"), "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": percent }, bar),
    el("span", {}, t("result.percent", { n: number(percent) })));
}

// refused are the values that were not given for one reason, which is said once with what helps.
const refused = (list: Estimate[]) => el("section", { class: "value refused" }, el("h2", {}, list.map((e) => t("biomarker." + e.biomarker)).join(", ")),
  el("p", { class: "none" }, t("result.refused")), el("p", { class: "meta" }, why(list[0]!.reason!).filter(Boolean).join(" ")));

// zero says of a resonance of 0 what it means.
const zero = (e: Estimate) => (e.biomarker === "resonant_breathing_score" && Math.round(e.value!) === 0 ? el("p", { class: "meta" }, t("result.zero")) : null);

function estimate(e: Estimate, large: boolean) {
  const name = t("biomarker." + e.biomarker);
  return el("section", { class: "value" + (large ? " large" : "") }, el("h2", {}, name),
    el("p", { class: "measure" }, el("span", { class: "figure" }, shown(e)), el("span", { class: "unit" }, t("unit." + e.unit))),
    zero(e), el("p", { class: "meta" }, between(e)), sure(e));
}

interface Shown {
  wanted: string[];
  older?: boolean; // it had waited on the device
  again: () => void;
  done: () => void;
}

/** result shows a scan that gave something. */
export function result(scan: Scan, { wanted, again, done, older }: Shown) {
  const all = (scan.estimates ?? []).filter((e) => known("biomarker." + e.biomarker));
  const first = all.find((e) => e.biomarker === wanted[0] && e.value !== null);
  // What was wanted stands in front, what was refused without having been wanted stays out.
  const rest = all.filter((e) => e !== first && (wanted.includes(e.biomarker) || e.value !== null));
  rest.sort((a, b) => Number(wanted.includes(b.biomarker)) - Number(wanted.includes(a.biomarker)));
  const given = rest.filter((e) => e.value !== null), more = given.filter((e) => !named.includes(e.biomarker));
  const reasons = group(rest.filter((e) => e.value === null), (e) => e.reason);
  const wave = el("div", { class: "trace" });
  show("result", el("section", { class: "sheet wide" },
    older ? el("p", { class: "flag", role: "status" }, t("send.older")) : null,
    el("div", { class: "head" }, el("h1", {}, t("result.title")), el("span", { class: "badge " + scan.quality_status }, t("result.quality." + scan.quality_status))),
    first ? estimate(first, true) : null, wave,
    el("div", { class: "values" }, given.filter((e) => !more.includes(e)).map((e) => estimate(e, false)), reasons.map(refused)),
    more.length > 0 ? el("details", {}, el("summary", {}, t("result.more")), el("div", { class: "values" }, more.map((e) => estimate(e, false)))) : null,
    el("p", { class: "meta" }, t("result.about")),
    el("div", { class: "buttons" }, button("primary", t("done"), done), button("quiet", t("scan_again"), again))));
  if (first) get<{ pulse: Wave }>(`/v2/facescans/${scan.face_scan_id}/waveform`).then((w) => wave.append(pulse(w.pulse, t("result.wave")) ?? ""), () => {});
}
