// The forms of the dashboard: answers to questions, and cuff readings.
import { el, put } from "../../components/kit/dom";
import type { Page, Question } from "../api";
import { group } from "../group";
import { get, send, statusOf } from "../session";
import { language, t } from "../text";
import { warning } from "../values";
import { card, when } from "./person";

const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

// groups divides the questions into parts that a person can answer one at a time.
const daily = ["average_sleep_hours", "nightly_wake_ups", "feeling_stressed_last_month", "daily_activities", "hours_sport_week"];
const groupOf = (q: Question) => (q.instrument ? "check" : daily.includes(q.lookup_key) ? "daily" : "about");

// status is the line below a form that reports the result.
const status = () => el("div", { class: "status", role: "status" });

/** Saved is the API's answer; it may have a notice. */
interface Saved {
  notice?: { severity: string; text: string } | null;
}

// sending runs a form's request and reports the result.
async function sending(form: HTMLFormElement, say: HTMLElement, request: () => Promise<Saved | Saved[]>, then: () => void) {
  const button = form.querySelector<HTMLButtonElement>("button[type=submit]")!;
  button.disabled = true;
  say.textContent = "";
  try {
    const notice = [await request()].flat().find((saved) => saved.notice)?.notice; // answers are many, a reading is one
    put(say, t("saved"), notice && warning(notice, "alert"));
    then();
  } catch (err) {
    put(say, t("unsaved", { why: statusOf(err) === 0 ? t("error.network") : (err as Error).message }));
  }
  button.disabled = false;
}

// field asks one question: options to choose from, or a number.
function field(q: Question) {
  const value = q.answer?.value;
  const note = q.answer && el("span", { class: "meta" }, t("answers.given", { when: when(q.answer.answered_at, false) }));
  if (q.options.length > 0) {
    return el("fieldset", { "data-key": q.lookup_key }, el("legend", {}, q.text), note,
      el("div", { class: "options" }, q.options.map((o) => el("label", {}, el("input", { type: "radio", name: q.lookup_key, value: o.value, checked: !q.instrument && o.value === value }), el("span", {}, o.text)))));
  }
  return el("label", { class: "entry", "data-key": q.lookup_key }, el("span", {}, q.text), note,
    el("span", { class: "with-unit" }, el("input", { type: "number", name: q.lookup_key, inputmode: "decimal", min: q.minimum, max: q.maximum, step: "any", value: value ?? null }), q.unit ?? ""));
}

// questions shows the catalogue, part by part; changed is called after something was saved.
export async function questions(changed: () => void) {
  const { data } = await get<Page<Question>>("/v2/questions?language=" + language());
  const order = ["daily", "about", "check"];
  const parts = group(data, groupOf).sort((a, b) => order.indexOf(groupOf(a[0]!)) - order.indexOf(groupOf(b[0]!)));
  return card(t("answers.title"), el("p", { class: "meta" }, t("answers.lead")), parts.map((list) => part(groupOf(list[0]!), list, changed)));
}

function part(name: string, list: Question[], changed: () => void) {
  const say = status(), answered = list.filter((q) => q.answer && !q.stale).length;
  const stem = list.find((q) => q.stem), source = list.find((q) => q.source);
  const form: HTMLFormElement = el("form", {
    class: "stack",
    onsubmit: (e: Event) => {
      e.preventDefault();
      const answers = list.flatMap((q) => {
        const v = new FormData(form).get(q.lookup_key);
        return v === null || v === "" ? [] : [{ lookup_key: q.lookup_key, value: Number(v), timezone }];
      });
      if (answers.length > 0) void sending(form, say, () => send("POST", "/v2/questions/answer/many?language=" + language(), answers), changed);
    },
  }, stem && el("p", {}, stem.stem), list.map(field), source && el("p", { class: "meta" }, t("answers.source", { source: source.source! })),
  el("div", {}, el("button", { class: "again", type: "submit" }, t("answers.save")), say));
  return el("details", { class: "part" }, el("summary", {}, el("span", {}, t("answers." + name)), el("span", { class: "meta" }, t("answers.done", { n: answered, of: list.length }))), form);
}

// cuff takes a reading of blood pressure.
export function cuff(changed: () => void) {
  const say = status(), now = new Date();
  const local = new Date(now.getTime() - 60_000 * now.getTimezoneOffset()).toISOString().slice(0, 16);
  const input = (name: string, min: number, max: number, required: boolean) =>
    el("label", { class: "entry" }, el("span", {}, t("cuff." + name)), el("input", { type: "number", inputmode: "numeric", name, min, max, step: 1, required }));
  const form: HTMLFormElement = el("form", {
    class: "stack",
    onsubmit: (e: Event) => {
      e.preventDefault();
      const d = new FormData(form), pulse = d.get("pulse");
      void sending(form, say, () => send("POST", "/v2/readings?language=" + language(), {
        kind: "blood_pressure", systolic: Number(d.get("systolic")), diastolic: Number(d.get("diastolic")), ...(pulse ? { pulse: Number(pulse) } : {}),
        measured_at: new Date(String(d.get("when"))).toISOString(), timezone, source: "cuff",
      }), () => (form.reset(), changed()));
    },
  }, el("div", { class: "pair" }, input("systolic", 50, 280, true), input("diastolic", 30, 180, true)),
  el("div", { class: "pair" }, input("pulse", 30, 220, false), el("label", { class: "entry" }, el("span", {}, t("cuff.when")), el("input", { type: "datetime-local", name: "when", value: local, max: local, required: true }))),
  el("div", {}, el("button", { class: "again", type: "submit" }, t("cuff.save")), say));
  return card(t("cuff.title"), el("p", { class: "meta" }, t("cuff.lead")), form);
}
