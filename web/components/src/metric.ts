import type { BlushMetric, MetricData, WidgetState } from "../types";
import { el, icon, n, picture, svg, type Child } from "../kit/dom";
import { num, percent } from "../kit/format";
import { scoreBar } from "../kit/value";
import { common, reflect, Widget } from "./base";
import { changed, told, zone } from "./biomarker";
import type { Words } from "./words";

// A dial that fills as more is known; a circular arrow when it is time for a new scan.
const glyphs: Record<string, string> = {
  no_data: "M12 4a8 8 0 1 0 .01 0M8 12h8",
  preliminary: "M12 4a8 8 0 1 0 .01 0M12 12V8",
  confirming: "M12 4a8 8 0 1 0 .01 0M12 8v4h3",
  validated: "M12 4a8 8 0 1 0 .01 0M8.5 12l2.5 2.5 4.5-5",
  reconfirming: "M19 12a7 7 0 1 1-2-5M17 3v4h-4",
};

export class Metric extends Widget<MetricData> implements BlushMetric {
  static observedAttributes = [...common, "parameter"];
  declare server: string | null;
  declare token: string | null;
  declare language: string | null;
  declare parameter: string | null;
  readonly widget = "metric";

  query() {
    return { parameter: this.parameter };
  }

  draw(d: MetricData, w: Words): [WidgetState, ...Child[]] {
    const lang = this.shown;
    const score = d.score !== null;
    const refused = d.state === "refused"; // a notice says why
    const nodes = [
      el("div", { class: "head" }, el("h3", { part: "name" }, d.name),
        d.status && !refused && el("span", { class: "chip", part: "status", title: d.status_text }, icon(glyphs[d.status] ?? ""), d.status_name)),
      score && el("p", { class: "row" }, el("span", { class: "number", part: "value" }, d.display!, el("span", { class: "unit" }, d.unit_name)), zone(d.zone, d.zone_name)),
      scoreBar(d.bar),
      el("p", { class: "better" }, d.direction, icon("M4 12h15M13 6l6 6-6 6")),
      score && el("p", { class: "soft" }, d.interval_text),
      score && d.how && el("p", { class: "soft text" }, d.how),
      changed(d.change),
      refused ? el("p", { class: "none" }, d.title) : el("p", { class: "text", part: "text" }, score ? d.about : d.text),
      score && d.status_text && el("p", { class: "soft text" }, d.status_text),
      score && why(d, w, lang),
      score && d.missing_text && el("p", { class: "soft text" }, d.missing_text),
      told(d.notices),
      d.footnote && el("p", { class: "foot text", part: "foot" }, d.footnote),
    ];
    return [score ? (d.status ?? "ready") : d.state, ...nodes];
  }
}
reflect(Metric, Metric.observedAttributes);

// why lists the inputs of the score, the largest weight first.
function why(d: MetricData, w: Words, lang: string) {
  const points = (v: number) => (Math.round(v) > 0 ? "+" : "") + num(lang, Math.round(v) || 0);
  return el("details", {}, el("summary", {}, w.why),
    el("ul", { class: "why" }, ...[...d.inputs].sort((a, b) => b.weight - a.weight).map((i) =>
      el("li", {}, el("span", {}, i.title),
        el("b", {}, el("span", { class: "hush" }, w.share + " "), percent(lang, i.weight), " · ", el("span", { class: "hush" }, w.effect + " "), points(i.points)),
        picture({}, svg("rect", { class: "track", width: "100%", height: 6, rx: 3 }), svg("rect", { class: "fill", width: n(i.weight) + "%", height: 6, rx: 3 }))))));
}
