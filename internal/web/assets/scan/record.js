// The scan itself: looks through the camera until the picture is right, counts
// down, records, waits for a face that is gone, and ends when there is enough.
import { language, number, t } from "../text.js";
import { lit } from "./brand.js";
import { button, el, say, show, svg } from "./screen.js";
import { Wave } from "./wave.js";

const STEADY = 1200; // ms for which the picture must be right before the countdown
const COUNT = 3; // s
const SETTLE = 700; // ms for which one instruction stays at least

const OVAL = "M120 5A115 145 0 1 1 119.99 5Z"; // from the top, clockwise

// stage draws the picture, the ring and the words. It is made before the
// camera is asked for, since the camera needs the video element.
export function stage(onCancel) {
  const video = el("video", { playsinline: true, muted: true, "aria-label": t("scan.picture") });
  const ring = svg("path", { class: "ring", d: OVAL, pathLength: 100 });
  const progress = el("div", { class: "oval", role: "progressbar", "aria-label": t("scan.progress"), "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": 0 },
    video, svg("svg", { viewBox: "0 0 240 300", "aria-hidden": "true" }, svg("path", { class: "track", d: OVAL, pathLength: 100 }), ring),
    el("span", { class: "count", "aria-hidden": "true" }));
  const view = {
    video, progress, ring,
    count: progress.querySelector(".count"),
    words: el("p", { class: "words" }, t("camera.asking")),
    left: el("p", { class: "left" }),
    canvas: el("canvas", { class: "pulse", width: 600, height: 120, role: "img", "aria-label": t("scan.wave") }),
    rate: el("p", { class: "rate" }),
    head: el("h1", { class: "hidden" }, t("title")),
    cameras: el("select", { class: "tongue", "aria-label": t("ready.camera"), hidden: true }),
  };
  show("scan", el("section", { class: "stage" }, view.head, progress, view.words, view.left,
    el("div", { class: "live", hidden: true }, view.canvas, view.rate), button("quiet small", t("scan.stop"), onCancel), view.cameras));
  view.live = view.canvas.parentElement;
  lit(true);
  say(t("camera.asking"));
  return view;
}

// offer lets the user take another camera, now that their names are known,
// until the recording begins.
export function offer(cameras, view, take) {
  const active = view.video.srcObject?.getVideoTracks()[0]?.getSettings().deviceId;
  if (cameras.length < 2) return;
  view.cameras.append(...cameras.map((c, i) => el("option", { value: c.deviceId, selected: c.deviceId === active }, c.label || t("ready.camera.n", { n: number(i + 1) }))));
  view.cameras.addEventListener("change", () => take(view.cameras.value));
  view.cameras.hidden = false;
}

// record runs one scan with an open capture. It resolves with {trace,
// faceScanId}, or with {failed, code} when there is none. tell hears the
// stages; signal breaks it off.
export function record({ capture, view, plan, wanted, atRest, tell, paused, signal }) {
  let state = "looking"; // looking, counting, recording, paused, over
  let why = ""; // of a pause: face, two, app
  let check = null;
  let since = 0; // of state
  let rightSince = null;
  let begun = false; // the recording
  let progress = 0;
  let last = null; // the last live state
  let instructed = -Infinity;
  const wave = new Wave(view.canvas);
  const now = () => capture.time; // what waits for the picture waits by its clock
  const listeners = [];
  const on = (name, f) => {
    capture.addEventListener(name, f);
    listeners.push([name, f]);
  };

  return new Promise((done) => {
    const enter = (next) => {
      state = next;
      since = now();
      view.progress.dataset.state = next;
    };
    // instruct changes the one instruction, but not faster than it can be read.
    const instruct = (text, urgent = false) => {
      if (view.words.textContent === text || (!urgent && now() - instructed < SETTLE)) return;
      instructed = now();
      view.words.textContent = text;
      say(text);
    };
    const finish = (outcome) => {
      if (state === "over") return;
      enter("over");
      wave.stop();
      for (const [name, f] of listeners) capture.removeEventListener(name, f);
      if (begun) tell("recordingStopped");
      done(outcome);
    };
    const stop = async () => {
      if (state === "over") return;
      const recording = capture.stop();
      try {
        finish(await recording);
      } catch {
        finish({ failed: "engine" });
      }
    };
    const pause = (reason) => {
      if (state === "recording") capture.pause();
      if (state === "recording" || state === "paused") {
        why = reason;
        enter("paused");
        instruct(t("scan.paused." + reason), true);
        view.left.textContent = "";
      } else if (state === "counting") {
        look();
      }
    };
    const resume = () => {
      capture.resume();
      enter("recording");
      instruct(t("scan.recording"), true);
    };
    const look = () => {
      enter("looking");
      rightSince = null;
      view.count.textContent = "";
    };
    const begin = () => {
      capture.record({ atRest, wanted });
      begun = true;
      enter("recording");
      tell("recordingStarted");
      view.count.textContent = "";
      view.live.hidden = false;
      view.cameras.hidden = true;
      view.rate.textContent = t("scan.finding");
      instruct(t("scan.recording"), true);
    };

    on("check", ({ detail }) => {
      check = detail;
      if (state === "looking" || state === "counting") {
        if (detail.ok) {
          rightSince ??= now();
          if (state === "looking") instruct(t("scan.good"));
          if (state === "looking" && now() - rightSince >= STEADY) enter("counting");
        } else {
          rightSince = null;
          if (state === "counting") look();
          instruct(words(detail));
        }
        return;
      }
      if (state === "recording") {
        if (detail.code === "two_faces") pause("two");
        else if (detail.code === 0 || detail.code === "face_lost") instruct(t(last && last.elapsed_s > plan.least ? "scan.longer" : "scan.recording"));
        else instruct(words(detail));
      } else if (state === "paused" && why !== "app") {
        if (detail.code === "two_faces") why = "two";
        else if (detail.ok || (detail.face !== false && detail.code !== "face_lost" && detail.code !== 6 && now() - since > 1500)) resume();
      }
    });
    on("lost", () => state === "recording" && pause("face"));
    const ended = () => (enough() ? stop() : finish({ failed: "ended" }));
    on("ended", ended);
    on("silent", () => !(state === "paused" && why === "app") && ended());
    on("failed", () => finish({ failed: "engine" }));
    on("live", ({ detail }) => {
      if (state === "over") return;
      last = detail;
      wave.show(detail.wave);
      draw(detail);
      if (state !== "recording") return;
      if (detail.elapsed_s >= plan.longest || (detail.accepted && detail.elapsed_s >= plan.least)) stop();
    });
    paused.onpause = () => pause("app");
    paused.onresume = () => {
      if (state === "paused" && why === "app") why = "face"; // goes on with the next good picture
      since = now();
    };

    // enough says whether what was recorded may hold a heart rate.
    const enough = () => begun && last !== null && last.elapsed_s >= 10;

    const draw = ({ elapsed_s, heart_rate, wanted: near }) => {
      const time = Math.min(1, elapsed_s / plan.least);
      const quality = Math.min(1, ...Object.values(near));
      progress = Math.max(progress, 0.9 * time + 0.1 * quality);
      view.ring.style.strokeDasharray = `${(100 * progress).toFixed(1)} 100`;
      view.progress.setAttribute("aria-valuenow", Math.round(100 * progress));
      const left = Math.ceil((plan.least - elapsed_s) / 5) * 5;
      view.left.textContent = left > 0 && state === "recording" ? t("scan.left", { s: number(left) }) : "";
      if (heart_rate === null) {
        view.rate.replaceChildren(t("scan.finding"));
      } else {
        view.rate.replaceChildren(el("span", { class: "hidden" }, t("scan.rate") + " "), el("b", {}, number(heart_rate)), " " + t("unit.bpm"));
      }
    };

    signal.addEventListener("abort", () => finish({ failed: "aborted" }), { once: true });
    on("frame", () => {
      const waited = now() - since;
      if (state === "counting") {
        const n = COUNT - Math.floor(waited / 1000);
        if (n <= 0) return begin();
        if (view.count.textContent !== String(n)) {
          view.count.textContent = number(n);
          say(t("scan.countdown", { n: number(n) }));
        }
      } else if (state === "looking" && waited > plan.check * 1000 && !check?.ok && !document.hidden) {
        finish({ failed: "check", code: check?.code ?? "face_lost", light: check?.light });
      } else if (state === "paused" && why !== "app" && waited > plan.lost * 1000) {
        if (enough() && why === "face") stop();
        else finish({ failed: why === "two" ? "check" : "lost", code: why === "two" ? "two_faces" : "face_lost" });
      }
    });
    enter("looking");
    view.progress.lang = language();
  });
}

// words is the instruction for what a check found.
export function words({ code, light }) {
  if (code === 6 && light !== undefined && light < 70) return t("check.6.dark");
  if (code === 6 && light > 220) return t("check.6.bright");
  return code === 0 ? t("scan.good") : t("check." + code);
}
