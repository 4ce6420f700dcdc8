// The gallery: each card is a component that gets its data, or requests it itself.
import { el } from "../components/kit/dom";
import "../components/src/index";
import type { BlushBiomarker, Envelope } from "../components/types";
import { group } from "./group";
import { byId } from "./page";

interface Card {
  element: "blush-biomarker" | "blush-metric" | "blush-graph" | "";
  group: string;
  state: string;
  wide: boolean;
  attributes: Record<string, string> | null;
  data: Envelope<{ parameter: string }> | null;
}

const place = byId("gallery");
const switches = byId<HTMLFormElement>("switches");

function figure(card: Card) {
  const node = el(card.element as "blush-biomarker", { ...card.attributes, parameter: card.data ? card.data.data.parameter : "heart_rate" });
  if (card.data) node.data = card.data as BlushBiomarker["data"];
  const variation = card.attributes?.variation !== "default" ? card.attributes?.variation : "";
  return el("figure", { class: card.wide && "wide" }, el("figcaption", {}, card.state + (variation ? ", " + variation : "")), node);
}

async function components(language: string) {
  const cards: Card[] = await (await fetch("/docs/gallery/cards?language=" + language, { credentials: "omit" })).json();
  const groups = group(cards.filter((c) => c.element), (c) => c.group);
  place.replaceChildren(...groups.map((list) =>
    el("section", {}, el("h2", {}, list[0]!.group), el("div", { class: "cards", lang: language }, list.map(figure)))));
}

// server shows the same widgets as HTML from the server, in a frame whose policy allows their styles.
function server(language: string, theme: string) {
  const frame = el("iframe", { title: "Widgets drawn by the server", src: "/docs/gallery/widgets?language=" + language });
  frame.addEventListener("load", () => {
    const inside = frame.contentDocument!;
    const fit = () => { frame.style.height = inside.documentElement.scrollHeight + "px"; };
    if (theme) inside.documentElement.dataset.theme = theme;
    fit();
    new ResizeObserver(fit).observe(inside.body);
  });
  place.replaceChildren(frame);
}

async function draw() {
  const { by, theme = "", language = "en" } = Object.fromEntries(new FormData(switches)) as Record<string, string>;
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  history.replaceState(null, "", "?" + new URLSearchParams({ by: by ?? "", theme, language }));
  try {
    if (by === "server") server(language, theme);
    else await components(language);
  } catch (err) {
    place.replaceChildren(el("p", { role: "alert" }, "The gallery could not be loaded: " + String(err)));
  }
}

for (const [name, value] of new URLSearchParams(location.search)) {
  const field = switches.elements.namedItem(name);
  if (field instanceof HTMLSelectElement || field instanceof RadioNodeList) field.value = value;
}
switches.addEventListener("change", draw);
void draw();
