import type { BiomarkerData, BlushBiomarker, Change, Notice, WidgetState } from "../types";
import { common, reflect, Widget } from "./base";
import { el, icon, n, picture, svg } from "../kit/dom";
import { day, own, sure } from "../kit/format";
import type { Words } from "./words";

const arrows = { up: "M12 19V5M6 11l6-6 6 6", down: "M12 5v14M6 13l6 6 6-6", same: "M5 12h14" };

/** changed shows what became of the value before. */
export const changed = (c: Change | null) => c && el("p", { class: "soft change", part: "change" }, icon(arrows[c.direction] ?? arrows.same), c.text);

/** zone names a zone beside a mark whose form differs too, not only its colour. */
export const zone = (tone: string | null, name: string | null) => tone && el("span", { class: "zone " + tone, part: "zone" }, el("i"), name);

/** told shows what must be said with a value. */
export const told = (notices: Notice[]) =>
  notices.map((x) => el("p", { class: x.severity === "info" ? "foot text" : "notice text " + x.severity, role: x.severity === "urgent" ? "alert" : null }, x.text));

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

  draw(d: BiomarkerData, w: Words): [WidgetState, ...Node[]] {
    const name = el("h3", { part: "name" }, d.name);
    const small = this.variation === "small", arc = this.variation === "arc";
    const number = el("span", { class: "number" + (d.value === null ? " dim" : "") + (d.diastolic === null ? "" : " long"), part: "value" }, d.value === null ? "–" : (d.display ?? String(d.value)), el("span", { class: "unit" }, d.unit_name));
    const how = d.value === null ? "" : sure(this.shown, w, d.interval, d.confidence);
    const note = d.note && el("p", { class: "soft text" }, d.note);
    if (small) return [d.state, name, number, ...[el("p", { class: "soft" }, d.value === null ? d.reason_text || d.text : [d.zone_name, how, d.change?.text].filter(Boolean).join(" · ")), note].filter((x) => !!x) as Node[], ...told(d.notices)];
    const when = d.measured_at && day(this.shown, own(d.measured_at));
    const below = d.value === null
      ? [el("p", { class: "text" }, d.reason_text || d.text), ...told(d.notices)]
      : [note, el("p", { class: "soft" }, how), changed(d.change), ...told(d.notices), d.source === "cuff" ? el("p", { class: d.stale ? "soft stale" : "soft" }, d.source_text) : el("p", { class: "soft", part: "when" }, when), d.footnote && el("p", { class: "foot text", part: "foot" }, d.footnote)].filter((x) => !!x && x.textContent !== "") as Node[];
    if (arc) return [d.state, name, dial(d, number), el("p", { class: "row" }, zone(d.zone, d.zone_name)), ...below];
    return [d.state, name, el("p", { class: "row" }, number, zone(d.zone, d.zone_name)), ...below];
  }
}
reflect(Biomarker, Biomarker.observedAttributes);

// dial draws three quarters of a circle: its zones, within them the interval, and the value as a dot.
function dial(d: BiomarkerData, number: Node) {
  const [low, high] = d.scale;
  const inside = (v: number) => Math.min(high, Math.max(low, v));
  const at = (v: number, r = 50) => {
    const a = (Math.PI * (135 + 270 * ((inside(v) - low) / (high - low)))) / 180;
    return [n(60 + r * Math.cos(a)), n(60 + r * Math.sin(a))] as const;
  };
  const arc = (from: number, to: number, kind: string, r = 50) =>
    inside(to) > inside(from) && svg("path", { class: "arc " + kind, d: `M${at(from, r)}A${r} ${r} 0 ${(inside(to) - inside(from)) / (high - low) > 2 / 3 ? 1 : 0} 1 ${at(to, r)}` });
  // An interval narrower than the dot would be a mark that reads as no interval.
  const wide = (from: number, to: number) => (1.5 * Math.PI * 50 * (inside(to) - inside(from))) / (high - low) > 14;
  const pad = 0.024 * (high - low);
  // The numbers of the zones stand in a picture of their own, in which they keep their size: those of the usual range, and with room the others.
  const marks = d.ranges.slice(1).map((r, i) => {
    const usual = r.zone === "good" ? d.range?.[0] : d.ranges[i]!.zone === "good" ? d.range?.[1] : undefined;
    const [x, y] = at(r.from, 61);
    return svg("text", { class: usual === undefined ? "minor" : null, x: n((100 * (x + 14)) / 148) + "%", y: n((100 * (y + 12)) / 122) + "%", dy: y > 20 ? 4 : 0, "text-anchor": x < 45 ? "end" : x > 75 ? "start" : "middle" }, String(usual ?? r.from));
  });
  return el("div", { class: "dial" },
    picture({ viewBox: "-14 -12 148 122", class: d.value === null ? "empty" : (d.zone ?? "plain") }, arc(low, high, "rest"),
      ...d.ranges.map((r) => svg("g", { class: r.zone }, arc(inside(r.from) + (r.from > low ? pad : 0), inside(r.to) - (r.to < high ? pad : 0), "tint"))),
      d.interval && wide(...d.interval) && arc(...d.interval, "sure", 40), d.value !== null && svg("circle", { class: "dot", cx: at(d.value)[0], cy: at(d.value)[1], r: 7 })),
    d.value !== null && picture({ class: "marks" }, ...marks), el("div", {}, number));
}
