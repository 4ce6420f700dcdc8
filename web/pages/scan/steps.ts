// The steps before the scan. Each shows itself and resolves with what was chosen.
import { Refused } from "../../components/kit/ask";
import { el, put, type Child } from "../../components/kit/dom";
import type { Page, Question, User } from "../api";
import { languages } from "../catalogue";
import { enter, get, phase, send, statusOf } from "../session";
import { language, number, t } from "../text";
import { button, say, show } from "./screen";

// CONSENT is the version of the texts consent.1 to consent.4 in every language:
// raise it when one of them changes, and users are asked again.
export const CONSENT = "1.1";
const CONSENT_TEXT = ["consent.title", "consent.1", "consent.2", "consent.3", "consent.4"];

// lasting says whether an answer will be the same next time; passing are the words for one that may not be.
const lasting = (err: unknown) => err instanceof Refused && err.status > 0 && err.status < 500;
const passing = (err: unknown) => t(statusOf(err) === 0 ? "offline" : "trouble");

const list = (kind: string, keys: string[], values = {}) => el("ul", { class: kind }, keys.map((k) => el("li", {}, t(k, values))));
const buttons = (...all: Child[]) => el("div", { class: "buttons" }, all);

// welcome says how many seconds a scan takes. It resolves with nothing, or with the language that the user chose.
export function welcome(seconds: number) {
  return new Promise<string | null>((done) => {
    const takes = { s: number(seconds) };
    const reloaded = phase() === "recording";
    enter("");
    const tongue = el("select", { class: "tongue", "aria-label": t("language"), onchange: () => done(tongue.value) },
      Object.entries(languages).map(([code, name]) => el("option", { value: code, selected: code === language() }, name)));
    show("welcome", el("section", { class: "sheet" },
      reloaded ? el("p", { class: "flag", role: "status" }, t("welcome.reloaded")) : null,
      el("h1", {}, t("welcome.title")),
      el("p", { class: "lead" }, t("welcome.what", takes)),
      el("div", { class: "promise" }, el("h2", {}, t("welcome.private.title")), el("p", {}, t("welcome.private"))),
      el("h2", {}, t("welcome.not.title")),
      list("plain", ["welcome.not.age", "welcome.not.still", "welcome.not.skin", "welcome.not.heart", "welcome.not.unwell"], takes),
      buttons(button("primary", t("continue"), () => done(null))), tongue));
  });
}

// consent asks once for each version of the text, and resolves with whether the user agreed.
export async function consent(customer: string) {
  const given = await get<Page<{ withdrawn_at: string | null }>>("/v2/consents?version=" + CONSENT);
  if (given.data.some((c) => !c.withdrawn_at)) return true;
  const text = CONSENT_TEXT.map((k) => t(k, { customer }));
  return new Promise<boolean>((done) => {
    const trouble = el("p", { class: "wrong", role: "alert" });
    show("consent", el("section", { class: "sheet" },
      el("h1", {}, text[0]!),
      text.slice(1).map((s) => el("p", {}, s)), trouble,
      buttons(
        button("primary", t("consent.yes"), async (again) => {
          try {
            await send("POST", "/v2/consents", { version: CONSENT, text_hash: await hash(text.join("\n")), language: language() });
            done(true);
          } catch (err) {
            if (lasting(err)) return done(Promise.reject(err));
            put(trouble, passing(err));
            again();
          }
        }),
        button("quiet", t("consent.no"), () => done(false)))));
  });
}

// hash is the SHA-256 of the displayed text, in hexadecimal.
async function hash(text: string) {
  const sum = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(sum), (b) => b.toString(16).padStart(2, "0")).join("");
}

const ADULT = 18; // years

// yearsSince is the age in full years of somebody born on a day YYYY-MM-DD.
export function yearsSince(birth: string, today = new Date()) {
  const [y = 0, m = 0, d = 0] = birth.split("-").map(Number);
  const had = today.getMonth() + 1 > m || (today.getMonth() + 1 === m && today.getDate() >= d);
  return today.getFullYear() - y - (had ? 0 : 1);
}

export const isMinor = (birth: string) => yearsSince(birth) < ADULT;

// age asks for the date of birth and stores it; it resolves with the date.
export function age() {
  return new Promise<string>((done) => {
    const today = new Date();
    const trouble = el("p", { class: "wrong", id: "birth-wrong", role: "alert" });
    const input = el("input", { type: "date", id: "birth", required: true, autocomplete: "bday", "aria-describedby": "birth-wrong",
      min: today.getFullYear() - 120 + "-01-01", max: today.toLocaleDateString("sv") });
    const next = button("primary", t("continue"), async (again) => {
      if (!input.value || !input.checkValidity()) return wrong(again);
      try {
        await send("PATCH", "/v2/users", { birth_date: input.value });
        done(input.value);
      } catch (err) {
        if (statusOf(err) === 422) return wrong(again);
        // It is already stored: the response to an earlier request was lost.
        if (statusOf(err) === 403 && ((await get<User>("/v2/users").catch(() => null))?.adult ?? null) !== null) return done(input.value);
        if (lasting(err)) return done(Promise.reject(err));
        put(trouble, passing(err));
        again();
      }
    });
    const wrong = (again: () => void) => {
      input.setAttribute("aria-invalid", "true");
      put(trouble, t("age.wrong"));
      input.focus();
      again();
    };
    input.addEventListener("keydown", (e) => e.key === "Enter" && next.click());
    show("age", el("section", { class: "sheet" }, el("h1", {}, t("age.title")), el("p", { class: "lead" }, t("age.why")),
      el("div", { class: "field" }, el("label", { for: "birth" }, t("age.label")), input, trouble), buttons(next)));
  });
}

// questions asks the questions that the server lists as without a recent answer. The user may skip each question, or all.
export async function questions() {
  let all: Question[];
  try {
    all = (await get<Page<Question>>("/v2/questions?language=" + language())).data;
  } catch (err) {
    if (statusOf(err) === 401) throw err;
    return; // they are optional
  }
  const open = all.filter((q) => q.options.length > 0);
  const answers = [];
  for (const [i, q] of open.entries()) {
    const value = await question(q, i + 1, open.length);
    if (value === "skip") break;
    if (value !== null) answers.push({ lookup_key: q.lookup_key, value, timezone: Intl.DateTimeFormat().resolvedOptions().timeZone });
  }
  if (answers.length === 0) return;
  try {
    await send("POST", "/v2/questions/answer/many", answers);
  } catch (err) {
    if (statusOf(err) === 401) throw err;
    say(t("questions.unsaved"));
  }
}

function question(q: Question, n: number, of: number) {
  return new Promise<number | "skip" | null>((done) => {
    let value: number | null = null;
    const next = button("primary", t("questions.skip.one"), () => done(value));
    const choose = (v: number) => {
      value = v;
      next.textContent = t("continue");
    };
    const options = q.options.map((o) => el("label", { class: "option" },
      el("input", { type: "radio", name: "answer", value: o.value, onchange: () => choose(o.value) }), el("span", {}, o.text)));
    show("questions", el("section", { class: "sheet" },
      el("p", { class: "meta" }, t("questions.count", { n: number(n), of: number(of) })),
      el("h1", { id: "question" }, q.text),
      n === 1 ? el("p", { class: "lead" }, t("questions.why")) : null,
      el("div", { class: "options", role: "radiogroup", "aria-labelledby": "question" }, options),
      buttons(next, button("quiet", t("questions.skip"), () => done("skip")))));
  });
}

export interface Camera {
  deviceId: string;
  label: string;
}

/** Choice is what the user chose before the scan. */
export interface Choice {
  atRest: boolean;
  deviceId?: string;
}

/** cameraOptions are the cameras to choose from. */
export const cameraOptions = (cameras: Camera[], chosen?: string) =>
  cameras.map((c, i) => el("option", { value: c.deviceId, selected: c.deviceId === chosen }, c.label || t("ready.camera.n", { n: number(i + 1) })));

// ready resolves at the one click that starts the scan.
export async function ready(cameras: Camera[], last?: string) {
  return new Promise<Choice>((done) => {
    const rest = el("input", { type: "checkbox", id: "rest" });
    const named = cameras.filter((c) => c.deviceId);
    const choice = named.length > 1
      ? el("select", { id: "camera" }, cameraOptions(named, last))
      : null;
    show("ready", el("section", { class: "sheet" },
      el("h1", {}, t("ready.title")),
      list("tips", ["ready.light", "ready.still", "ready.face", "ready.white"]),
      el("label", { class: "check" }, rest, el("span", {}, t("ready.rest"))),
      choice ? el("div", { class: "field" }, el("label", { for: "camera" }, t("ready.camera")), choice) : null,
      named.length === 0 ? el("p", { class: "meta" }, t("ready.ask")) : null,
      buttons(button("primary", t("ready.start"), () => done({ atRest: rest.checked, deviceId: choice?.value })))));
  });
}
