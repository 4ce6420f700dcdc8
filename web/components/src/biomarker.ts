import type { BiomarkerData, BlushBiomarker, Change, Notice, WidgetState } from "../types";
import { el, type Child } from "../kit/dom";
import { num } from "../kit/format";
import { arrow, instead, mark, notice, type Tone } from "../kit/mark";
import { arc, bar, together } from "../kit/value";
import { common, reflect, Widget } from "./base";

/** changed shows the change since the previous value. */
export const changed = (c: Change | null) => c && el("p", { class: "change", part: "change" }, arrow(c.direction), el("span", {}, c.text));

/** zone names a zone next to a mark that differs in form, not only in colour. */
export const zone = (tone: Tone | null, name: string | null) => tone && el("span", { class: "tag " + tone, part: "zone" }, mark(tone), name);

/** told shows the notices that must be shown with a value. */
export const told = (notices: Notice[]) =>
  notices.map((n) => notice("notice", n, n.severity === "urgent" ? "alert" : "note"));

export class Biomarker extends Widget<BiomarkerData> implements BlushBiomarker {
  static observedAttributes = [...common, "parameter", "variation", "face-scan-id"];
  declare server: string | null;
  declare token: string | null;
  declare language: string | null;
  declare parameter: string | null;
  declare variation: string | null;
  declare faceScanId: string | null;
  readonly widget = "biomarker";

  query() {
    return { parameter: this.parameter, face_scan_id: this.faceScanId };
  }

  draw(d: BiomarkerData): [WidgetState, ...Child[]] {
    const given = d.value !== null;
    const name = el("h3", { part: "name" }, d.name);
    const number = el("span", { class: "number" + (given ? "" : " dim") + (d.diastolic === null ? "" : " long"), part: "value" }, d.display ?? "–", el("span", { class: "unit" }, d.unit_name));
    const soft = (text: string | null, attributes = {}) => text && el("p", { class: "soft", ...attributes }, text);
    const note = soft(d.note), sure = soft(together(d.interval_text, d.confidence_text));
    if (this.variation === "small") {
      const state = given && d.zone && el("span", { class: "end", role: "img", "aria-label": d.zone_name, title: d.zone_name, part: "zone" }, mark(d.zone));
      const change = given && d.change && el("p", { class: "change end", title: d.change.text, part: "change" }, arrow(d.change.direction),
        d.change.direction !== "same" && el("span", { "aria-hidden": "true" }, num(this.shown, Math.abs(d.change.by), d.decimals)), el("span", { class: "hush" }, d.change.text));
      return [d.state, name, state, given && [number, change, bar(d.drawing.bar, true)], given ? sure : soft([d.title, d.text].join(". ")), note,
        (d.stale || d.source === "cuff") && soft(d.source_text), told(d.notices)];
    }
    const tag = zone(d.zone, d.zone_name), change = given && changed(d.change);
    const below = given
      ? el("div", { class: "meta" }, note, sure, soft(d.usual_text), soft(d.source_text, { part: "when" }), soft(d.stale_text, { class: "soft stale" }))
      : instead(d.state === "no_data" && d.parameter === "blood_pressure" ? "cuff" : d.state, d.title, d.text);
    const foot = d.footnote && el("p", { class: "foot", part: "foot" }, d.footnote);
    if (this.variation === "arc") return [d.state, el("div", { class: "head" }, name), told(d.notices), el("div", { class: "dial" }, arc(d.drawing.arc), number), tag && el("div", { class: "head" }, tag), change, below, foot];
    return [d.state, el("div", { class: "head" }, name, tag), told(d.notices), el("p", { class: "row" }, number), change, bar(d.drawing.bar), below, foot];
  }
}
reflect(Biomarker, Biomarker.observedAttributes);
