// Marks and glyphs, as the server's HTML draws them.
import type { Change, Level, Zone } from "../data";
import { el, picture } from "./dom";
import { arrows, icons, marks, type Glyphs } from "./glyphs";

/** Tone is a part of a scale that has a colour. */
export type Tone = Level | Zone;

// glyph is the one of a name, or the last for a name of a newer server.
const glyph = (of: Glyphs, name: string) => of.find(([names]) => !names || names.split(" ").includes(name))![1]();

/** mark stands for a zone by its form and by its colour. A zone of a newer server is a dashed circle. */
export const mark = (tone: Tone) => picture({ class: "mark " + tone, viewBox: "0 0 20 20" }, glyph(marks, tone));

/** notice is a box with a notice, next to the mark of its severity. */
export const notice = (kind: string, n: { severity: string; text: string }, role?: string) =>
  el("div", { class: kind + " " + n.severity, role }, mark(n.severity === "info" ? "normal" : "bad"), el("p", { class: "text" }, n.text));

/** arrow shows the direction of a change; two lines if there is none. */
export const arrow = (direction: Change["direction"]) => picture({ class: "icon", viewBox: "0 0 16 16" }, glyph(arrows, direction));

/** instead says why there is no value, next to a glyph of the state. */
export const instead = (state: string, title: string | null, text: string | null) =>
  el("div", { class: "instead" }, picture({ class: "icon", viewBox: "0 0 24 24" }, glyph(icons, state)),
    el("div", {}, title && el("p", { class: "none" }, title), text && el("p", { class: "soft text" }, text)));
