// The screen: one step at a time, its heading in focus, and a voice for those
// who cannot see it.
import { t } from "../text.js";

// el makes an element. Text is always set as text, never as markup.
export function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

export function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes ?? {})) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const holder = () => document.getElementById("step");
let shown = 0;

// show replaces the step. Its heading takes the focus, so that a screen reader
// starts there and the keyboard goes on from there.
export function show(name, ...nodes) {
  shown++;
  document.body.dataset.step = name;
  holder().replaceChildren(...nodes.flat().filter(Boolean));
  const heading = holder().querySelector("h1");
  document.title = heading ? `${heading.textContent} · Blush` : t("title");
  if (heading) {
    heading.tabIndex = -1;
    if (shown > 1) heading.focus({ preventScroll: true });
  }
  scrollTo(0, 0);
}

// say speaks politely: after what is being read, and once.
let spoken = "";
export function say(text) {
  if (text === spoken) return;
  spoken = text;
  document.getElementById("say").textContent = text;
}

// button is a button that works once: a second click, or an impatient third, does nothing.
export function button(kind, label, onclick) {
  const node = el("button", { type: "button", class: "button " + kind }, label);
  let used = false;
  node.addEventListener("click", () => {
    if (used) return;
    used = true;
    onclick(() => { used = false; });
  });
  return node;
}

// notice is a step of a heading, some sentences and some buttons.
export function notice(name, kind, heading, sentences, buttons) {
  show(name, el("section", { class: "sheet notice " + kind }, mark(kind), el("h1", {}, heading),
    sentences.filter(Boolean).map((s) => (typeof s === "string" ? el("p", {}, s) : s)), el("div", { class: "buttons" }, buttons)));
}

// mark is the sign over a notice.
function mark(kind) {
  const shapes = {
    good: "M10 17.5l4.5 4.5L23 12",
    bad: "M16 9v9M16 22.5v.5",
    calm: "M16 14.5v8M16 9.5v.5",
    wait: "M16 9v7l4.5 3",
  };
  return svg("svg", { class: "mark", viewBox: "0 0 32 32", "aria-hidden": "true" },
    svg("circle", { cx: 16, cy: 16, r: 14 }), svg("path", { d: shapes[kind] ?? shapes.calm }));
}

export function waiting(text) {
  show("waiting", el("section", { class: "sheet" }, el("h1", { class: "spin" }, text)));
}
