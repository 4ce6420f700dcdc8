// The scan page from its first to its last step.
import { pause, Refused } from "../../components/kit/ask";
import { el } from "../../components/kit/dom";
import { configure } from "../../components/src/client";
import type { Scan, Settings, User } from "../api";
import { dress, lit } from "../brand";
import { CameraError, Capture } from "../capture/capture.js";
import { Uploads, type Waiting } from "../capture/uploads.js";
import { byId } from "../page";
import { enter, get, keepLanguage, phase, seconds, statusOf, token, user, wantedLanguage } from "../session";
import { language, speak, speakFrom, t } from "../text";
import { advice, remember, remembered } from "./camera";
import type { Outcome } from "./course";
import { onClose, onPause, onResume, tell } from "./host";
import { planFor } from "./plan";
import { offer, record, stage, words } from "./record";
import { refusal, result, why, worth } from "./result";
import { button, LONG, notice, say, waiting } from "./screen";
import { age, consent, isMinor, questions, ready, welcome, type Choice } from "./steps";

// For tests that show a single state of the page.
export { button, el, lit, notice, offer, result, stage, words };

const IDLE = 5 * 60; // s without a touch until the page closes itself
const LATER = 30; // s until a scan that was rejected through no fault of its own is sent again

const uploads = new Uploads();
const paused: { onpause: (() => void) | null; onresume: (() => void) | null } = { onpause: null, onresume: null }; // what the running scan does about it
let settings: Settings;
let capture: Capture | null = null;
let deviceId = remembered();
let uuid: string | null = null; // of the last scan
let success = false; // there is a result to fetch
let recording = false; // between recordingStarted and recordingStopped
let running = new AbortController(); // aborts the running scan
let over = false;
let sending = false;

const plan = () => planFor(settings.biomarkers, settings.test ? seconds : 0);

// --- leaving ---

function release() {
  running.abort();
  capture?.close();
  capture = null;
  lit(false);
  enter("");
}

// leave ends the page, for whatever reason. dismiss is always the last message.
function leave(heading = t("closed.title"), text = t("closed"), kind: Parameters<typeof notice>[1] = "good") {
  if (over) return;
  over = true;
  release();
  if (!success) tell("userFinished");
  tell("dismiss", { hasResults: success }, uuid);
  byId("leave").hidden = true;
  notice("closed", kind, heading, [text], []);
}

// stop is a notice; what is late does not draw over the end.
const stop = (...args: Parameters<typeof notice>) => {
  if (!over) notice(...args);
};

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
async function trouble(err: unknown, again: () => void) {
  if (over) return;
  release();
  const close = button("quiet", t("close"), () => leave());
  const retry = button("primary", t("try_again"), again);
  const status = statusOf(err);
  if (status === 401) {
    tell("error", { reason: "token_expired", message: t("expired.title") });
    const kept = user ? await uploads.pending(user).catch(() => []) : [];
    return stop("expired", "calm", t("expired.title"), [t("expired"), kept.length > 0 ? t("expired.kept") : ""], [close]);
  }
  if (status === 403) {
    if (/not_eligible/.test(String(err))) return stop("minor", "calm", t("age.minor.title"), [t("age.minor")], [close]);
    tell("error", { reason: "forbidden", message: t("forbidden.title") });
    return stop("forbidden", "calm", t("forbidden.title"), [t("expired")], [close]);
  }
  const offline = status === 0;
  stop(offline ? "offline" : "trouble", "bad", t(offline ? "offline.title" : "trouble.title"), [t(offline ? "offline" : "trouble")], [retry, close]);
}

// failed says why a scan gave no result: to the person, and to the host.
function failed(reason: string, heading: string, sentences: string[]) {
  if (over) return;
  release();
  const message = sentences.filter(Boolean).join(" ");
  tell("error", { reason, message });
  stop("failed", "calm", heading, sentences, [button("primary", t("try_again"), prepare), button("quiet", t("close"), () => leave())]);
  say(message);
}

// --- the way ---

async function start() {
  try {
    await talk(wantedLanguage, ...navigator.languages);
    if (!token) throw new Refused(401, "no token");
    waiting(t("loading"));
    const [page, me] = await Promise.all([get<Settings>("/v2/pages/settings"), get<User>("/v2/users")]);
    settings = page;
    await talk(wantedLanguage, me.language, ...navigator.languages, page.language);
    dress(page);
    if (phase() === "recording") tell("recordingStopped"); // the page was reloaded meanwhile
    const kept = await uploads.pending(user);
    if (kept.length > 0) return await send(kept.at(-1)!, true);
    await begin(me);
  } catch (err) {
    void trouble(err, start);
  }
}

async function begin(me?: User) {
  try {
    me ??= await get<User>("/v2/users");
    if (over) return;
    new Capture({ video: document.createElement("video") }); // the engine loads while people read
    const { least } = plan();
    for (let other = await welcome(least); other; other = await welcome(least)) {
      await talk(other);
      keepLanguage(other);
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
    void trouble(err, () => begin());
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
    void trouble(err, prepare);
  }
}

async function scan(choice: Choice) {
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
    scan({ ...choice, deviceId: other }).catch((err) => void trouble(err, prepare));
  });
  const awake = await navigator.wakeLock?.request("screen").catch(() => null);
  const wanted = settings.biomarkers;
  const outcome = await record({
    capture: mine, view, wanted, paused, signal, atRest: choice.atRest, plan: plan(),
    tell: (stage) => {
      recording = stage === "recordingStarted";
      if (recording) enter("recording");
      tell(stage);
    },
  });
  paused.onpause = paused.onresume = null;
  awake?.release().catch(() => {});
  if (signal.aborted) return;
  if ("failed" in outcome) return gaveUp(outcome);
  await uploads.add({ faceScanId: outcome.faceScanId, trace: outcome.trace, user });
  release();
  if (!over) await send(outcome.faceScanId, false);
}

function gaveUp({ failed: how, code = 0, light }: Extract<Outcome, { failed: string }>) {
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

// send shows how a scan is uploaded, and its result. older means that it was
// waiting on the device.
async function send(id: string, older: boolean) {
  uuid = id;
  sending = true;
  const close = () => button("quiet", t("close"), () => leave());
  const line = el("p", { class: "spin" });
  const read = (key: string) => line.isConnected && say((line.textContent = t(key)));
  const busy = () => {
    stop("sending", "wait", t("send.title"), [line, el("p", { class: "meta" }, t("send.none"))], []);
    read("send.busy");
    setTimeout(read, LONG, "send.late");
  };
  const offline = () => stop("waiting", "wait", t("send.offline.title"), [t("send.offline")], [close()]);
  let state = "";
  const become = (next: string, draw: () => void) => {
    if (state === next) return;
    state = next;
    draw();
  };
  const wait = (event: Event) => {
    const { needsToken, error, attempt } = (event as CustomEvent<Waiting>).detail;
    if (!needsToken && (error.status === 0 || attempt > 1)) become("offline", offline);
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
      if (mine?.later) await pause(LATER * 1000);
    } while (mine?.later);
    if (!mine) return arrived(await get<Scan>("/v2/facescans/" + id), older); // another tab was faster
    if (mine.waiting) {
      tell("error", { reason: "token_expired", message: t("send.token.title") });
      return stop("waiting", "wait", t("send.token.title"), [t("send.token")], [close()]);
    }
    if (mine.problem) return failed("refused", t("send.refused.title"), [mine.problem.detail || t("trouble")]);
    let scan: Scan = mine.result;
    while (scan.status === "processing") scan = await get<Scan>(`/v2/facescans/${id}?wait=20`);
    arrived(scan, older);
  } catch (err) {
    void trouble(err, () => send(id, older));
  } finally {
    sending = false;
    uploads.removeEventListener("waiting", wait);
    removeEventListener("online", back);
  }
}

function arrived(scan: Scan, older: boolean) {
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

// talk sets the language, also of the parts that are on the page in every step.
async function talk(...wanted: (string | null)[]) {
  await speak(...wanted);
  byId("leave").setAttribute("aria-label", t("close"));
  configure({ server: location.origin, token, language: language() });
}

onClose(() => leave());
onPause(() => paused.onpause?.());
onResume(() => paused.onresume?.());
byId("leave").addEventListener("click", () => leave());
speakFrom(new URL("../lang/", import.meta.url));
void start();
