// A camera for tests: it plays the film at an address by the film's own clock. The
// page gets the next frame when it and its workers have done all that they do
// about the last, so a film plays as fast as it is looked at, none of its frames
// gets lost, and everything the page decides by its frames it decides at the
// same frame each time.
(address) => {
  const media = navigator.mediaDevices;
  if (!media) return; // not a page that may have a camera
  const { Worker, VideoFrame } = globalThis;
  const ask = media.getUserMedia.bind(media);
  const shown = HTMLVideoElement.prototype.requestVideoFrameCallback;
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));

  // What a story does with the film. It stops between two frames once until() is true.
  const film = (globalThis.film = {
    time: 0, // s of it that were looked at since the camera was opened
    until: null,
    held: false, // it has stopped
    silent: false, // the page may notice that no frames come
    play(until = null) {
      film.until = until;
      film.held = film.silent = false;
    },
  });

  // Once a second, by the clock on the wall, the page looks whether a camera has stopped and whether nobody is there any more.
  // A film may take longer than that allows: while one plays, frames come and somebody is there.
  const every = globalThis.setInterval;
  globalThis.setInterval = (look, ms, ...args) => every(() => {
    if (ms !== 1000 || !playing || film.silent) look(...args);
    else dispatchEvent(new Event("pointermove"));
  }, ms);

  // --- the page's workers ---

  let sampler = null;
  let orders = 0; // messages that the page sent them
  let frame = null; // the one that is looked at: {time, seen}
  let asked = null; // by ping(): {sampler, recorder} resolve when they have answered
  globalThis.Worker = class extends Worker {
    constructor(...args) {
      super(...args);
      super.addEventListener("message", (event) => {
        const { kind, time, part } = event.data;
        if (kind === "seen" && Math.abs(time - frame?.time) < 0.01) frame.seen(); // the page may round it
        if (kind !== "stats" || !asked) return;
        event.stopImmediatePropagation(); // it was not the page that asked
        asked[part]();
      });
    }
    postMessage(message, ...more) {
      if (message.part === "sampler") sampler = this;
      orders++;
      super.postMessage(message, ...more);
    }
  };

  // ping resolves when sampler and recorder have done what they were told before: one asks the other.
  const ping = async () => {
    asked = {};
    const answers = ["sampler", "recorder"].map((part) => new Promise((done) => { asked[part] = done; }));
    Worker.prototype.postMessage.call(sampler, { kind: "stats" });
    await Promise.all(answers);
    asked = null;
    await wait(0); // so that the page has heard what it was told before
  };

  // settle resolves when page, sampler and recorder have no more to say to each other.
  async function settle() {
    for (let before = -1; before !== orders;) {
      before = orders;
      await ping();
    }
  }

  // --- the film ---

  // frames reads the film: for each frame its time in ms, width and height, and then the planes of I420.
  async function* frames(signal) {
    const reader = (await fetch(address, { signal })).body.getReader({ mode: "byob" });
    const read = async (length) => {
      let buffer = new ArrayBuffer(length);
      for (let at = 0; at < length;) {
        const { value, done } = await reader.read(new Uint8Array(buffer, at));
        if (done) throw new Error("the film broke off");
        buffer = value.buffer;
        at += value.byteLength;
      }
      return buffer;
    };
    for (;;) {
      const head = new DataView(await read(16));
      const [width, height] = [head.getUint32(8, true), head.getUint32(12, true)];
      yield { time: head.getFloat64(0, true), width, height, planes: await read((width * height * 3) / 2) };
    }
  }

  const cameras = new Map(); // by their tracks
  let playing = null; // the camera that is open
  class Camera {
    #reel;
    #stop = new AbortController();
    #begins; // ms, the first frame's time by the camera's clock: no two cameras have one
    #writer; // of the picture
    #picture; // VideoFrame that the video element shows
    #rolls = false; // for a video element without a stream of frames
    #called = true; // about the picture: the page has been

    async open(device) {
      this.#begins = 1e6 * (cameras.size + 1);
      this.#reel = frames(this.#stop.signal);
      this.track = new MediaStreamTrackGenerator({ kind: "video" });
      this.#writer = this.track.writable.getWriter();
      const first = (this.first = (await this.#reel.next()).value);
      const settings = { ...device.getSettings(), width: first.width, height: first.height, frameRate: 30 };
      const stop = this.track.stop.bind(this.track);
      Object.defineProperties(this.track, {
        label: { value: device.label },
        getSettings: { value: () => settings },
        getCapabilities: { value: () => ({}) },
        stop: { value: () => { stop(); this.#stop.abort(); if (playing === this) playing = null; } },
      });
      cameras.set(this.track, this);
      playing = this;
      film.time = 0;
      film.held = film.silent = false;
      this.#picture = this.#make(first);
      this.#show();
      return new MediaStream([this.track]);
    }

    // show keeps the video element's picture up to date, in no hurry.
    async #show() {
      while (!this.#stop.signal.aborted && !this.#rolls) {
        await this.#writer.write(this.#picture.clone()).catch(() => {});
        await wait(300);
      }
    }

    #make({ time, width, height, planes }) {
      return new VideoFrame(planes, {
        format: "I420", codedWidth: width, codedHeight: height, timestamp: 1000 * (this.#begins + time),
        colorSpace: { fullRange: true, matrix: "smpte170m", primaries: "smpte170m", transfer: "smpte170m" },
      });
    }

    // next is the next frame when the last one has been dealt with; null when the camera is closed.
    async next() {
      let coming = this.first;
      if (coming) {
        this.first = null;
      } else {
        await this.seen;
        await settle();
        while (film.until?.() && !this.#stop.signal.aborted) {
          film.held = true;
          await wait(50);
        }
        film.held = false;
        if (this.#stop.signal.aborted) return null;
        coming = await this.#reel.next().then((r) => r.value, () => null); // closed while it was read
        if (!coming) return null;
      }
      film.time = coming.time / 1000;
      this.#picture.close();
      this.#picture = this.#make(coming);
      frame = { time: this.#picture.timestamp / 1000 };
      this.seen = new Promise((done) => { frame.seen = done; });
      return this.#picture;
    }

    // stream gives a worker the frames one by one, as it asks for them.
    stream() {
      return new ReadableStream({
        pull: async (to) => {
          const picture = await this.next();
          if (picture) to.enqueue(picture);
          else to.close();
        },
      }, { highWaterMark: 0 });
    }

    // roll shows one frame after the other on the video element, which calls the page back. The element may drop a frame, as it does
    // when the stream is new to it, so each is shown again until the page has been called.
    async roll() {
      if (this.#rolls) return;
      this.#rolls = true;
      for (let picture; (picture = await this.next());) {
        this.#called = false;
        while (!this.#called && !this.#stop.signal.aborted) {
          await this.#writer.write(picture.clone()).catch(() => {});
          for (let n = 0; n < 30 && !this.#called; n++) await wait(10);
        }
      }
    }

    // calls says whether the page is to be called about a frame that the video element shows: once, and about none before it.
    calls({ captureTime, mediaTime }) {
      if (!(Math.abs((captureTime || 1000 * mediaTime) - frame?.time) < 0.01) || this.#called) return false;
      return (this.#called = true);
    }
  }

  // The browser is asked for a camera as the page asks, and may refuse one.
  media.getUserMedia = async (constraints) => {
    const stream = await ask(constraints);
    const [device] = stream.getVideoTracks();
    stream.getTracks().forEach((t) => t.stop());
    return new Camera().open(device);
  };
  globalThis.MediaStreamTrackProcessor = class {
    constructor({ track }) {
      this.readable = cameras.get(track).stream();
    }
  };
  HTMLVideoElement.prototype.requestVideoFrameCallback = function (callback) {
    const camera = cameras.get(this.srcObject.getVideoTracks()[0]);
    const look = (now, about) => (camera.calls(about) ? callback(now, about) : shown.call(this, look));
    const id = shown.call(this, look);
    camera.roll();
    return id;
  };
}
