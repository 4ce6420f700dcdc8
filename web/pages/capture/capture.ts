// The camera and the engine behind it. The output is a trace:
// the mean colours of patches of skin over time (docs/traces.md). Pictures stay
// in the two workers' memory for the time of one frame.
import type { CameraStatus as Status } from "../../components/types";
import { scanSeconds } from "../catalogue";

// CameraError says why there is no picture, as in the messages to the host.
export type CameraStatus = Exclude<Status, "granted">;

export class CameraError extends Error {
  constructor(readonly status: CameraStatus, cause?: unknown) {
    super("camera: " + status, { cause });
    this.name = "CameraError";
  }
}

/** Check is what the engine finds in the picture: a code of package check, and ok when a scan may begin. */
export interface Check {
  ok: boolean;
  code: number | string;
  light?: number; // 0..255, of the face
}

/** Live is what is known of a recording while it runs. */
export interface Live {
  elapsed_s: number;
  wave: Float32Array;
  heart_rate: number | null; // bpm
  confidence: number;
  begun: boolean;
  wanted: Record<string, number>; // how close each wanted biomarker is to being accepted, 0..1
  accepted: boolean; // the engine would accept all of them
  enough: boolean; // and the recording is long enough for each
  reason: string | null;
}

/** Recording is a finished recording. */
export interface Recording {
  trace: Uint8Array<ArrayBuffer>; // gzip of a trace, docs/traces.md
  faceScanId: string;
  summary: { estimates: Standings };
}

type Standings = Record<string, { share: number; reason?: string } | undefined>;
type Picture = Pick<VideoFrameCallbackMetadata, "captureTime" | "mediaTime">;
type Workers = { sampler: Worker; recorder: Worker };
type Stats = Record<"sampler" | "recorder", object>;

const WANTED = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
const LOST_AFTER = 1000; // ms without a face
const SETTLED = 2000; // ms with a face until exposure and white balance are held
const JUMP = 1000; // ms that the clock moves by one frame, at most
const SILENT = 10; // s without a frame until a camera is called silent

// compiled once for each page, however many captures it makes.
let compiled: Promise<WebAssembly.Module> | undefined;
function compile() {
  compiled ??= fetch(new URL("./engine.wasm", import.meta.url), { credentials: "omit" }).then(async (answer) => {
    if (!answer.ok) throw new Error("engine: " + answer.status);
    if (WebAssembly.compileStreaming) return WebAssembly.compileStreaming(answer);
    return WebAssembly.compile(await answer.arrayBuffer());
  });
  compiled.catch(() => { compiled = undefined; }); // the network may come back
  return compiled;
}

// workers are the two workers, one pair for each page. The capture with an open camera uses them.
let workers: Promise<Workers> | undefined;
function startWorkers() {
  workers ??= compile().then(async (module) => {
    const { port1, port2 } = new MessageChannel();
    const [sampler, recorder] = await Promise.all([startWorker("sampler", module, port1), startWorker("recorder", module, port2)]);
    return { sampler, recorder };
  });
  workers.catch(() => { workers = undefined; });
  return workers;
}

function stopWorkers() {
  workers?.then(({ sampler, recorder }) => [sampler, recorder].forEach((w) => w.terminate())).catch(() => {});
  workers = undefined;
}

function startWorker(part: string, module: WebAssembly.Module, port: MessagePort) {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "blush " + part });
  return new Promise<Worker>((done, fail) => {
    worker.onmessage = ({ data }) => (data.kind === "ready" ? done(worker) : fail(new Error("engine: " + data.kind)));
    worker.onerror = (event) => fail(new Error("engine: " + event.message));
    worker.postMessage({ part, module, port }, [port]);
  });
}

export class Capture extends EventTarget {
  // cameras lists the available cameras; labels are empty until the user has allowed one.
  static async cameras() {
    const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    return devices.filter((d) => d.kind === "videoinput").map(({ deviceId, label }) => ({ deviceId, label }));
  }

  static #onAir: Capture | null = null; // the capture with a camera

  ready: Promise<void>; // the engine is loaded
  #video: HTMLVideoElement;
  #sampler!: Worker;
  #recorder!: Worker;
  #stream: MediaStream | null = null;
  #track: MediaStreamTrack | null = null;
  #busy = 0; // frames at the sampler that were sent as pixels
  #next = 0; // callback for the next video frame
  #recording: { faceScanId: string; wanted: string[] } | null = null; // { faceScanId, wanted } of the recording
  #stopped: { done(r: Recording): void; fail(err: Error): void } | null = null; // resolves stop()
  #time = 0; // ms, the clock: see time
  #last: number | null = null; // ms, when the last frame was taken, by the camera's clock
  #silent = 0; // s without a frame
  #watch: ReturnType<typeof setInterval> | undefined; // the interval that counts them
  #faceAt = 0; // time when there was a face
  #faceSince: number | null = null;
  #lost = false;
  #held = false; // exposure and white balance
  #asked: (Partial<Stats> & { done(s: Stats): void }) | null = null; // resolves stats()

  // video is the element that shows the camera's picture.
  constructor({ video }: { video: HTMLVideoElement }) {
    super();
    this.#video = video;
    this.ready = this.#start();
    this.ready.catch(() => {});
  }

  async #start() {
    ({ sampler: this.#sampler, recorder: this.#recorder } = await startWorkers());
  }

  // time is the clock of everything that waits for the picture: ms since the
  // camera's first frame, by the times of the frames that the engine has processed.
  // It stops while there are none.
  get time() {
    return this.#time;
  }

  // open requests a camera and starts to process its frames. Events report what is seen: "frame" after each, "check",
  // "lost" and "found" of the face, "live" of a recording; and what goes wrong: "silent" every 10 s without a
  // frame, "ended", "failed".
  async open({ deviceId }: { deviceId?: string } = {}) {
    if (!navigator.mediaDevices?.getUserMedia) throw new CameraError("no_camera");
    this.close();
    if (!workers) { // the last pair failed
      this.ready = this.#start();
      this.ready.catch(() => {});
    }
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: deviceId ? { ...WANTED, deviceId: { exact: deviceId } } : { ...WANTED, facingMode: "user" },
      });
    } catch (err) {
      throw new CameraError(statusOf(err), err);
    }
    await this.ready.catch((err) => {
      stream.getTracks().forEach((t) => t.stop());
      throw err;
    });
    Capture.#onAir?.close();
    Capture.#onAir = this;
    this.#sampler.onmessage = this.#recorder.onmessage = ({ data }) => {
      if (Capture.#onAir) Capture.#onAir.#handle(data);
    };
    this.#stream = stream;
    const track = stream.getVideoTracks()[0]!;
    this.#track = track;
    track.addEventListener("ended", () => this.#track === track && this.#emit("ended"));
    this.#video.muted = true;
    this.#video.playsInline = true;
    this.#video.srcObject = stream;
    await this.#video.play().catch(() => {}); // paused by the browser: it plays once the page is shown
    this.#time = this.#faceAt = this.#silent = 0;
    this.#last = this.#faceSince = null;
    this.#lost = this.#held = false;
    // Nothing else notices when frames stop coming. A hidden page gets none, and time asleep does not count.
    this.#watch = setInterval(() => {
      if (!document.hidden && ++this.#silent % SILENT === 0) this.#emit("silent");
    }, 1000);
    if (globalThis.MediaStreamTrackProcessor) {
      const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: 2 });
      this.#sampler.postMessage({ kind: "stream", readable }, [readable]);
    } else {
      this.#read();
    }
    const { width = this.#video.videoWidth, height = this.#video.videoHeight, frameRate = 0 } = track.getSettings();
    return { width, height, fps: frameRate, label: track.label };
  }

  // read sends the pictures of the video element to the sampler, one by one, in their
  // own layout if there is VideoFrame, and through a canvas otherwise. A frame
  // that arrives while two are waiting is dropped.
  #read() {
    const video = this.#video;
    const canvas = globalThis.VideoFrame ? null : document.createElement("canvas");
    const context = canvas?.getContext("2d", { willReadFrequently: true });
    const track = this.#track;
    const frame = (now: number, about: Picture) => {
      if (this.#track !== track) return;
      this.#next = next();
      const { videoWidth: width, videoHeight: height } = video;
      if (this.#busy > 1 || !width || !height) return;
      const time = timeOf(now, about);
      if (!canvas) {
        const picture = new VideoFrame(video, { timestamp: Math.round(1000 * time) });
        this.#busy++;
        this.#sampler.postMessage({ kind: "frame", frame: picture }, [picture]);
        return;
      }
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      context!.drawImage(video, 0, 0);
      const { buffer } = context!.getImageData(0, 0, width, height).data;
      this.#busy++;
      this.#sampler.postMessage({ kind: "pixels", buffer, width, height, time }, [buffer]);
    };
    const next = () => video.requestVideoFrameCallback(frame);
    this.#next = next();
  }

  // record starts a recording: a new trace, with its own id. atRest says
  // whether the person has rested for some minutes; wanted names the biomarkers
  // that the recording must be long enough for.
  record({ atRest = null, wanted = Object.keys(scanSeconds) }: { atRest?: boolean | null; wanted?: string[] } = {}) {
    if (!this.#track) throw new Error("no camera is open");
    const { width, height } = this.#track.getSettings();
    const meta = {
      faceScanId: crypto.randomUUID(),
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      atRest,
      camera: this.#track.label,
      userAgent: navigator.userAgent,
      width: width ?? this.#video.videoWidth,
      height: height ?? this.#video.videoHeight,
    };
    this.#recording = { faceScanId: meta.faceScanId, wanted };
    this.#sampler.postMessage({ kind: "record", meta });
    return meta.faceScanId;
  }

  pause() {
    this.#sampler.postMessage({ kind: "pause" });
  }

  resume() {
    this.#sampler.postMessage({ kind: "resume" });
  }

  // stop ends the recording; the camera stays open.
  stop() {
    if (!this.#recording) return Promise.reject(new Error("nothing is recorded"));
    return new Promise<Recording>((done, fail) => {
      this.#stopped = { done, fail };
      this.#sampler.postMessage({ kind: "stop" });
    });
  }

  // stats says how long the last frames took, in ms, and what memory the engine
  // has in bytes: {sampler: {frames, mean, median, p95, max, memory}, recorder: {memory}}.
  stats() {
    return new Promise<Stats>((done) => {
      this.#asked = { done };
      this.#sampler.postMessage({ kind: "stats" });
    });
  }

  // close releases the camera and ends a recording without a trace.
  close() {
    if (!this.#track) return;
    if (this.#next) this.#video.cancelVideoFrameCallback?.(this.#next);
    this.#next = this.#busy = 0;
    clearInterval(this.#watch);
    this.#track = null;
    this.#stream?.getTracks().forEach((t) => t.stop());
    this.#stream = null;
    this.#video.srcObject = null;
    this.#recording = null;
    this.#stopped?.fail(new Error("the camera was closed"));
    this.#stopped = null;
    this.#sampler.postMessage({ kind: "close" });
    if (Capture.#onAir === this) Capture.#onAir = null;
  }

  #emit(name: string, detail?: unknown) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #handle(data: any) {
    switch (data.kind) {
      case "check":
        if (this.#track) this.#check(data);
        break;
      case "live":
        if (this.#recording) this.#emit("live", live(data, this.#recording.wanted));
        break;
      case "trace": {
        const faceScanId = this.#recording?.faceScanId ?? "";
        const waiting = this.#stopped;
        this.#recording = this.#stopped = null;
        if (data.error) waiting?.fail(new Error(data.error));
        else waiting?.done({ trace: data.trace, faceScanId, summary: { estimates: data.standings } });
        break;
      }
      case "seen":
        this.#busy = Math.max(0, this.#busy - 1);
        if (this.#track) this.#tick(data.time);
        break;
      case "stats":
        if (!this.#asked) break;
        this.#asked[data.part as keyof Stats] = data;
        if (this.#asked.sampler && this.#asked.recorder) this.#asked.done({ sampler: this.#asked.sampler, recorder: this.#asked.recorder });
        break;
      case "failed":
        stopWorkers();
        this.#emit("failed", { reason: "the engine stopped" });
        break;
      case "unseen":
        this.#emit("failed", { reason: data.reason });
    }
  }

  // tick moves the clock to a frame's time. If the camera's own clock jumps, it moves by a second at most, and never back.
  #tick(time: number) {
    if (this.#last !== null) this.#time += Math.min(Math.max(time - this.#last, 0), JUMP);
    this.#last = time;
    this.#silent = 0;
    this.#emit("frame");
  }

  #check({ kind, face, ...state }: Check & { kind: string; face: boolean }) {
    const now = this.#time;
    if (face) {
      this.#faceAt = now;
      this.#faceSince ??= now;
      if (this.#lost) {
        this.#lost = false;
        this.#emit("found");
      }
      if (!this.#held && now - this.#faceSince > SETTLED) this.#hold(true);
    } else {
      this.#faceSince = null;
      if (!this.#lost && now - this.#faceAt > LOST_AFTER) {
        this.#lost = true;
        this.#emit("lost");
      }
    }
    // The light changed after the camera was locked and before the recording: let it adapt once more.
    if (this.#held && !this.#recording && state.code === 6) {
      this.#hold(false);
      this.#faceSince = now;
    }
    this.#emit("check", state);
  }

  // hold locks exposure and white balance, if the browser can.
  async #hold(on: boolean) {
    this.#held = on;
    const track = this.#track;
    if (!track) return;
    const can = (track.getCapabilities?.() ?? {}) as Record<string, unknown>;
    const mode = on ? "manual" : "continuous";
    for (const name of ["exposureMode", "whiteBalanceMode"]) {
      const modes = can[name];
      if (Array.isArray(modes) && modes.includes(mode)) await track.applyConstraints({ advanced: [{ [name]: mode } as MediaTrackConstraintSet] }).catch(() => {});
    }
  }
}

// live converts the recorder's state to what the page shows.
function live({ elapsed_s, wave, heart_rate, confidence, begun, standings }: Omit<Live, "wanted"> & { standings: Standings }, names: string[]): Live {
  const wanted: Live["wanted"] = {};
  let reason: string | null = null;
  let accepted = true; // the engine would accept all of them
  let enough = true; // and the recording is long enough for each
  for (const name of names) {
    const s = standings[name];
    wanted[name] = s?.share ?? 0;
    if (!s || s.reason) accepted = false;
    if (!accepted || !s || s.share < 1) enough = false;
    if (s?.reason && !reason) reason = s.reason;
  }
  return { elapsed_s, wave, heart_rate, confidence, begun, wanted, accepted, enough, reason };
}

// timeOf is when a frame was taken, in ms: by the camera's clock if the browser has it.
function timeOf(now: number, about: Picture) {
  if (about.captureTime) return about.captureTime;
  if (about.mediaTime) return about.mediaTime * 1000;
  return now;
}

function statusOf(err: unknown): CameraStatus {
  switch ((err as DOMException).name) {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotReadableError":
    case "AbortError":
      return "in_use";
  }
  return "no_camera";
}
