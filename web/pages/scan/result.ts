// A result: values with their uncertainty, refusals with advice.
import { el } from "../../components/kit/dom";
import { pulse, type Wave } from "../../components/kit/pulse";
import { Biomarker } from "../../components/src/biomarker";
import type { Scan } from "../api";
import { named } from "../catalogue";
import { get } from "../session";
import { known, t } from "../text";
import { tiles, values } from "../values";
import { button, show } from "./screen";

customElements.define("blush-biomarker", Biomarker);

// worth says whether a result has any of the wanted values.
export const worth = (scan: Scan, wanted: string[]) => scan.status === "done" && (scan.estimates ?? []).some((e) => wanted.includes(e.biomarker) && e.value !== null);

// refusal is why a scan gave no value: the reason of the first wanted biomarker.
export const refusal = (scan: Scan, wanted: string[]) => (scan.estimates ?? []).find((e) => wanted.includes(e.biomarker) && e.reason)?.reason ?? "not_measured";

export const why = (reason: string) => [t("reason." + reason), known(`reason.${reason}.help`) ? t(`reason.${reason}.help`) : ""];

interface Shown {
  wanted: string[];
  older?: boolean; // it was waiting on the device
  again: () => void;
  done: () => void;
}

/** result shows a scan with values: the wanted ones first, then the named ones; the others are collapsed. Refused values that were not wanted are left out. */
export function result(scan: Scan, { wanted, again, done, older }: Shown) {
  const given = (scan.estimates ?? []).filter((e) => e.value !== null).map((e) => e.biomarker);
  const front = [...wanted.filter((b) => given.includes(b) || scan.estimates?.some((e) => e.biomarker === b)), ...named.filter((b) => given.includes(b) && !wanted.includes(b))];
  const more = given.filter((b) => !front.includes(b));
  const wave = el("div", { class: "trace" });
  const folded = el("details", { ontoggle: () => folded.querySelector(".tiles") ?? folded.append(tiles(scan, more)) }, el("summary", {}, t("result.more")));
  show("result", el("section", { class: "sheet wide" },
    older && el("p", { class: "flag", role: "status" }, t("send.older")),
    el("div", { class: "head" }, el("h1", {}, t("result.title")), el("span", { class: "badge " + scan.quality_status }, t("result.quality." + scan.quality_status))),
    values(scan, front), wave, more.length > 0 && folded,
    el("p", { class: "meta" }, t("result.about")),
    el("div", { class: "buttons" }, button("primary", t("done"), done), button("quiet", t("scan_again"), again))));
  if (given.includes("heart_rate")) get<{ pulse: Wave }>(`/v2/facescans/${scan.face_scan_id}/waveform`).then((w) => wave.append(pulse(w.pulse, t("result.wave")) ?? ""), () => {});
}
