// A worker that runs the engine, in one of two roles (see web/wasm): the sampler
// processes frames, the recorder stores the trace and analyses it. No frame is
// kept, sent or written anywhere: a row of numbers is all that leaves the sampler.
import "./wasm_exec.js";

/** Engine is the interface of web/wasm in globalThis.blush. */
interface Engine {
  open(): number;
  expect(format: string, width: number, height: number, limited: boolean, bt709: boolean): number;
  look(pixels: Uint8Array, time: number, row: Uint8Array): void;
  state(): object;
  begin(meta: object): void;
  add(row: Uint8Array): void;
  live(): { elapsed_s: number; wave: Float32Array<ArrayBuffer> };
  standings(): object;
  finish(): Uint8Array<ArrayBuffer> | string;
}

declare const Go: new () => { importObject: WebAssembly.Imports; run(i: WebAssembly.Instance): Promise<void> }; // wasm_exec.js
declare const blush: Engine;

const page = self as unknown as Worker; // as a worker sees the page

let port: MessagePort; // between sampler and recorder
let engine: Engine;
let memory: WebAssembly.Memory; // of the engine

interface Start {
  module: WebAssembly.Module;
  port: MessagePort;
}

const start = {
  async sampler(message: Start) {
    await run(message.module);
    port = message.port;
    row = new Float64Array(engine.open());
    page.onmessage = ({ data }) => sampler[data.kind as keyof typeof sampler](data);
  },
  async recorder(message: Start) {
    await run(message.module);
    port = message.port;
    port.onmessage = ({ data }) => recorder[data.kind as keyof typeof recorder](data);
  },
};

page.onmessage = async ({ data }) => {
  await start[data.part as keyof typeof start](data);
  page.postMessage({ kind: "ready" });
};

async function run(module: WebAssembly.Module) {
  const go = new Go();
  const instance = await WebAssembly.instantiate(module, go.importObject);
  go.run(instance).catch(() => {}).then(() => page.postMessage({ kind: "failed" }));
  engine = blush;
  memory = instance.exports.mem as WebAssembly.Memory;
}

// --- the sampler ---

const CHECK_EVERY = 250; // ms of the camera's clock between states
let row: Float64Array<ArrayBuffer>; // one frame
let bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0); // the frame that is processed
let expected = ""; // the layout that the engine expects
let recording = false;
let said = -Infinity; // time of the frame for which the state was last reported
let canvas: OffscreenCanvas | undefined; // for frames whose bytes cannot be read directly
let reader: ReadableStreamDefaultReader<VideoFrame> | undefined; // of the stream of frames
let turn = Promise.resolve(); // of frames that arrive one by one
const spent: number[] = []; // ms that the last frames took
let seen = 0; // frames

const sampler = {
  // The camera's stream of frames.
  async stream({ readable }: { readable: ReadableStream<VideoFrame> }) {
    const frames = (reader = readable.getReader());
    for (;;) {
      const { value: frame, done } = await frames.read();
      if (done) return;
      await one(frame);
    }
  },
  // One frame, from a page without a stream.
  frame({ frame }: { frame: VideoFrame }) {
    turn = turn.then(() => one(frame));
  },
  // One frame as pixels, from a page without VideoFrame.
  pixels({ buffer, width, height, time }: { buffer: ArrayBuffer; width: number; height: number; time: number }) {
    const began = performance.now();
    look("RGBA", width, height, false, false, time, new Uint8Array(buffer));
    took(began);
  },
  record({ meta }: { meta: object }) {
    port.postMessage({ kind: "begin", meta });
    recording = true;
  },
  pause() {
    recording = false;
  },
  resume() {
    recording = true;
  },
  stop() {
    recording = false;
    port.postMessage({ kind: "finish" });
  },
  // A camera was closed; the next one may be another.
  close() {
    recording = false;
    reader?.cancel().catch(() => {});
    reader = undefined;
    engine.open();
    expected = "";
    said = -Infinity;
  },
  // The recorder answers after the rows that were sent to it before.
  stats() {
    port.postMessage({ kind: "stats" });
    const sorted = [...spent].sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    page.postMessage({ kind: "stats", part: "sampler", memory: memory.buffer.byteLength, frames: seen, mean: spent.reduce((a, b) => a + b, 0) / (spent.length || 1), median: at(0.5), p95: at(0.95), max: at(1) });
  },
};

// one processes a VideoFrame and closes it.
async function one(frame: VideoFrame) {
  const began = performance.now();
  try {
    await see(frame);
  } catch (err) {
    page.postMessage({ kind: "unseen", reason: String(err) });
  } finally {
    frame.close();
  }
  took(began);
}

function took(began: number) {
  seen++;
  spent.push(performance.now() - began);
  if (spent.length > 900) spent.splice(0, 300);
}

// see reads the bytes of a VideoFrame, in the camera's own layout if the engine
// knows it; rotated pictures and unknown layouts go through a canvas.
async function see(frame: VideoFrame) {
  const { width, height } = frame.visibleRect!;
  const time = frame.timestamp / 1000;
  const turned = ((frame as { rotation?: number }).rotation || 0) % 360 !== 0 || frame.displayWidth > frame.displayHeight !== width > height && width !== height;
  const layout = turned ? null : planes(frame.format, width, height);
  if (!layout) {
    const w = frame.displayWidth;
    const h = frame.displayHeight;
    if (!canvas || canvas.width !== w || canvas.height !== h) canvas = new OffscreenCanvas(w, h);
    const context = canvas.getContext("2d", { willReadFrequently: true })!;
    context.drawImage(frame, 0, 0, w, h);
    const { data } = context.getImageData(0, 0, w, h);
    look("RGBA", w, h, false, false, time, new Uint8Array(data.buffer));
    return;
  }
  const format = frame.format!.slice(0, 4).replace("RGBX", "RGBA");
  const colour: Partial<VideoColorSpace> = frame.colorSpace ?? {};
  if (bytes.length !== layout.size) bytes = new Uint8Array(layout.size);
  await frame.copyTo(bytes, { rect: frame.visibleRect!, layout: layout.planes });
  look(format, width, height, colour.fullRange === false, colour.matrix === "bt709", time, bytes);
}

// planes lays out a frame without padding; null for a format the engine does not read.
function planes(format: string | null, width: number, height: number) {
  const cw = (width + 1) >> 1;
  const luma = width * height;
  const chroma = cw * ((height + 1) >> 1);
  switch (format) {
    case "I420":
      return { size: luma + 2 * chroma, planes: [{ offset: 0, stride: width }, { offset: luma, stride: cw }, { offset: luma + chroma, stride: cw }] };
    case "NV12":
      return { size: luma + 2 * chroma, planes: [{ offset: 0, stride: width }, { offset: luma, stride: 2 * cw }] };
    case "RGBA":
    case "RGBX":
      return { size: 4 * luma, planes: [{ offset: 0, stride: 4 * width }] };
  }
  return null;
}

function look(format: string, width: number, height: number, limited: boolean, bt709: boolean, time: number, pixels: Uint8Array) {
  const key = [format, width, height, limited, bt709].join();
  if (key !== expected) {
    if (engine.expect(format, width, height, limited, bt709) !== pixels.length) throw new Error("a frame of " + key);
    expected = key;
  }
  engine.look(pixels, time, new Uint8Array(row.buffer));
  if (recording) port.postMessage({ kind: "row", row });
  page.postMessage({ kind: "seen", time });
  if (time - said >= CHECK_EVERY || time < said) {
    said = time;
    page.postMessage({ kind: "check", ...engine.state() });
  }
}

// --- the recorder ---

const LIVE_EVERY = 500; // ms of the recording between live values
const JUDGE_EVERY = 1000; // and between judgements of the whole
const JUDGE_FROM = 10; // s
let lived = -Infinity;
let judged = -Infinity;
let standings = {};

const recorder = {
  begin({ meta }: { meta: object }) {
    engine.begin(meta);
    lived = judged = -Infinity;
    standings = {};
  },
  row({ row }: { row: Float64Array<ArrayBuffer> }) {
    engine.add(new Uint8Array(row.buffer));
    const time = row[0]!;
    if (time - lived < LIVE_EVERY) return;
    lived = time;
    const live = engine.live();
    if (live.elapsed_s >= JUDGE_FROM && time - judged >= JUDGE_EVERY) {
      judged = time;
      standings = engine.standings();
    } else if (live.elapsed_s < JUDGE_FROM) {
      standings = {};
    }
    page.postMessage({ kind: "live", ...live, standings }, [live.wave.buffer]);
  },
  stats() {
    page.postMessage({ kind: "stats", part: "recorder", memory: memory.buffer.byteLength });
  },
  finish() {
    const trace = engine.finish();
    if (typeof trace === "string") return page.postMessage({ kind: "trace", error: trace });
    page.postMessage({ kind: "trace", trace, standings: engine.standings() }, [trace.buffer]);
  },
};
