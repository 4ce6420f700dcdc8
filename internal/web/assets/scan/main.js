// The scan page from its first to its last step.
import { Capture, CameraError } from "../capture/capture.js";
import { Uploads } from "../capture/uploads.js";
import { enter, get, keepLanguage, phase, Refused, seconds, token, user, wantedLanguage } from "../session.js";
import { speak, t } from "../text.js";
import { dress, lit } from "./brand.js";
import { advice, remember, remembered } from "./camera.js";
import { onClose, onPause, onResume, tell } from "./host.js";
import { planFor } from "./plan.js";
import { offer, record, stage, words } from "./record.js";
import { refusal, result, why, worth } from "./result.js";
import { button, el, notice, say, waiting } from "./screen.js";
import { age, consent, isMinor, questions, ready, welcome } from "./steps.js";

const IDLE = 5 * 60; // s without a touch until the page closes itself
const LATER = 30; // s until a scan that was refused for no reason of its own is sent again

const uploads = new Uploads();
const paused = { onpause: null, onresume: null }; // what the running scan does about it
let settings;
let capture = null;
let deviceId = remembered();
let uuid = null; // of the last scan
let success = false; // there is a result to fetch
let recording = false; // between recordingStarted and recordingStopped
let running = new AbortController(); // breaks off the scan that runs
let over = false;
let sending = false;

// --- leaving ---

function release() {
  running.abort();
  capture?.close();
  capture = null;
  lit(false);
  enter("");
}

// leave ends the page, whoever wants it to. dismiss is always the last word.
function leave(heading = t("closed.title"), text = t("closed"), kind = "good") {
  if (over) return;
  over = true;
  release();
  if (!success) tell("userFinished");
  tell("dismiss", { hasResults: success }, uuid);
  document.getElementById("leave").hidden = true;
  notice("closed", kind, heading, [text], []);
}

// show keeps what is late from drawing over the end.
const unlessOver = (f) => (...args) => { if (!over) return f(...args); };
const stop = unlessOver(notice);

let touched = performance.now();
for (const name of ["pointerdown", "keydown", "pointermove"]) addEventListener(name, () => { touched = performance.now(); }, { passive: true });
setInterval(() => {
  if (over || recording || sending) touched = performance.now();
  if (performance.now() - touched < IDLE * 1000) return;
  tell("timeOut");
  leave(t("timeout.title"), t("timeout"), "calm");
}, 1000);

// --- troubles ---

// trouble says what an error means, and what can be done.
async function trouble(err, again) {
  if (over) return;
  release();
  const close = button("quiet", t("close"), () => leave());
  const retry = button("primary", t("try_again"), again);
  if (err instanceof Refused && err.status === 401) {
    tell("error", { reason: "token_expired", message: t("expired.title") });
    const kept = user ? await uploads.pending(user).catch(() => []) : [];
    return stop("expired", "calm", t("expired.title"), [t("expired"), kept.length > 0 ? t("expired.kept") : ""], [close]);
  }
  if (err instanceof Refused && err.status === 403) {
    if (/not_eligible/.test(err.message)) return stop("minor", "calm", t("age.minor.title"), [t("age.minor")], [close]);
    tell("error", { reason: "forbidden", message: t("forbidden.title") });
    return stop("forbidden", "calm", t("forbidden.title"), [t("expired")], [close]);
  }
  const offline = !(err instanceof Refused);
  stop(offline ? "offline" : "trouble", "bad", t(offline ? "offline.title" : "trouble.title"), [t(offline ? "offline" : "trouble")], [retry, close]);
}

// failed says why a scan gave nothing: to the person, and to the host.
function failed(reason, heading, sentences) {
  if (over) return;
  release();
  const message = sentences.filter((s) => typeof s === "string" && s).join(" ");
  tell("error", { reason, message });
  stop("failed", "calm", heading, sentences, [button("primary", t("try_again"), prepare), button("quiet", t("close"), () => leave())]);
  say(message);
}

// --- the way ---

async function start() {
  try {
    await speak(wantedLanguage, ...navigator.languages);
    label();
    if (!token) throw new Refused(401, "no token");
    waiting(t("loading"));
    const [page, me] = await Promise.all([get("/v2/pages/settings"), get("/v2/users")]);
    settings = page;
    await speak(wantedLanguage, me.language, ...navigator.languages, page.language);
    label();
    dress(page);
    document.getElementById("test").hidden = !page.test;
    if (phase() === "recording") tell("recordingStopped"); // the page was loaded anew in between
    const kept = await uploads.pending(user);
    if (kept.length > 0) return await send(kept.at(-1), true);
    await begin(me);
  } catch (err) {
    trouble(err, start);
  }
}

async function begin(me) {
  try {
    me ??= await get("/v2/users");
    if (over) return;
    new Capture({ video: document.createElement("video") }); // the engine loads while people read
    for (let other = await welcome(); other; other = await welcome()) {
      await speak(other);
      keepLanguage(other);
      label();
    }
    if (!(await consent(settings.customer))) {
      return stop("refused", "calm", t("consent.refused.title"), [t("consent.refused")],
        [button("primary", t("back"), () => begin(me)), button("quiet", t("close"), () => leave())]);
    }
    const adult = me.adult ?? !isMinor(await age());
    if (!adult) return stop("minor", "calm", t("age.minor.title"), [t("age.minor")], [button("primary", t("close"), () => leave())]);
    if (settings.questions) await questions();
    await prepare();
  } catch (err) {
    trouble(err, () => begin());
  }
}

async function prepare() {
  if (over) return;
  release();
  try {
    const choice = await ready(await Capture.cameras().catch(() => []), deviceId);
    if (over) return;
    tell("startNewMeasurement");
    await scan(choice);
  } catch (err) {
    trouble(err, prepare);
  }
}

async function scan(choice) {
  deviceId = choice.deviceId;
  if (deviceId) remember(deviceId);
  running = new AbortController();
  const { signal } = running;
  const view = stage(prepare);
  const mine = new Capture({ video: view.video });
  capture = mine;
  try {
    await mine.open({ deviceId });
  } catch (err) {
    mine.close();
    if (signal.aborted) return;
    if (err instanceof CameraError) {
      tell("camera", { status: err.status });
      release();
      return stop("camera", "calm", t(`camera.${err.status}.title`), advice(err.status),
        [button("primary", t("try_again"), prepare), button("quiet", t("close"), () => leave())]);
    }
    return failed("engine", t("engine.title"), [t("engine")]);
  }
  if (signal.aborted) return mine.close();
  tell("camera", { status: "granted" });
  offer(await Capture.cameras(), view, (other) => {
    release();
    scan({ ...choice, deviceId: other }).catch((err) => trouble(err, prepare));
  });
  const awake = await navigator.wakeLock?.request("screen").catch(() => null);
  const wanted = settings.biomarkers;
  const outcome = await record({
    capture: mine, view, wanted, paused, signal, atRest: choice.atRest, plan: planFor(wanted, settings.test ? seconds : 0),
    tell: (stage) => {
      recording = stage === "recordingStarted";
      if (recording) enter("recording");
      tell(stage);
    },
  });
  paused.onpause = paused.onresume = null;
  awake?.release().catch(() => {});
  if (signal.aborted) return;
  if (outcome.failed) return gaveUp(outcome);
  await uploads.add({ faceScanId: outcome.faceScanId, trace: outcome.trace, user });
  release();
  if (!over) await send(outcome.faceScanId, false);
}

function gaveUp({ failed: how, code, light }) {
  switch (how) {
    case "check":
      return failed(typeof code === "number" ? "check_" + code : code, t("failed.title"), [t("failed.check"), words({ code, light }), t("failed.kept")]);
    case "lost":
      return failed("face_lost", t("failed.title"), [t("failed.lost")]);
    case "ended":
      return failed("camera_ended", t("camera.ended.title"), [t("camera.ended")]);
  }
  failed("engine", t("engine.title"), [t("engine")]);
}

// send shows how a scan gets to the server, and what comes back. older says
// that it had waited on the device.
async function send(id, older) {
  uuid = id;
  sending = true;
  const close = () => button("quiet", t("close"), () => leave());
  const busy = () => stop("sending", "wait", t("send.title"), [el("p", { class: "spin", role: "status" }, t("send.busy")), el("p", { class: "meta" }, t("send.none"))], []);
  const offline = () => stop("waiting", "wait", t("send.offline.title"), [t("send.offline")], [close()]);
  let state = "";
  const become = (next, draw) => {
    if (state === next) return;
    state = next;
    draw();
  };
  const wait = (/** @type {CustomEvent} */ { detail }) => {
    if (detail.needsToken) return;
    if (detail.error.status === 0) become("offline", offline);
    else if (detail.attempt > 1) become("offline", offline);
  };
  const back = () => become("busy", busy);
  uploads.addEventListener("waiting", wait);
  addEventListener("online", back);
  become("busy", busy);
  try {
    let mine;
    do {
      mine = (await uploads.drain(token, user)).find((s) => s.faceScanId === id);
      if (over) return;
      if (mine?.later) await new Promise((done) => setTimeout(done, LATER * 1000));
    } while (mine?.later);
    if (!mine) return arrived(await get("/v2/facescans/" + id), older); // another tab was faster
    if (mine.waiting) {
      tell("error", { reason: "token_expired", message: t("send.token.title") });
      return stop("waiting", "wait", t("send.token.title"), [t("send.token")], [close()]);
    }
    if (mine.problem) return failed("refused", t("send.refused.title"), [mine.problem.detail || t("trouble")]);
    let scan = mine.result;
    while (scan.status === "processing") scan = await get(`/v2/facescans/${id}?wait=20`);
    arrived(scan, older);
  } catch (err) {
    trouble(err, () => send(id, older));
  } finally {
    sending = false;
    uploads.removeEventListener("waiting", wait);
    removeEventListener("online", back);
  }
}

function arrived(scan, older) {
  if (over) return;
  uuid = scan.face_scan_id;
  const wanted = settings.biomarkers;
  if (!worth(scan, wanted)) {
    const reason = scan.status === "failed" ? "failed" : refusal(scan, wanted);
    return failed(reason, t("result.none.title"), [t("result.none"), ...(scan.status === "failed" ? [scan.failure ?? ""] : why(reason))]);
  }
  success = true;
  tell("faceScanSuccessful", { face_scan_id: uuid, hasResults: true }, uuid);
  result(scan, { wanted, older, again: prepare, done: () => leave() });
}

// label writes the words that stand on the page in every step.
function label() {
  for (const node of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-text]"))) node.textContent = t(node.dataset.text);
  document.getElementById("leave").setAttribute("aria-label", t("close"));
}

onClose(() => leave());
onPause(() => paused.onpause?.());
onResume(() => paused.onresume?.());
document.getElementById("leave").addEventListener("click", () => leave());
start();
