// The scan on the screen: the picture with its ring and its words, and a course
// (course.ts) that hears the camera and is followed.
import { el, put, svg } from "../../components/kit/dom";
import { lit } from "../brand";
import type { Capture, Check, Live } from "../capture/capture";
import { language, number, t } from "../text";
import { Course, instruction, type Action, type Event, type Outcome } from "./course";
import type { Plan } from "./plan";
import { button, LONG, say, show } from "./screen";
import { cameraOptions, type Camera } from "./steps";
import { Wave } from "./wave";

const oval = "M120 5A115 145 0 1 1 119.99 5Z"; // from the top, clockwise

export type View = ReturnType<typeof stage>;

/** stage draws the picture, the ring and the text. It is made before the camera is opened, since the camera needs the video element. */
export function stage(onCancel: () => void) {
  const video = el("video", { playsinline: true, muted: true, "aria-label": t("scan.picture") });
  const ring = svg("path", { class: "ring", d: oval, pathLength: 100 });
  const count = el("span", { class: "count", "aria-hidden": "true" });
  const progress = el("div", { class: "oval", role: "progressbar", "aria-label": t("scan.progress"), "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": 0 },
    video, svg("svg", { viewBox: "0 0 240 300", "aria-hidden": "true" }, svg("path", { class: "track", d: oval, pathLength: 100 }), ring), count);
  const words = el("p", { class: "words" }, t("camera.asking"));
  const left = el("p", { class: "left" });
  const canvas = el("canvas", { class: "pulse", width: 600, height: 120, role: "img", "aria-label": t("scan.wave") });
  const rate = el("p", { class: "rate" });
  const live = el("div", { class: "live", hidden: true }, canvas, rate);
  const cameras = el("select", { class: "tongue", "aria-label": t("ready.camera"), hidden: true });
  show("scan", el("section", { class: "stage" }, el("h1", { class: "hidden" }, t("title")), progress, words, left, live, button("quiet small", t("scan.stop"), onCancel), cameras));
  lit(true);
  say(t("camera.asking"));
  return { video, progress, ring, count, words, left, canvas, rate, live, cameras };
}

/** offer lets the user choose another camera until the recording begins; the names of cameras are known by now. */
export function offer(cameras: Camera[], view: View, take: (deviceId: string) => void) {
  const active = (view.video.srcObject as MediaStream | null)?.getVideoTracks()[0]?.getSettings().deviceId;
  if (cameras.length < 2) return;
  view.cameras.append(...cameraOptions(cameras, active));
  view.cameras.addEventListener("change", () => take(view.cameras.value));
  view.cameras.hidden = false;
}

/** words is the instruction for the result of a check. */
export const words = (check: Pick<Check, "code" | "light">) => t(instruction(check));

// listen passes on what the camera says, until the signal is aborted.
function listen(capture: Capture, signal: AbortSignal, handle: (event: Event) => void) {
  const on = <T>(name: string, event: (detail: T) => Event) =>
    capture.addEventListener(name, (e) => handle(event((e as CustomEvent<T>).detail)), { signal });
  for (const kind of ["lost", "ended", "silent", "failed"] as const) on(kind, () => ({ kind }));
  on("frame", () => ({ kind: "frame", hidden: document.hidden }));
  on<Check>("check", (check) => ({ kind: "check", check }));
  on<Live>("live", (live) => ({ kind: "live", live }));
}

// progressed shows how much of the scan is done, 0 to 1, and the heart rate so far.
function progressed(view: View, done: number, rate: number | null) {
  view.ring.style.strokeDasharray = `${(100 * done).toFixed(1)} 100`;
  view.progress.setAttribute("aria-valuenow", String(Math.round(100 * done)));
  if (rate === null) put(view.rate, t("scan.finding"));
  else put(view.rate, el("span", { class: "hidden" }, t("scan.rate") + " "), el("b", {}, number(rate)), " " + t("unit.bpm"));
}

interface Recorded {
  capture: Capture;
  view: View;
  plan: Plan;
  wanted: string[];
  atRest: boolean;
  tell: (stage: "recordingStarted" | "recordingStopped") => void;
  paused: { onpause: (() => void) | null; onresume: (() => void) | null };
  signal: AbortSignal;
}

/** record runs one scan with an open capture. tell gets the stages; signal aborts the scan. */
export function record({ capture, view, plan, wanted, atRest, tell, paused, signal }: Recorded): Promise<Outcome> {
  const course = new Course(plan, capture.time); // everything that waits for the picture uses its clock
  const wave = new Wave(view.canvas);
  const listening = new AbortController();
  view.progress.lang = language();

  return new Promise((done) => {
    const handle = (event: Event) => {
      course.handle(event, capture.time).forEach(follow);
      view.progress.dataset.state = course.state;
      view.count.textContent = course.counted > 0 ? number(course.counted) : "";
      put(view.left, course.left && t(course.left.key, { s: number(course.left.s) }));
    };
    const follow = (action: Action) => {
      switch (action.do) {
        case "instruct":
          put(view.words, t(action.key));
          return say(t(action.key));
        case "count":
          return say(t("scan.countdown", { n: number(action.n) }));
        case "begin":
          capture.record({ atRest, wanted });
          tell("recordingStarted");
          view.live.hidden = false;
          view.cameras.hidden = true;
          put(view.rate, t("scan.finding"));
          return;
        case "pause":
          return capture.pause();
        case "resume":
          return capture.resume();
        case "end":
          setTimeout(() => handle({ kind: "late" }), LONG);
          return void capture.stop().then((recording) => handle({ kind: "recorded", recording }), () => handle({ kind: "failed" }));
        case "finish":
          wave.stop();
          listening.abort();
          if (course.begun) tell("recordingStopped");
          done(action.outcome);
      }
    };
    listen(capture, listening.signal, (event) => {
      handle(event);
      if (event.kind !== "live") return;
      wave.show(event.live.wave);
      progressed(view, course.progress, event.live.heart_rate);
    });
    paused.onpause = () => handle({ kind: "paused" });
    paused.onresume = () => handle({ kind: "resumed" });
    signal.addEventListener("abort", () => handle({ kind: "aborted" }), { once: true });
    view.progress.dataset.state = course.state;
    follow({ do: "instruct", key: "loading" }); // the camera is allowed, and its first frames are awaited
  });
}
