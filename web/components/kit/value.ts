// A value with its uncertainty, drawn as the server's HTML draws it: every position and every
// text comes from the server (internal/widget/drawing.go), and is only drawn here.
import type { Bar, HalfCircle, ScoreBar, ScoreZone, Stretch } from "../data";
import { picture, svg } from "./dom";

/** together joins the non-empty texts. */
export const together = (...texts: (string | null | undefined)[]) => texts.filter(Boolean).join(" · ");

const percent = (v: number) => v + "%";
const width = (s: Stretch) => percent(Math.round(100 * (s.to - s.from)) / 100);

// known draws the interval and, as a dot, the value on a line.
const known = (b: { interval: Stretch | null; at: number | null }, y: number, stroke: number, r: number) => [
  b.interval && svg("line", { class: "ink-line", "stroke-width": stroke, x1: percent(b.interval.from), x2: percent(b.interval.to), y1: y, y2: y }),
  b.at !== null && [svg("circle", { class: "ink", cx: percent(b.at), cy: y, r }), svg("circle", { class: "dot", cx: percent(b.at), cy: y, r: r < 8 ? 3 : 4 })],
];

/** bar draws a scale with the usual range, the interval and the value; a thin one without numbers. */
export function bar(b: Bar, thin = false) {
  const u = b.usual, bare = thin || (!u && !b.low), number = (x: string, anchor: string, dx: number, text: string) => svg("text", { x, y: 34, dx, "text-anchor": anchor }, text);
  return picture({ class: "bar", height: bare ? 18 : 40 },
    svg("rect", thin ? { class: "track", width: "100%", y: 6, height: 6, rx: 3 } : { class: "track", width: "100%", y: 6, height: 8, rx: 4 }),
    u && svg("rect", { class: "usual", x: percent(u.from), width: width(u), y: thin ? 6 : 7, height: 6, rx: 3 }),
    !thin && u && [number(percent(u.from), "middle", 0, b.low), number(percent(u.to), "middle", 0, b.high)],
    !thin && !u && b.low && [number("0", "start", -8, b.low), number("100%", "end", 8, b.high)],
    thin ? known(b, 9, 5, 7) : known(b, 10, 7, 9));
}

/** arc draws the same as a half circle. Its numbers are in a separate SVG, in which they keep their size. */
export const arc = (a: HalfCircle) => [
  picture({ viewBox: a.view_box },
    a.parts.map((p) => svg("path", { class: p.usual ? "arc usual" : "arc", "stroke-width": p.usual ? 14 : 9, d: p.path })),
    a.interval && svg("path", { class: "ink-line", "stroke-width": 6, d: a.interval }),
    a.dot && [svg("circle", { class: "ink", cx: a.dot.x, cy: a.dot.y, r: 9 }), svg("circle", { class: "dot", cx: a.dot.x, cy: a.dot.y, r: 4 })]),
  picture({ class: "marks" }, a.marks.map((m) => svg("text", { class: m.minor && "minor", x: percent(m.x), y: percent(m.y), "text-anchor": m.anchor, dy: m.down }, m.text))),
];

/** The names of the outer zones start and end with the bar, however long they are. */
const zoneName = (z: ScoreZone, edge: "start" | "end" | "middle") => ({ x: percent(edge === "start" ? z.from : edge === "end" ? z.to : Math.round(50 * (z.from + z.to)) / 100), "text-anchor": edge });

/** scoreBar draws a score on its scale of zones. */
export const scoreBar = (b: ScoreBar) =>
  picture({ class: "bar score", height: 44 },
    b.zones.map((z, i) => svg("g", { class: z.zone },
      svg("rect", { class: "tint", x: percent(z.from), width: width(z), y: 5, height: 14, rx: 4 }),
      z.here && svg("rect", { class: "tone", x: percent(z.from), width: width(z), y: 21, height: 2.5, rx: 1 }),
      svg("text", { class: z.here && "here", ...zoneName(z, i === 0 ? "start" : i === b.zones.length - 1 ? "end" : "middle"), y: 40 }, z.name))),
    b.previous !== null && svg("line", { class: "before", x1: percent(b.previous), x2: percent(b.previous), y1: 0, y2: 24, "stroke-dasharray": "3 2" }),
    known(b, 12, 7, 9));
