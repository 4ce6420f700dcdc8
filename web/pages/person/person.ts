// What a person's own pages have in common: their language and look, and how
// values and errors are shown.
import { el, type Child } from "../../components/kit/dom";
import { moment, percent as share } from "../../components/kit/format";
import { configure } from "../../components/src/index";
import type { Scan, Settings, User } from "../api";
import { dress, instructions } from "../brand";
import { languages } from "../catalogue";
import { byId } from "../page";
import { base, file, get, keepLanguage, statusOf, token, wantedLanguage } from "../session";
import { language, number as num, speak, speakFrom, t } from "../text";

/**
 * open prepares a page: its language is that of the address, the person's own where the page may know it, the browser's,
 * the customer's, or English.
 */
export async function open(draw: () => void, knowsPerson = false) {
  speakFrom(new URL("./lang/", import.meta.url));
  const nothing = () => null; // the page says later what is wrong, or looks as ours
  const [person, settings] = await Promise.all([knowsPerson ? get<User>("/v2/users").catch(nothing) : null, base ? null : get<Settings>("/v2/pages/settings").catch(nothing)]);
  await change(wantedLanguage, person?.language, ...navigator.languages, settings?.language);
  if (settings) dress(settings);
  chooser(draw);
  draw();
}

async function change(...wanted: (string | null | undefined)[]) {
  await speak(...wanted);
  document.title = document.querySelector("h1")!.textContent;
  configure({ server: base || location.origin, token, language: language() });
}

// chooser is the choice of language in the page's head.
function chooser(draw: () => void) {
  const select = el("select", { id: "language" }, Object.entries(languages).map(([code, name]) => el("option", { value: code, lang: code, selected: code === language() }, name)));
  select.addEventListener("change", async () => {
    keepLanguage(select.value);
    await change(select.value);
    draw();
  });
  document.querySelector(".bar")!.append(el("label", { class: "language" }, el("span", { class: "hush", "data-t": "language" }, t("language")), select));
}

export { num };
export const percent = (of100: number) => share(language(), of100);

/** when writes a time as the clock showed it where the scan was made. */
export const when = (timestamp: string, time = true, style?: "medium") => moment(language(), timestamp, time, style);

// card is a section with a heading of its own.
export function card(title: string, ...children: Child[]) {
  const id = "h" + Math.random().toString(36).slice(2, 9);
  return el("section", { class: "card", "aria-labelledby": id }, el("h2", { id }, title), ...children);
}

export function badge(scan: Scan) {
  if (scan.status === "processing") return el("span", { class: "badge" }, t("scan.processing"));
  if (scan.status === "failed") return el("span", { class: "badge poor" }, t("scan.failed"));
  return scan.quality_status && el("span", { class: "badge " + scan.quality_status }, t("quality." + scan.quality_status));
}

// notice is a sentence for everything that is not a result.
export function notice(kind: string, head: string, text: string, again?: () => void) {
  return el("section", { class: "card notice " + kind }, el("h2", {}, head), text && el("p", {}, text),
    again && el("button", { class: "again", type: "button", onclick: again }, t("again")));
}

export const waiting = (text: string) => el("section", { class: "card notice" }, el("p", { class: "spin" }, text));

// trouble says what an error means for the person who reads it.
export function trouble(err: unknown, again?: () => void) {
  const message = err instanceof Error ? err.message : String(err);
  switch (statusOf(err)) {
    case 401:
      return notice("warn", t("error.expired"), t("error.expired.text"));
    case 403:
      return /not_eligible/.test(message) ? notice("warn", t("error.adults"), t("error.adults.text")) : notice("warn", t("error.closed"), t("error.expired.text"));
    case 404:
      return notice("warn", t("error.gone"), t("error.gone.text"));
    case 0:
      return notice("bad", t("error.network"), t("error.network.text"), again);
  }
  return notice("bad", t("error.wrong"), message, again);
}

export const show = (...nodes: Child[]) => byId("state").replaceChildren(...el("div", {}, nodes).childNodes);

// how says how a scan was measured.
export function how(scan: Scan) {
  const c = scan.capture ?? {}, heart = (scan.estimates || []).find((e) => e.biomarker === "heart_rate");
  const rows = [
    ["length", c.duration_s && t("how.length.text", { s: num(c.duration_s, 1), n: num(c.frames ?? 0), fps: num(c.fps ?? 0, 1) })],
    ["face", c.frames && c.face_share !== undefined && t("how.face.text", { n: percent(100 * c.face_share) })],
    ["method", heart && heart.method],
    ["engine", scan.engine && scan.engine.version],
    ["scan", scan.face_scan_id],
  ] as const;
  return el("details", {}, el("summary", {}, t("how.title")), el("dl", {}, rows.map(([name, text]) => Boolean(text) && [el("dt", {}, t("how." + name)), el("dd", {}, text)])));
}

// report is a button that gets the report of a scan or a period with the page's token, and gives it to the browser as a file.
// Where says at the press at which path it is, and of which day.
export function report(of: "scan" | "period", where: () => { path: string; day: string }) {
  const wrong = el("div", { role: "status" });
  const button = el("button", { class: "more", type: "button" }, t("report." + of));
  const fetched = async () => {
    button.disabled = true;
    wrong.replaceChildren();
    try {
      const { path, day } = where();
      const address = URL.createObjectURL(await file(path));
      el("a", { href: address, download: `${of}-${day}.pdf` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000); // the browser has begun to save it by then
    } catch (err) {
      wrong.replaceChildren(trouble(err, fetched));
    }
    button.disabled = false;
  };
  button.addEventListener("click", () => void fetched());
  return el("div", { class: "report" }, button, wrong);
}

/** scanReport is the button for the report of one scan. */
export const scanReport = (scan: Scan) =>
  report("scan", () => ({ path: `/v2/facescans/${scan.face_scan_id}/report?language=${language()}`, day: scan.created_at.slice(0, 10) }));

// reading explains what is shown: bands, confidence, gaps.
export const reading = (...what: string[]) => card(t("read.title"), el("ul", { class: "plain" }, what.map((k) => el("li", {}, t("read." + k)))),
  el("p", {}, el("a", { href: instructions(), target: "_blank", rel: "opener" }, t("instructions"))));
