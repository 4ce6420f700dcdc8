// What a person's own pages have in common: their words, how
// elements are made, and how trouble is told.
import { languages } from "../catalogue.js";
import { configure } from "../components.js";
import { base, get, keepLanguage, token, wantedLanguage } from "../session.js";


let words = {};
export let lang = "en";

// speak loads the words of a language and puts them into the page: that of the
// address, the person's own, one of the browser's, the customer's, or English.
export async function speak(own) {
  const first = (list) => list.map((l) => String(l || "").toLowerCase().split(/[-_]/)[0]).find((l) => Object.hasOwn(languages, l));
  await change(first([wantedLanguage, own, ...navigator.languages]) ?? first([base ? "" : (await settings().catch(() => ({}))).language]) ?? "en");
}

// settings are how the customer wants the page.
let asked;
const settings = () => (asked ??= get("/v2/pages/settings"));

// change speaks another language from now on.
export async function change(code) {
  words = await (await fetch(new URL(`./lang/${code}.json`, import.meta.url), { credentials: "omit" })).json();
  lang = code;
  document.documentElement.lang = code;
  for (const node of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-t]"))) node.textContent = t(node.dataset.t);
  document.title = document.querySelector("h1").textContent;
  configure({ server: base || location.origin, token, language: code });
}

// t is the words of a key, with {name} filled in.
export const t = (key, values = {}) => (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

// dress puts the page into the look of the customer whose user this is: accents for both themes, and a logo. Made-up data is marked as such.
export async function dress() {
  if (base) return;
  const { brand, customer, test } = await settings();
  document.getElementById("test").hidden = !test;
  if (brand.logo) document.querySelector(".brand").replaceChildren(el("img", { class: "logo", src: brand.logo, alt: customer }));
  const system = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    const look = (system.matches ? brand.dark : brand.light) || {};
    for (const [name, colour] of Object.entries(look)) document.documentElement.style.setProperty("--" + name.replace("_", "-"), colour);
  };
  system.addEventListener("change", paint);
  paint();
}

// chooser is the choice of language in the page's head.
export function chooser(then) {
  const select = el("select", { id: "language" }, ...Object.entries(languages).map(([code, name]) => el("option", { value: code, lang: code, selected: code === lang }, name)));
  select.addEventListener("change", async () => {
    keepLanguage(select.value);
    await change(select.value);
    then();
  });
  const label = el("label", { class: "language" }, el("span", { class: "hush", "data-t": "language" }, t("language")), select);
  document.querySelector(".bar").append(label);
}

// el makes an element. Text is always set as text, never as markup.
export function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

export function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  node.append(...children.filter(Boolean));
  return node;
}

export const num = (v, digits = 0) => new Intl.NumberFormat(lang, { maximumFractionDigits: digits }).format(v);
export const percent = (of100) => new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 0 }).format(of100 / 100);

// when writes a time as the clock showed it where the scan was made: the offset stands in the text.
export function when(timestamp, time = true) {
  const at = Date.parse(String(timestamp).slice(0, 19) + "Z");
  if (Number.isNaN(at)) return String(timestamp);
  return new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, { dateStyle: "long", ...(time ? { timeStyle: "short" } : {}), timeZone: "UTC" }).format(at);
}

// card is a section with a heading of its own.
export function card(title, ...children) {
  const id = "h" + Math.random().toString(36).slice(2, 9);
  return el("section", { class: "card", "aria-labelledby": id }, el("h2", { id }, title), ...children);
}

export function badge(scan) {
  if (scan.status === "processing") return el("span", { class: "badge" }, t("scan.processing"));
  if (scan.status === "failed") return el("span", { class: "badge poor" }, t("scan.failed"));
  return ["good", "fair", "poor"].includes(scan.quality_status) && el("span", { class: "badge " + scan.quality_status }, t("quality." + scan.quality_status));
}

// notice is a sentence for everything that is not a result.
export function notice(kind, head, text, again) {
  return el("section", { class: "card notice " + kind }, el("h2", {}, head), text && el("p", {}, text),
    again && el("button", { class: "again", type: "button", onclick: again }, t("again")));
}

export const waiting = (text) => el("section", { class: "card notice" }, el("p", { class: "spin" }, text));

// trouble says what an error means for the person who reads it.
export function trouble(err, again) {
  switch (err.status) {
    case 401:
      return notice("warn", t("error.expired"), t("error.expired.text"));
    case 403:
      return /not_eligible/.test(err.message) ? notice("warn", t("error.adults"), t("error.adults.text")) : notice("warn", t("error.closed"), t("error.expired.text"));
    case 404:
      return notice("warn", t("error.gone"), t("error.gone.text"));
    case undefined:
      return notice("bad", t("error.network"), t("error.network.text"), again);
  }
  return notice("bad", t("error.wrong"), err.message, again);
}

export const show = (...nodes) => document.getElementById("state").replaceChildren(...nodes.filter(Boolean));

// tile is a biomarker's element.
const tile = (parameter, scan, variation) => el("blush-biomarker", { parameter, "face-scan-id": scan && scan.face_scan_id, variation });

// values shows a scan's values, the first as an arc. Those that were refused for one reason are one card, which says it once.
export function values(scan, ...parameters) {
  const refused = (scan.estimates || []).filter((e) => parameters.includes(e.biomarker) && e.value === null && e.reason);
  const groups = [...Map.groupBy(refused, (e) => e.reason).values()].filter((g) => g.length > 1).map((g) => g.map((e) => e.biomarker));
  const [first, ...rest] = parameters.filter((p) => !groups.flat().includes(p));
  const shown = first === parameters[0] ? el("div", { class: "latest" }, tile(first, scan, "arc"), rest.length > 0 && el("div", { class: "tiles" }, ...rest.map((p) => tile(p, scan))))
    : first && el("div", { class: "tiles" }, ...[first, ...rest].map((p) => tile(p, scan)));
  return el("div", { class: "stack" }, ...groups.map((g) => refusal(g, scan)), shown);
}

// refusal says of several biomarkers of a scan why they have no value, and what to do.
function refusal(parameters, scan) {
  const place = el("section", { class: "card notice refusal" });
  const widget = (p) => get(`/v2/widgets/biomarker?language=${lang}&parameter=${p}&face_scan_id=${scan.face_scan_id}`);
  void Promise.all(parameters.map(widget)).then((all) => {
    const [{ data }] = all;
    place.append(el("h2", {}, t("refused.title", { names: all.map((w) => w.data.name).join(", ") })), el("p", {}, data.reason_text, " ", t("refused.again")),
      ...(data.notices || []).map((n) => el("p", { class: "warning " + n.severity }, n.text)));
  }, (err) => place.replaceWith(trouble(err)));
  return place;
}

// how says how a scan was measured.
export function how(scan) {
  const c = scan.capture || {}, heart = (scan.estimates || []).find((e) => e.biomarker === "heart_rate");
  const rows = [
    ["length", c.duration_s && t("how.length.text", { s: num(c.duration_s, 1), n: num(c.frames), fps: num(c.fps, 1) })],
    ["face", c.frames && c.face_share !== undefined && t("how.face.text", { n: percent(100 * c.face_share) })],
    ["method", heart && heart.method],
    ["engine", scan.engine && scan.engine.version],
    ["scan", scan.face_scan_id],
  ].filter(([, text]) => text);
  return el("details", {}, el("summary", {}, t("how.title")), el("dl", {}, ...rows.flatMap(([name, text]) => [el("dt", {}, t("how." + name)), el("dd", {}, text)])));
}

// reading explains what is shown: bands, confidence, gaps.
export const reading = (...what) => card(t("read.title"), el("ul", { class: "plain" }, ...what.map((k) => el("li", {}, t("read." + k)))),
  el("p", {}, el("a", { href: "/docs/instructions-for-use", target: "_blank", rel: "opener" }, t("instructions"))));
