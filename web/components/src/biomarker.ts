import type { BiomarkerData, BlushBiomarker, Change, Notice, WidgetState } from "../types";
import { el, icon, picture, svg, type Child } from "../kit/dom";
import { arc, bar, together } from "../kit/value";
import { common, reflect, Widget } from "./base";

const arrows = { up: "M12 19V5M6 11l6-6 6 6", down: "M12 5v14M6 13l6 6 6-6", same: "M5 12h14" };

/** changed shows the change since the previous value. */
export const changed = (c: Change | null) => c && el("p", { class: "soft change", part: "change" }, icon(arrows[c.direction] ?? arrows.same), c.text);

/** zone names a zone next to a mark that differs in form, not only in colour. */
export const zone = (tone: string | null, name: string | null) => tone && el("span", { class: "zone " + tone, part: "zone" }, el("i"), name);

/** told shows the notices that must be shown with a value. */
export const told = (notices: Notice[]) =>
  notices.map((x) => el("div", { class: "notice " + x.severity, role: x.severity === "urgent" ? "alert" : "note" }, picture({ viewBox: "0 0 20 20" }, ...(x.severity === "info" ? calm : alarm)()), el("p", { class: "text" }, x.text)));

// The marks of notices are those of the widgets that the server draws.
const cut = (d: string) => svg("path", { class: "cut", d });
const calm = () => [svg("rect", { class: "tone", x: 2.5, y: 2.5, width: 15, height: 15, rx: 3.5 }), cut("M6.4 10h7.2")];
const alarm = () => [svg("path", { class: "tone", d: "M8.7 2.9a1.5 1.5 0 0 1 2.6 0l6.9 12a1.5 1.5 0 0 1-1.3 2.3H3.1a1.5 1.5 0 0 1-1.3-2.3z" }), cut("M10 7.3v3.8M10 14.2v.1")];

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
    const small = this.variation === "small", given = d.value !== null;
    const name = el("h3", { part: "name" }, d.name);
    const number = el("span", { class: "number" + (given ? "" : " dim") + (d.diastolic === null ? "" : " long"), part: "value" }, d.display ?? "–", el("span", { class: "unit" }, d.unit_name));
    const soft = (text: string | null, attributes = {}) => text && el("p", { class: "soft", ...attributes }, text);
    const note = soft(d.note, { class: "soft text" }), sure = soft(together(d.interval_text, d.confidence_text));
    if (small) {
      return [d.state, name, number, zone(d.zone, d.zone_name), given && changed(d.change), given && bar(d.drawing.bar, true), given ? sure : soft([d.title, d.text].join(". ")), note,
        d.source === "cuff" && soft(d.source_text), told(d.notices)];
    }
    const below = given
      ? [changed(d.change), note, sure, soft(d.usual_text), soft(d.source_text, { part: "when" }), soft(d.stale_text, { class: "soft stale" }), told(d.notices)]
      : [el("p", { class: "none" }, d.title), el("p", { class: "text" }, d.text), told(d.notices)];
    const foot = given && d.footnote && el("p", { class: "foot text", part: "foot" }, d.footnote);
    if (this.variation === "arc") return [d.state, name, el("div", { class: "dial" }, arc(d.drawing.arc), number), el("p", { class: "row" }, zone(d.zone, d.zone_name)), below, foot];
    return [d.state, name, el("p", { class: "row" }, number, zone(d.zone, d.zone_name)), bar(d.drawing.bar), below, foot];
  }
}
reflect(Biomarker, Biomarker.observedAttributes);
