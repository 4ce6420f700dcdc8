import type { BlushMetric, MetricData, WidgetState } from "../types";
import { el, icon, n, picture, svg, type Child } from "../kit/dom";
import { num, percent } from "../kit/format";
import { instead } from "../kit/mark";
import { scoreBar } from "../kit/value";
import { common, reflect, Widget } from "./base";
import { changed, told, zone } from "./biomarker";
import type { Words } from "./words";

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
    const soft = (text: string | null, attributes = {}) => text && el("p", { class: "soft", ...attributes }, text);
    const name = el("h3", { part: "name" }, d.name), scale = [scoreBar(d.bar), el("p", { class: "better" }, d.direction, icon("M4 12h15M13 6l6 6-6 6"))];
    const foot = d.footnote && el("p", { class: "foot", part: "foot" }, d.footnote);
    // A refused score has its reason in a notice.
    if (d.score === null) {
      return [d.state, el("div", { class: "head" }, name), soft(d.about), scale, instead(d.state, d.title, d.state === "refused" ? null : d.text), told(d.notices), foot];
    }
    return [d.status ?? "ready", el("div", { class: "head" }, name, zone(d.zone, d.zone_name)), soft(d.about), told(d.notices),
      el("div", { class: "head" }, el("span", { class: "number", part: "value" }, d.display!, el("span", { class: "unit" }, d.unit_name)), changed(d.change)),
      scale,
      el("div", { class: "meta" }, soft(d.interval_text), soft(d.how), soft([d.status_name + ".", d.status_text].filter(Boolean).join(" "), { part: "status" }), soft(d.missing_text)),
      why(d, w, this.shown), foot];
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
