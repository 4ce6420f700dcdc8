// The screen: one step at a time, its heading in focus, and a voice for those
// who cannot see it.
import { el, picture, svg, type Child } from "../../components/kit/dom";
import { byId } from "../page";
import { t } from "../text";

/** LONG is the time in ms after which a wait gets another word. */
export const LONG = 10_000;

const holder = () => byId("step");
let shown = 0;

// show replaces the step, and what was announced in it. Its heading gets the focus, so that a screen reader and
// the keyboard start there.
export function show(name: string, ...nodes: Node[]) {
  shown++;
  say("");
  document.body.dataset.step = name;
  holder().replaceChildren(...nodes);
  const heading = holder().querySelector("h1");
  document.title = heading ? `${heading.textContent} · Blush` : t("title");
  if (heading) {
    heading.tabIndex = -1;
    if (shown > 1) heading.focus({ preventScroll: true });
  }
  scrollTo(0, 0);
}

// say announces a text to screen readers politely, and once.
let spoken = "";
export function say(text: string) {
  if (text === spoken) return;
  spoken = text;
  byId("say").textContent = text;
}

// button is a button that works once: further clicks do nothing.
export function button(kind: string, label: string, onclick: (again: () => void) => void) {
  const node = el("button", { type: "button", class: "button " + kind }, label);
  let used = false;
  node.addEventListener("click", () => {
    if (used) return;
    used = true;
    onclick(() => { used = false; });
  });
  return node;
}

// notice is a step with a heading, sentences and buttons.
export function notice(name: string, kind: Kind, heading: string, sentences: (string | Node)[], buttons: Child[]) {
  show(name, el("section", { class: "sheet notice " + kind }, mark(kind), el("h1", {}, heading),
    sentences.filter((s) => s !== "").map((s) => (typeof s === "string" ? el("p", {}, s) : s)), el("div", { class: "buttons" }, buttons)));
}

// The signs over notices.
const signs = {
  good: "M10 17.5l4.5 4.5L23 12",
  bad: "M16 9v9M16 22.5v.5",
  calm: "M16 14.5v8M16 9.5v.5",
  wait: "M16 9v7l4.5 3",
};

export type Kind = keyof typeof signs;

const mark = (kind: Kind) =>
  picture({ class: "mark", viewBox: "0 0 32 32" }, svg("circle", { cx: 16, cy: 16, r: 14 }), svg("path", { d: signs[kind] }));

export function waiting(text: string) {
  show("waiting", el("section", { class: "sheet" }, el("h1", { class: "spin" }, text)));
}
