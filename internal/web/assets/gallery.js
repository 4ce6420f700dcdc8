// The gallery: each card is a component that is given its data, or told to ask for it.
import "./components.js";

const place = document.getElementById("gallery");
const switches = /** @type {HTMLFormElement} */ (document.getElementById("switches"));

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) if (value) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function figure(card) {
  const node = el(card.element, { ...card.attributes, parameter: card.data ? card.data.data.parameter : "heart_rate" });
  if (card.data) node.data = card.data;
  const variation = card.attributes && card.attributes.variation !== "default" ? card.attributes.variation : "";
  return el("figure", { class: card.wide ? "wide" : "" }, el("figcaption", {}, card.state + (variation ? ", " + variation : "")), node);
}

async function components(language) {
  const cards = await (await fetch("/docs/gallery/cards?language=" + language, { credentials: "omit" })).json();
  const groups = Map.groupBy(cards.filter((c) => c.element), (c) => c.group);
  const sections = [...groups].map(([name, list]) => el("section", {}, el("h2", {}, name), el("div", { class: "cards", lang: language }, ...list.map(figure))));
  place.replaceChildren(...sections);
}

// server shows the same widgets as the server draws them, in a frame with a policy that lets them carry their style.
function server(language, theme) {
  const frame = el("iframe", { title: "Widgets drawn by the server", src: "/docs/gallery/widgets?language=" + language });
  const fit = () => (frame.style.height = frame.contentDocument.documentElement.scrollHeight + "px");
  frame.addEventListener("load", () => {
    if (theme) frame.contentDocument.documentElement.dataset.theme = theme;
    fit();
    new ResizeObserver(fit).observe(frame.contentDocument.body);
  });
  place.replaceChildren(frame);
}

async function draw() {
  const { by, theme, language } = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(switches)));
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  history.replaceState(null, "", "?" + new URLSearchParams({ by, theme, language }));
  try {
    if (by === "server") server(language, theme);
    else await components(language);
  } catch (err) {
    place.replaceChildren(el("p", { role: "alert" }, "The gallery could not be loaded: " + err.message));
  }
}

for (const [name, value] of new URLSearchParams(location.search)) if (switches.elements[name]) switches.elements[name].value = value;
switches.addEventListener("change", draw);
draw();
