// The documents: the contents are open where there is room, code can be copied, and the search looks through an index
// that the server makes of its own pages.
import { el, icon, put } from "../components/kit/dom";
import { find, part, searchable, steps, words, type Searchable, type Section } from "./docs/search";
import { all, byId } from "./page";

const most = 5; // results of each kind, until the reader asks for all

const longest = 30; // characters of a word that fits every line

/** unbroken is a text in which no line ends at the hyphen of a short name or option. */
const unbroken = (text: string) => text.split(/( +)/).map((word) => (word.includes("-") && word.length <= longest ? el("span", { class: "whole" }, word) : word));

/** path is a text whose lines may end after a slash. */
const path = (text: string) => steps(text).flatMap((step, i) => (i > 0 ? [el("wbr"), ...unbroken(step)] : unbroken(step)));
for (const code of all(":not(pre) > code")) code.replaceChildren(...path(code.textContent));
for (const cell of all(".doc td")) if (cell.childElementCount === 0) cell.replaceChildren(...unbroken(cell.textContent));

/** loosen lets lines end within the long names of what is wider than its place, if it then fits. */
function loosen(place: Element) {
  const fits = () => place.scrollWidth <= place.clientWidth;
  if (fits()) return;
  const ends: Element[] = [], texts: Text[] = [];
  const walk = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) texts.push(walk.currentNode as Text);
  for (const text of texts) {
    for (const name of [...text.data.matchAll(/\S{12,}/g)].reverse()) {
      for (const end of [...name[0].matchAll(/(?<=[_.,:;=&?{([|])(?=.)|(?<=[a-z])(?=[A-Z])/g)].reverse()) {
        const wbr = el("wbr");
        text.splitText(name.index + end.index).before(wbr);
        ends.push(wbr);
      }
    }
  }
  if (fits()) return;
  for (const end of ends) end.remove();
  place.normalize();
}
let narrowest = Infinity; // px, of the windows that the tables fit
function fitTables() {
  if (innerWidth >= narrowest) return;
  narrowest = innerWidth;
  for (const place of all(".doc .scroll")) loosen(place);
  for (const cell of all(".doc :is(th, td)")) loosen(cell);
}
fitTables();
addEventListener("resize", fitTables);

const chapters = byId<HTMLDetailsElement>("chapters");
const wide = matchMedia("(min-width: 900px)");
const fit = () => { chapters.open = wide.matches; };
wide.addEventListener("change", fit);
fit();

const sheets = "M9 9h11v11H9zM5 15H4V4h11v1", tick = "M5 12.5l4.5 4.5L19 7.5";
for (const code of all("pre > code")) {
  code.tabIndex = 0; // it may be wider than the page
  if (!navigator.clipboard) continue;
  const button = el("button", { type: "button", class: "copy" });
  const says = (words: string, sign: string) => put(button, icon(sign), el("span", { class: "hide" }, words));
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code.textContent);
    says("Copied", tick);
  });
  button.addEventListener("blur", () => says("Copy", sheets));
  says("Copy", sheets);
  code.after(button);
}

// The reference shows one of the four languages for all operations, the one that was chosen last.
const examples = all(".example:has([data-language])"), root = document.documentElement;
const remembered = "blush-docs-language";
function speak(language: string) {
  root.dataset.tongue = language;
  for (const b of all(".tongues button")) b.setAttribute("aria-pressed", String(b.dataset.of === language));
}
for (const example of examples) {
  const spoken = [...example.querySelectorAll<HTMLElement>("[data-language]")];
  example.prepend(el("div", { class: "tongues", role: "group", "aria-label": "Language of the example" }, spoken.map((part) =>
    el("button", { type: "button", "data-of": part.dataset.language, onclick: () => {
      const before = example.getBoundingClientRect().top;
      speak(part.dataset.language!);
      scrollBy(0, example.getBoundingClientRect().top - before); // the others change their height, too
      try { localStorage.setItem(remembered, part.dataset.language!); } catch { /* it is forgotten */ }
    } }, part.querySelector("h3")!.textContent))));
}
if (examples.length > 0) {
  let language: string | null = null;
  try { language = localStorage.getItem(remembered); } catch { /* none is kept */ }
  speak(language && examples[0]!.querySelector(`[data-language="${CSS.escape(language)}"]`) ? language : "curl");
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

for (const heading of all(".prose :is(h2, h3)[id]")) {
  heading.append(el("a", { class: "anchor", href: "#" + heading.id, "aria-label": "Link to this part" }, "#"));
}

const query = byId<HTMLInputElement>("query"), found = byId("found"), count = byId("count");
let index: Promise<Searchable[]> | undefined;
const load = () => (index ??= fetch("/docs/index.json").then(async (answer) => (await answer.json() as Section[]).map(searchable)).catch((err) => { index = undefined; throw err; }));

async function search() {
  const wanted = words(query.value);
  found.hidden = wanted.length === 0;
  count.textContent = "";
  if (found.hidden) return;
  let sections: Searchable[];
  try {
    sections = await load();
  } catch {
    found.replaceChildren(el("li", { class: "none" }, "The search could not be loaded."));
    return;
  }
  if (wanted.join() !== words(query.value).join()) return; // the query has changed meanwhile
  const hits = find(sections, wanted), first = find(sections, wanted, most);
  const link = (s: Section) => el("li", {}, el("a", { href: s.path }, el("strong", {}, path(s.route || s.heading === s.page ? s.heading : s.page + ": " + s.heading)), el("span", {}, part(s.text, wanted))));
  put(found, first.map(link), first.length < hits.length && el("li", {}, el("button", { type: "button", onclick: () => {
    put(found, hits.map(link));
    found.querySelector<HTMLElement>("a")!.focus();
  } }, `Show all ${hits.length}`)));
  if (hits.length === 0) found.replaceChildren(el("li", { class: "none" }, "Nothing found."));
  count.textContent = hits.length + " found";
}

byId("search").hidden = false;

// The list of pages shows where the reader is. It scrolls alone: the page begins at its top.
const here = chapters.querySelector("[aria-current]");
if (here) chapters.scrollTop += Math.max(0, here.getBoundingClientRect().bottom - chapters.getBoundingClientRect().bottom);

query.addEventListener("focus", () => { void load().catch(() => undefined); });
query.addEventListener("input", search);
byId("search").addEventListener("keydown", (e) => {
  const links = all("#found :is(a, button)"), at = links.indexOf(document.activeElement as HTMLAnchorElement);
  if (e.key === "Escape") {
    found.hidden = true;
    query.focus();
  } else if (e.key === "ArrowDown" || e.key === "ArrowUp") {
    e.preventDefault();
    const next = at + (e.key === "ArrowDown" ? 1 : -1);
    if (next < 0) query.focus();
    else links[Math.min(next, links.length - 1)]?.focus();
  } else if (e.key === "Enter" && document.activeElement === query) {
    links[0]?.click();
  }
});
document.addEventListener("click", (e) => { if (!byId("search").contains(e.target as Node)) found.hidden = true; }, { capture: true }); // before what was clicked is replaced
found.addEventListener("click", (e) => { if ((e.target as Element).closest("a")) found.hidden = true; });
