// The user's own page: the newest scan, what the numbers mean and how sure they
// are, how they went over time, what to do next, and every scan.
import { el, svg, type Child } from "../../components/kit/dom";
import type { BlushWidget, Envelope, MainData, ProfileData, RecommendationsData, TodosData } from "../../components/types";
import type { Page, Scan } from "../api";
import { metrics, named } from "../catalogue";
import { all, byId } from "../page";
import { base, get } from "../session";
import { language, t } from "../text";
import { values, warning } from "../values";
import { cuff, questions } from "./answers";
import { badge, card, how, notice, num, open, reading, report, scanReport, show, trouble, waiting, when } from "./person";

const measured = [...named, "blood_pressure"];
const periods: Record<string, number> = { month: 31, quarter: 92, year: 366, all: 5 * 365 };

let scans: Scan[] = [], more = false, chosen: Scan | null = null, period = "quarter", graphed = "heart_rate";

const widget = <T>(name: string) => get<Envelope<T>>(`/v2/widgets/${name}?language=${language()}`);

async function load() {
  const last = scans.at(-1);
  const page = await get<Page<Scan>>("/v2/facescans?limit=20" + (last ? "&starting_after=" + last.face_scan_id : ""));
  scans.push(...page.data);
  more = page.has_more;
}

// later is a place that is filled when its data has come. What fails alone leaves the rest of the page as it is.
function later(make: () => Promise<Node>) {
  const place = el("div", { class: "later" });
  const fill = () => void make().then((node) => place.replaceChildren(node), (err) => place.replaceChildren(trouble(err, fill)));
  fill();
  return place;
}

// ring draws a profile's score as part of a circle; what is not known leaves it open.
function ring(p: ProfileData) {
  const round = 2 * Math.PI * 42;
  const arc = svg("circle", { class: "fill " + (p.zone || ""), cx: 50, cy: 50, r: 42, "stroke-dasharray": `${((p.score ?? 0) / 100) * round} ${round}`, transform: "rotate(-90 50 50)" });
  return svg("svg", { viewBox: "0 0 100 100", "aria-hidden": "true" }, svg("circle", { class: "rest", cx: 50, cy: 50, r: 42 }), p.score !== null && arc);
}

async function profiles() {
  const { data } = await widget<MainData>("main");
  return el("section", { class: "card", "aria-label": t("profiles.title") }, el("h2", {}, t("profiles.title")),
    el("ul", { class: "rings" }, data.profiles.map((p) => el("li", {},
      el("div", { class: "ring" }, ring(p), el("b", { "aria-hidden": "true" }, p.score === null ? "–" : (p.display ?? num(p.score)))),
      el("div", {}, el("h3", {}, p.name), el("p", { class: "tone " + (p.zone || "") }, p.zone_name ?? p.title),
        p.score !== null && el("p", { class: "meta" }, t("profiles.of", { n: p.display ?? num(p.score) }), p.confidence_text && [", ", el("span", {}, p.confidence_text)]))))),
    data.profiles.some((p) => p.score !== null) && el("p", { class: "meta" }, t("profiles.better")),
    data.text && data.state !== "ready" && el("p", { class: "meta" }, data.text),
    data.notices.filter((n) => n.severity !== "info").map((n) => warning(n, "alert")));
}

// advice leaves out the notices of its widgets: they are those of the profiles, at the top of the page.
async function advice() {
  const [todos, tips] = await Promise.all([widget<TodosData>("todos"), widget<RecommendationsData>("recommendations")]);
  const steps = todos.data, done = steps.items.every((i) => i.done), none = tips.data.items.length === 0;
  // A list with nothing in it is a line.
  const line = (title: string, text: string) => el("p", {}, el("b", {}, title), " ", text);
  const lines = [done && line(steps.title, t("journey.progress", { done: num(steps.done), steps: num(steps.steps) }) + ". " + steps.text), none && line(tips.data.title, tips.data.text)].filter(Boolean);
  return el("div", { class: done || none ? "stack" : "two" },
    !done && card(steps.title, el("p", { class: "meta" }, t("journey.progress", { done: num(steps.done), steps: num(steps.steps) })),
      el("progress", { max: steps.steps || 1, value: steps.done, "aria-label": steps.title }),
      el("ul", { class: "todo" }, steps.items.map((i) => el("li", { class: i.done ? "done" : "" },
        el("span", {}, i.text, i.done && el("span", { class: "hush" }, " (" + t("journey.done") + ")"), i.need > 1 && !i.done && el("span", { class: "meta" }, `\u00a0${num(i.have)}/${num(i.need)}`)),
        i.unlocks.length > 0 && !i.done && el("span", { class: "meta" }, t("journey.opens", { names: i.unlocks.join(", ") })),
        i.because && el("span", { class: "meta" }, t("from", { name: i.because })))))),
    !none && card(tips.data.title, el("ul", { class: "tips" }, tips.data.items.map((i) => el("li", {}, el("p", {}, i.text),
      el("p", { class: "meta" }, t("from", { name: i.insight_name }), " · ", t("answers.source", { source: i.source })))))),
    lines.length > 0 && el("section", { class: "card stack" }, lines));
}

// names are what the widgets call what they show, in the language of the page.
const names: Record<string, string> = {};
document.addEventListener("blush-load", ({ detail: { data } }) => {
  names[data.parameter] = data.name;
  const option = document.querySelector(`#what option[value="${data.parameter}"]`);
  if (option) option.textContent = data.name;
});

// history is the graph with its choice of value and period.
function history() {
  const graph = el("blush-graph", { parameter: graphed });
  let start = "", stop = "";
  const span = () => {
    const day = (at: number) => new Date(at - 60_000 * new Date(at).getTimezoneOffset()).toISOString().slice(0, 10);
    const end = base && scans[0] ? Date.parse(scans[0].created_at) : Date.now();
    graph.setAttribute("start", (start = day(end - 86_400_000 * periods[period]!)));
    graph.setAttribute("stop", (stop = day(end)));
  };
  span();
  const choices = (label: string, list: string[]) => el("optgroup", { label: t("group." + label) }, list.map((p) => el("option", { value: p, selected: p === graphed }, names[p] ?? p.replaceAll("_", " "))));
  const select: HTMLSelectElement = el("select", { id: "what", onchange: () => graph.setAttribute("parameter", (graphed = select.value)) }, choices("biomarkers", measured), choices("metrics", metrics));
  return el("div", { class: "history" }, el("div", { class: "controls" }, el("label", {}, el("span", { class: "meta" }, t("time.what")), select),
    el("fieldset", { class: "segments" }, el("legend", { class: "hush" }, t("time.period")), Object.keys(periods).map((p) => el("label", {},
      el("input", { type: "radio", name: "period", value: p, checked: p === period, onchange: () => { period = p; span(); } }), el("span", {}, t("period." + p)))))), graph,
    report("period", () => ({ path: `/v2/users/report?start=${start}&stop=${stop}&language=${language()}`, day: stop })));
}

function row(scan: Scan) {
  const rate = scan.biomarkers && scan.biomarkers.heart_rate;
  return el("li", {}, el("button", { type: "button", "data-scan": scan.face_scan_id, "aria-current": String(scan === chosen), onclick: () => choose(scan) },
    el("span", {}, when(scan.created_at, true, "medium")), el("span", { class: "rate" }, el("span", { class: "hush" }, t("scans.heart") + " "), rate === null || rate === undefined ? "–" : t("rate", { n: num(rate) })), badge(scan)));
}

// choose opens a scan in the place of the one that is open, and leaves the rest of the page as it is.
function choose(scan: Scan) {
  chosen = scan;
  byId("now").replaceWith(latest(scan));
  for (const b of all("[data-scan]")) b.setAttribute("aria-current", String(b.dataset.scan === scan.face_scan_id));
  const heading = document.querySelector<HTMLElement>("#now h2")!;
  heading.focus({ preventScroll: true });
  heading.scrollIntoView();
}

// told says whether a scan has something to say, or may soon.
const told = (scan: Scan) => scan.status === "processing" || Object.entries(scan.biomarkers || {}).some(([name, v]) => v !== null && !name.includes("blood_pressure"));

// latest shows the scan that is open: the newest that has something to say, or the one that was chosen.
function latest(open: Scan) {
  const first = scans[0]!, newest = open === first, time = when(open.created_at);
  const title = newest ? t("now.title") : t("shown.title", { when: time });
  const parts: Child[] = [el("h2", { tabindex: -1 }, title), el("p", { class: "when" }, newest && el("span", {}, time), badge(open))];
  if (!newest && open === scans.find(told)) {
    parts.push(el("p", { class: "card newer" }, el("span", {}, t("now.nothing", { when: when(first.created_at, false) })),
      el("button", { class: "more", type: "button", onclick: () => choose(first) }, t("now.nothing.why"))));
  }
  if (open.status === "failed") parts.push(notice("bad", t("scan.failed"), t("scan.failed.text")));
  else if (open.status === "processing") parts.push(waiting(t("scan.processing")));
  else parts.push(values(open, measured), how(open));
  if (open.status !== "processing") parts.push(scanReport(open));
  return el("section", { id: "now" }, parts);
}

const section = (id: string, title: string, ...children: Child[]) => el("section", { id, "aria-labelledby": "h-" + id }, el("h2", { id: "h-" + id }, title), children);

function draw() {
  const links = el("nav", { class: "chips", "aria-label": t("sections") }, ["now", "time", "insights", "next", "answers", "scans"].map((id) => el("a", { href: "#" + id }, t("nav." + id))));
  const list = (): HTMLElement => section("scans", t("scans.title"), el("div", { class: "card" }, el("ul", { class: "scans" }, scans.map(row)),
    more && el("button", { class: "more", type: "button", onclick: () => void load().then(() => byId("scans").replaceWith(list())) }, t("scans.more"))));
  show(base && el("p", { class: "example" }, t("example")), links,
    later(profiles),
    chosen ? latest(chosen) : el("section", { id: "now" }, notice("", t("scans.none"), t("scans.none.text"))),
    section("time", t("nav.time"), history()),
    section("insights", t("nav.insights"), el("div", { class: "three" }, metrics.map((parameter) => el("blush-metric", { parameter })))),
    el("section", { id: "next", "aria-label": t("nav.next") }, later(advice)),
    el("section", { id: "answers", "aria-label": t("nav.answers"), class: "two" }, later(() => questions(fresh)), cuff(fresh)),
    scans.length > 0 && list(), reading("band", "estimate", "confidence", "score", "refused"));
}

// fresh asks again for what an answer or a reading may have changed; the forms stay as they are.
function fresh() {
  for (const node of all<BlushWidget<unknown>>("blush-metric, blush-graph, blush-biomarker")) node.reload();
  document.querySelector(".later")!.replaceWith(later(profiles));
  byId("next").replaceChildren(later(advice));
}

// settle waits for the scans that are still being analysed.
async function settle() {
  for (const [i, scan] of scans.entries()) {
    if (scan.status !== "processing") continue;
    const now = await get<Scan>(`/v2/facescans/${scan.face_scan_id}?wait=20`);
    scans[i] = now;
    if (scan === chosen) chosen = now;
    document.querySelector(`[data-scan="${scan.face_scan_id}"]`)?.closest("li")!.replaceWith(row(now));
    if (now === chosen) byId("now").replaceWith(latest(now));
    fresh();
  }
}

async function run() {
  try {
    scans = [];
    await load();
    chosen = scans.find(told) ?? scans[0] ?? null;
    draw();
    await settle();
  } catch (err) {
    show(trouble(err, run));
  }
}

let begun = false;
void open(() => {
  if (begun) return draw(); // in another language
  begun = true;
  void run();
}, true);
