import type { BlushGraph, GraphData, GraphPoint, WidgetState } from "../types";
import { el, n, picture, svg, type Child } from "../kit/dom";
import { day, num, own, week } from "../kit/format";
import { instead } from "../kit/mark";
import { together } from "../kit/value";
import { common, reflect, Widget } from "./base";
import { told } from "./biomarker";
import { within } from "./style";
import type { Words } from "./words";

const dayMS = 86_400_000;
const height = 232, top = 12, bottom = 26, rug = 14;

/** A point with its time, as the scan's own clock showed it, and its place on the axis: that of a day or a week is its middle. */
interface Placed extends GraphPoint {
  at: number;
  place: number;
}

export class Graph extends Widget<GraphData> implements BlushGraph {
  static observedAttributes = [...common, "parameter", "start", "stop", "heading"];
  declare server: string | null;
  declare token: string | null;
  declare language: string | null;
  declare parameter: string | null;
  declare start: string | null;
  declare stop: string | null;
  declare heading: string | null;
  readonly widget = "graph";
  #width = 0;
  #chosen = -1;
  #watch = new ResizeObserver((entries) => {
    const width = Math.round(entries[0]!.contentRect.width);
    if (width && width !== this.#width) {
      this.#width = width;
      this.redraw();
    }
  });

  override connectedCallback() {
    super.connectedCallback();
    this.#watch.observe(this);
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    this.#watch.disconnect();
  }

  query() {
    return { parameter: this.parameter, start: this.start, stop: this.stop, title: this.heading };
  }

  draw(d: GraphData, w: Words): [WidgetState, ...Child[]] {
    const half = dayMS * (d.aggregation === "week" ? 3.5 : d.aggregation === "day" ? 0.5 : 0), [start, stop] = [own(d.start), own(d.stop) + dayMS];
    const points = d.points.map((p) => ({ ...p, at: own(p.timestamp), place: Math.min(stop, Math.max(start, own(p.timestamp) + half)) })).sort((a, b) => a.at - b.at);
    const head = el("div", { class: "head" }, el("h3", { part: "name" }, d.title || d.name, " ", el("span", { class: "soft" }, d.unit_name)),
      d.latest && el("p", { class: "row", part: "value" }, d.latest.text));
    const text = d.text && el("p", { class: "soft" }, d.text);
    const foot = d.footnote && el("p", { class: "foot", part: "foot" }, d.footnote);
    const notices = told(d.notices);
    if (d.state === "refused") return [d.state, head, notices, foot]; // a notice says why; it is the text
    if (points.length === 0) return [d.state === "locked" ? d.state : "no_data", head, instead(d.state, d.state === "locked" ? w.locked : null, d.text), foot];
    this.#chosen = Math.min(this.#chosen, points.length - 1);
    const sign = (...shape: Child[]) => picture({ class: "key", viewBox: "0 0 12 12" }, ...shape);
    const key = (kind: string, name: string) => [sign(svg("circle", { class: kind, cx: 6, cy: 6, r: 4.5 })), name];
    const pressure = points.some((p) => p.diastolic !== null);
    const keys = [
      key("point", [pressure ? w.systolic : w.each, stands(d, w)].filter(Boolean).join(", ")),
      ...(pressure ? [key("point low", w.diastolic)] : []),
      ...(points.some((p) => p.interval) ? [[sign(svg("rect", { class: "band", y: 3, width: 12, height: 6, rx: 1.5 })), w.likely]] : []),
    ];
    const gap = points.find((p) => p.value === null); // of a score it is a day, whose reason is shown above
    const refused = d.refused.length > 0
      ? el("p", { class: "soft legend" }, gap && sign(cross(6, 6)), d.refused.map((r) => `${num(this.shown, r.count)} × ${r.text}`).join(" · "))
      : gap && el("p", { class: "soft legend" }, sign(cross(6, 6)), gap.reason_text);
    return ["ready", head, text, notices, this.#plot(d, points, w), el("p", { class: "soft legend keys" }, keys.map((k) => el("span", {}, k))), refused, this.#table(d, points, w), foot];
  }

  // say describes a point in words, for the tip and for screen readers.
  #say(p: Placed, d: GraphData): [string, ...string[]] {
    const when = d.aggregation === "week" ? week(this.shown, p.at) : day(this.shown, p.at, { weekday: "short", day: "numeric", month: "short", year: "numeric" });
    if (p.value === null) return [when, p.reason_text ?? ""];
    return [`${p.display} ${d.unit_name}`, when, together(p.interval_text, p.confidence_text)];
  }

  #plot(d: GraphData, points: Placed[], w: Words) {
    const outer = this.#width || this.clientWidth || 640;
    const a = axes(d, Math.max(110, within(outer)));
    const drawn = picture({ width: a.width, height, viewBox: `0 0 ${a.width} ${height}` });
    const { areas, labels } = usual(d, a);
    drawn.append(...areas, ...scale(d, a), ...calendar(this.shown, a), ...course(d, points, a), ...labels);
    return this.#slider(d, points, w, a, drawn);
  }

  // slider lets people read one point after another, by pointer and by keyboard.
  #slider(d: GraphData, points: Placed[], w: Words, { x, y, base, width }: Axes, drawn: SVGElement) {
    const cursor = svg("g", { class: "at" }), tip = el("div", { class: "tip", hidden: true });
    const box = el("div", {
      class: "plot", tabindex: 0, role: "slider", "aria-label": d.title || d.name, "aria-description": w.arrows,
      "aria-valuemin": 1, "aria-valuemax": points.length, "aria-valuenow": points.length,
      onpointermove: (e: PointerEvent) => choose(nearest(e.clientX - box.getBoundingClientRect().left)),
      onpointerdown: (e: PointerEvent) => choose(nearest(e.clientX - box.getBoundingClientRect().left)),
      onpointerleave: () => choose(-1),
      onblur: () => choose(-1),
      onkeydown: (e: KeyboardEvent) => {
        const from = this.#chosen < 0 ? points.length : this.#chosen;
        const to = { ArrowLeft: from - 1, ArrowDown: from - 1, ArrowRight: from + 1, ArrowUp: from + 1, Home: 0, End: points.length - 1, PageUp: from + 10, PageDown: from - 10, Escape: -1 }[e.key];
        if (to === undefined) return;
        e.preventDefault();
        choose(e.key === "Escape" ? -1 : Math.min(points.length - 1, Math.max(0, to)));
      },
    }, drawn, tip);
    const nearest = (px: number) => points.reduce((best, p, i) => (Math.abs(x(p.place) - px) < Math.abs(x(points[best]!.place) - px) ? i : best), 0);
    const choose = (i: number) => {
      this.#chosen = i;
      const p = points[i];
      cursor.replaceChildren();
      tip.hidden = !p;
      if (!p) return;
      const [first, ...rest] = this.#say(p, d);
      box.setAttribute("aria-valuenow", String(i + 1));
      box.setAttribute("aria-valuetext", [first, ...rest].join(", "));
      tip.replaceChildren(el("b", {}, first), ...rest.map((t) => el("div", {}, t)));
      cursor.append(svg("line", { class: "cursor", x1: x(p.place), x2: x(p.place), y1: top, y2: base + rug }), ...(p.value === null ? [] : dot(p, { x, y }, true)));
      const px = x(p.place), wide = tip.offsetWidth;
      tip.style.transform = `translate(${Math.round(px + wide + 14 > width ? Math.max(0, px - wide - 10) : px + 10)}px,4px)`;
    };
    drawn.append(cursor);
    const last = points.filter((p) => p.value !== null).at(-1);
    box.setAttribute("aria-valuetext", last ? this.#say(last, d).join(", ") : d.text);
    return box;
  }

  // table shows the same numbers; it is made when it is opened.
  #table(d: GraphData, points: Placed[], w: Words) {
    const body = el("tbody");
    return el("details", {
      ontoggle: (e: Event) => {
        if (!(e.target as HTMLDetailsElement).open || body.firstChild) return;
        body.append(...[...points].reverse().map((p) => el("tr", {}, el("th", { scope: "row" }, (d.aggregation === "week" ? week : day)(this.shown, p.at)),
          el("td", {}, p.display ?? p.reason_text), el("td", {}, p.interval_text), el("td", {}, p.confidence_text))));
      },
    }, el("summary", {}, w.table),
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": w.table },
      el("table", {}, el("thead", {}, el("tr", {}, ...[w.date, w.value, w.range, w.certainty].map((t) => el("th", { scope: "col" }, t)))), body)));
  }
}
reflect(Graph, Graph.observedAttributes);

const isScore = (d: GraphData) => d.ranges.some((r) => r.zone === "normal");

// stands says what a point stands for: nothing of a scan, the mean of a day's or a week's values, or the last score of it.
const stands = (d: GraphData, w: Words) => (d.aggregation === "none" ? "" : w[`${isScore(d) ? "last_" : ""}${d.aggregation}` as const]);

const cross = (x: number, y: number) => svg("path", { class: "gap", d: `M${n(x - 2.5)} ${n(y - 2.5)}l5 5m0-5l-5 5` });

// months places the labels of the time axis: days, months or years, at most the given number.
function months(lang: string, start: number, stop: number, most: number): [number, string][] {
  const days = (stop - start) / dayMS, out: [number, string][] = [];
  if (days <= 62) {
    const every = [1, 2, 7, 14, 28].find((e) => days / e <= most) ?? 56;
    for (let t = Math.ceil(start / dayMS) * dayMS; t < stop; t += every * dayMS) out.push([t, day(lang, t, { day: "numeric", month: "short" })]);
    return out;
  }
  const every = [1, 2, 3, 6, 12, 24, 60, 120].find((e) => days / 30.4 / e <= most) ?? 240;
  const from = new Date(start);
  for (let m = from.getUTCMonth() + (from.getUTCDate() > 1 ? 1 : 0); ; m++) {
    const t = Date.UTC(from.getUTCFullYear(), m, 1);
    if (t >= stop) return out;
    const month = m % 12;
    if (every >= 12) {
      if (month === 0 && (out.length === 0 || t - out.at(-1)![0] > (every - 1) * 30.4 * dayMS)) out.push([t, day(lang, t, { year: "numeric" })]);
    } else if (month % every === 0) out.push([t, month === 0 || out.length === 0 ? day(lang, t, { month: "short", year: "numeric" }) : day(lang, t, { month: "short" })]);
  }
}

/** Axes say where a time and a value are in the picture, and where the plot ends. */
interface Axes {
  start: number;
  stop: number;
  left: number;
  right: number;
  base: number;
  width: number;
  x: (time: number) => number;
  y: (value: number) => number;
}

function axes(d: GraphData, width: number): Axes {
  const left = 34, right = width - 10, base = height - bottom - rug;
  const start = own(d.start), stop = own(d.stop) + dayMS, [low, high] = d.scale;
  return {
    start, stop, left, right, base, width,
    x: (t) => n(left + ((right - left) * (t - start)) / (stop - start || 1)),
    y: (v) => n(base - ((base - top) * (Math.min(high, Math.max(low, v)) - low)) / (high - low)),
  };
}

// usual draws the zones of a score, or the usual range of a biomarker. Their labels are drawn after the line, which would cross them otherwise.
function usual(d: GraphData, { left, right, y }: Axes) {
  const areas: Element[] = [], labels: Element[] = [], [low, high] = d.scale;
  for (const r of d.ranges) {
    if (!isScore(d) && r.zone !== "good") continue; // of a biomarker only the usual range
    if (r.to <= low || r.from >= high) continue;
    const [a, b] = [y(r.to), y(r.from)];
    areas.push(svg("g", { class: r.zone }, svg("rect", { class: "area", x: left, width: right - left, y: a, height: Math.max(0, b - a) })));
    if (b - a > 22 && 6.5 * r.name.length < right - left - 12) labels.push(svg("g", { class: r.zone }, svg("text", { class: "label", x: left + 8, y: a + 16 }, r.name)));
  }
  return { areas, labels };
}

// scale draws the lines of the values, with their numbers.
const scale = (d: GraphData, { left, right, y }: Axes) => d.lines.flatMap((l) => [
  svg("line", { class: "grid", x1: left, x2: right, y1: y(l.value), y2: y(l.value) }), svg("text", { x: left - 7, y: y(l.value) + 4, "text-anchor": "end" }, l.text),
]);

// calendar draws the time axis.
function calendar(lang: string, { start, stop, left, right, base, x }: Axes) {
  const out: Element[] = [];
  let free = 0; // where the previous label ends
  for (const [t, label] of months(lang, start, stop, (right - left) / 64)) {
    const first = x(t) < left + 20, wide = 7 * label.length, from = x(t) - (first ? 0 : wide / 2);
    out.push(svg("line", { class: "grid", x1: x(t), x2: x(t), y1: base, y2: base + 5 }));
    if (from < free) continue;
    out.push(svg("text", { class: "when", x: x(t), y: height - 6, "text-anchor": first ? "start" : "middle" }, label));
    free = from + wide + 6;
  }
  return out;
}

// course draws the points. A line joins consecutive ones, and a band their intervals; it is interrupted where scans gave no value or none was made.
function course(d: GraphData, points: Placed[], a: Axes) {
  const { x, y } = a, out: Element[] = [], given = points.filter((p) => p.value !== null);
  const dense = given.length > (a.right - a.left) / 14;
  const longest = (d.aggregation === "week" ? 14 : 6) * dayMS;
  let run: Placed[] = [];
  const flush = () => {
    const withBand = run.filter((p) => p.interval);
    if (run.length > 1) {
      if (withBand.length > 1) {
        out.push(svg("path", { class: "band", d: "M" + withBand.map((p) => `${x(p.place)} ${y(p.interval![1])}`).join("L") + "L" + withBand.reverse().map((p) => `${x(p.place)} ${y(p.interval![0])}`).join("L") + "Z" }));
      }
      for (const of of ["value", "diastolic"] as const) {
        const known = run.filter((p) => p[of] !== null);
        if (known.length > 1) out.push(svg("path", { class: "line", d: "M" + known.map((p) => `${x(p.place)} ${y(p[of]!)}`).join("L") }));
      }
    }
    if (!dense || run.length === 1) for (const p of run) out.push(...dot(p, a, run.length === 1));
    run = [];
  };
  for (const p of points) {
    if (p.value === null || (run.length > 0 && p.at - run.at(-1)!.at > longest)) flush();
    if (p.value !== null) run.push(p);
    else out.push(cross(x(p.place), a.base + rug - 5));
  }
  flush();
  const last = given.at(-1);
  return last && dense ? [...out, ...dot(last, a, false)] : out;
}

// dot is a point, with its interval where no band shows it, or two pressures with what joins them.
function dot(p: Placed, { x, y }: Pick<Axes, "x" | "y">, alone: boolean) {
  const bounds = p.diastolic !== null ? [p.diastolic, p.value!] as const : alone ? p.interval : null;
  return [
    bounds && svg("line", { class: "whisker", x1: x(p.place), x2: x(p.place), y1: y(bounds[0]), y2: y(bounds[1]) }),
    p.diastolic !== null && svg("circle", { class: "point low", cx: x(p.place), cy: y(p.diastolic), r: 3.5 }),
    svg("circle", { class: "point", cx: x(p.place), cy: y(p.value!), r: 4.5 }),
  ].filter((m) => !!m);
}
