import type { BlushScan, ScanStage } from "../types";
import { Base, reflect, spoken, upgrade } from "./base";
import { configured } from "./client";
import { el } from "../kit/dom";
import { sheet } from "./style";
import { words } from "./words";

/** Scan shows the scan page in a frame and dispatches its messages as events. */
export class Scan extends Base implements BlushScan {
  static observedAttributes = ["src", "language"];
  declare src: string | null;
  declare language: string | null;
  #root = this.attachShadow({ mode: "open" });
  #frame: HTMLIFrameElement | undefined;
  #life: AbortController | undefined;

  connectedCallback() {
    this.#root.adoptedStyleSheets = [sheet()];
    upgrade(this, "src", "language");
    this.#life = new AbortController();
    window.addEventListener("message", (e) => this.#heard(e), { signal: this.#life.signal });
    this.#open();
  }

  disconnectedCallback() {
    this.#life?.abort();
    this.#remove();
  }

  attributeChangedCallback(_: string, before: string | null, after: string | null) {
    if (this.isConnected && before !== after) this.#open();
  }

  close() {
    this.#frame?.contentWindow?.postMessage({ target: "blush-scan", kind: "close" }, new URL(this.#frame.src).origin);
  }

  #open() {
    this.#remove();
    let url: URL;
    try {
      url = new URL(this.src ?? "");
    } catch {
      return;
    }
    if (url.protocol !== "https:" && url.protocol !== "http:") return;
    const asked = this.language || configured().language;
    if (asked) url.searchParams.set("language", asked);
    const lang = spoken(asked, this.closest("[lang]")?.getAttribute("lang"), navigator.language);
    this.#frame = el("iframe", { src: url.href, part: "frame", title: words[lang]!.scan, allow: "camera; fullscreen", referrerpolicy: "no-referrer" }) as HTMLIFrameElement;
    this.#root.replaceChildren(this.#frame);
  }

  #remove() {
    this.#frame?.remove();
    this.#frame = undefined;
  }

  // Only messages from the frame itself, and from its original origin, are accepted.
  #heard(e: MessageEvent) {
    const frame = this.#frame;
    if (!frame || e.source !== frame.contentWindow || e.origin !== new URL(frame.src).origin) return;
    let m: unknown = e.data;
    if (typeof m === "string") {
      try {
        m = JSON.parse(m);
      } catch {
        return;
      }
    }
    const stage = (m as ScanStage | null)?.stage;
    if (typeof stage !== "string" || !/^[a-zA-Z]{1,40}$/.test(stage)) return;
    for (const name of ["stage", stage.replace(/[A-Z]/g, (c) => "-" + c.toLowerCase())]) {
      this.dispatchEvent(new CustomEvent("blush-" + name, { detail: m, bubbles: true, composed: true }));
    }
    if (stage === "dismiss" && this.#frame === frame) this.#remove();
  }
}
reflect(Scan, Scan.observedAttributes);
