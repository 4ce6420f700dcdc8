// Marks and glyphs as the server's HTML draws them (internal/widget/templates/parts.html).
import type { Change, Level, Zone } from "../data";
import { el, picture, svg } from "./dom";

/** Tone is a part of a scale that has a colour. */
export type Tone = Level | Zone;

const cut = (width: number, d: string) => svg("path", { class: "cut", "stroke-width": width, d });
const shapes = {
  good: () => [svg("circle", { class: "tone", cx: 10, cy: 10, r: 8 }), cut(2.2, "M6.3 10.3l2.6 2.6 4.9-5.6")],
  neutral: () => [svg("rect", { class: "tone", x: 2.5, y: 2.5, width: 15, height: 15, rx: 3.5 }), cut(2.4, "M6.4 10h7.2")],
  bad: () => [svg("path", { class: "tone", d: "M8.7 2.9a1.5 1.5 0 0 1 2.6 0l6.9 12a1.5 1.5 0 0 1-1.3 2.3H3.1a1.5 1.5 0 0 1-1.3-2.3z" }), cut(2.2, "M10 7.3v3.8M10 14.2v.1")],
};
const marks = new Map<string, () => SVGElement[]>([
  ["good", shapes.good], ["optimal", shapes.good], ["neutral", shapes.neutral], ["normal", shapes.neutral], ["bad", shapes.bad], ["suboptimal", shapes.bad],
]);
const unknown = () => [svg("circle", { class: "before", fill: "none", cx: 10, cy: 10, r: 7.2, "stroke-dasharray": "2.6 2.6" })];

/** mark stands for a zone by its form and by its colour. A zone of a newer server is a dashed circle. */
export const mark = (tone: Tone) => picture({ class: "mark " + tone, viewBox: "0 0 20 20" }, (marks.get(tone) ?? unknown)());

/** notice is a box with a notice, next to the mark of its severity. */
export const notice = (kind: string, n: { severity: string; text: string }, role?: string) =>
  el("div", { class: kind + " " + n.severity, role }, mark(n.severity === "info" ? "normal" : "bad"), el("p", { class: "text" }, n.text));

const arrows = new Map<string, string>([["up", "M8 13V3M3.5 7.5L8 3l4.5 4.5"], ["down", "M8 3v10M3.5 8.5L8 13l4.5-4.5"]]);

/** arrow shows the direction of a change; two lines if there is none. */
export const arrow = (direction: Change["direction"]) => picture({ class: "icon", viewBox: "0 0 16 16" }, svg("path", { d: arrows.get(direction) ?? "M3 6h10M3 10h10" }));

const stroke = (...d: string[]) => d.map((x) => svg("path", { d: x }));
const disc = () => svg("circle", { cx: 12, cy: 12, r: 8.5 });
const states = new Map<string, () => SVGElement[]>([
  ["locked", () => [svg("rect", { x: 5, y: 10.5, width: 14, height: 10, rx: 2.5 }), ...stroke("M8 10.5V8a4 4 0 0 1 8 0v2.5M12 14.5v2")]],
  ["refused", () => stroke("M12 3.5l8.5 8.5-8.5 8.5L3.5 12z", "M12 8.5v4M12 15.4v.1")],
  ["error", () => [disc(), ...stroke("M9 9l6 6M15 9l-6 6")]],
  ["processing", () => [disc(), ...stroke("M12 7v5l3.5 2")]],
  ["cuff", () => [svg("rect", { x: 3.5, y: 6, width: 11, height: 12, rx: 2.5 }), ...stroke("M14.5 12h3.5M6.5 10h5M6.5 14h3"), svg("circle", { cx: 20, cy: 12, r: 2 })]],
]);
const face = () => stroke("M4 8V6a2 2 0 0 1 2-2h2M16 4h2a2 2 0 0 1 2 2v2M20 16v2a2 2 0 0 1-2 2h-2M8 20H6a2 2 0 0 1-2-2v-2", "M8 10v1M16 10v1M9 15c1.8 1.4 4.2 1.4 6 0");

/** instead says why there is no value, next to a glyph of the state. */
export const instead = (state: string, title: string | null, text: string | null) =>
  el("div", { class: "instead" }, picture({ class: "icon", viewBox: "0 0 24 24" }, (states.get(state) ?? face)()),
    el("div", {}, title && el("p", { class: "none" }, title), text && el("p", { class: "soft text" }, text)));
