// The live pulse wave on a canvas: the last seconds, the newest at the right.

export class Wave {
  #canvas: HTMLCanvasElement;
  #context: CanvasRenderingContext2D;
  #samples: Float32Array = new Float32Array(0);
  #shown: Float32Array = new Float32Array(0); // what is drawn, moving towards samples
  #frame = 0;
  #still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d")!;
  }

  // show takes the newest samples, with a standard deviation of 1.
  show(samples: Float32Array) {
    this.#samples = samples;
    if (this.#shown.length !== samples.length || this.#still) {
      this.#shown = Float32Array.from(samples);
      this.#draw();
    } else {
      this.#frame ||= requestAnimationFrame(() => this.#move());
    }
  }

  stop() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #move() {
    let far = 0;
    this.#shown = this.#shown.map((shown, i) => {
      const step = (this.#samples[i]! - shown) * 0.25;
      far = Math.max(far, Math.abs(step));
      return shown + step;
    });
    this.#draw();
    this.#frame = far > 0.005 ? requestAnimationFrame(() => this.#move()) : 0;
  }

  #draw() {
    const { clientWidth, clientHeight } = this.#canvas;
    const scale = Math.min(devicePixelRatio || 1, 2);
    const width = Math.round(clientWidth * scale);
    const height = Math.round(clientHeight * scale);
    if (this.#canvas.width !== width || this.#canvas.height !== height) Object.assign(this.#canvas, { width, height });
    const c = this.#context;
    c.clearRect(0, 0, width, height);
    const n = this.#shown.length;
    if (n < 2) return;
    c.beginPath();
    this.#shown.forEach((v, i) => c.lineTo((i / (n - 1)) * width, height / 2 - Math.max(-2.4, Math.min(2.4, v)) * (height / 5.2)));
    c.strokeStyle = getComputedStyle(this.#canvas).color;
    c.lineWidth = 2 * scale;
    c.lineJoin = c.lineCap = "round";
    c.stroke();
  }
}
