// What every widget has in common: its attributes, how it loads, and how it
// looks while there is nothing to show.

import type { Envelope, TokenProvider, WidgetState } from "../types";
import { Refused } from "../kit/ask";
import { el, type Child } from "../kit/dom";
import { choose } from "../kit/text";
import { ask, configured, onConfigure } from "./client";
import { sheet } from "./style";
import { words, type Words } from "./words";

const home = () => {
  try {
    return new URL(import.meta.url).origin;
  } catch {
    return location.origin;
  }
};

/** reflect gives a class a property for each attribute: `face-scan-id` is `faceScanId`. */
export function reflect(c: CustomElementConstructor, attributes: string[]) {
  for (const a of attributes) {
    Object.defineProperty(c.prototype, a.replace(/-./g, (x) => x[1]!.toUpperCase()), {
      get(this: Element) { return this.getAttribute(a); },
      set(this: Element, v: string | null) { v === null || v === undefined ? this.removeAttribute(a) : this.setAttribute(a, String(v)); },
      configurable: true,
      enumerable: true,
    });
  }
}

/** upgrade applies properties that were set before the element was defined. */
export function upgrade(element: HTMLElement, ...properties: string[]) {
  for (const p of properties) {
    if (Object.hasOwn(element, p)) {
      const v = (element as unknown as Record<string, unknown>)[p];
      delete (element as unknown as Record<string, unknown>)[p];
      (element as unknown as Record<string, unknown>)[p] = v;
    }
  }
}

/** Base is the class that elements extend. Without a DOM (Node, an edge server) the module can be imported too, and defines no elements. */
export const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

/** spoken returns the first of some language tags whose language the elements have, or English. */
export const spoken = (...tags: (string | null | undefined)[]) => choose(words, ...tags);

export const common = ["server", "token", "language"];

/** Widget loads the JSON of one widget and draws it in a shadow root. */
export abstract class Widget<D extends { name?: string }> extends Base {
  /** Name of the widget in the address /v2/widgets/{name}. */
  abstract readonly widget: string;
  state: WidgetState = "loading";
  #root = this.attachShadow({ mode: "open" });
  #provider: TokenProvider | undefined;
  #given: Envelope<D> | undefined;
  #got: Envelope<D> | undefined;
  #failure: Refused | undefined;
  #asking: AbortController | undefined;
  #life: AbortController | undefined;
  #due = false;

  /** attributes of the request, those without a value left out. */
  abstract query(): Record<string, string | null>;
  /** draw returns the state of the data and what to show. */
  abstract draw(d: D, w: Words): [WidgetState, ...Child[]];

  get tokenProvider() { return this.#provider; }
  set tokenProvider(p: TokenProvider | undefined) {
    this.#provider = p;
    this.reload();
  }

  /** The widget's JSON: loaded by the element, or set by the page, in which case the element loads nothing. */
  get data() { return this.#given ?? this.#got; }
  set data(d: Envelope<D> | undefined) {
    this.#given = d;
    this.reload();
  }

  connectedCallback() {
    this.#root.adoptedStyleSheets = [sheet()];
    upgrade(this, "data", "tokenProvider", ...((this.constructor as unknown as { observedAttributes: string[] }).observedAttributes));
    this.#life = new AbortController();
    onConfigure(() => this.reload(), this.#life.signal);
    this.reload();
  }

  disconnectedCallback() {
    this.#life?.abort();
    this.#asking?.abort();
    this.#got = undefined;
  }

  attributeChangedCallback(_: string, before: string | null, after: string | null) {
    if (before !== after) this.reload();
  }

  /** shown is the language of the element: its own, the configured one, the page's, the browser's. */
  get shown(): string {
    return spoken(this.getAttribute("language"), configured().language, this.closest("[lang]")?.getAttribute("lang"), navigator.language);
  }

  /** reload requests the data again, once for all changes in this turn. */
  reload() {
    if (this.#due || !this.isConnected) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      if (this.isConnected) void this.#load();
    });
  }

  async #load() {
    this.#asking?.abort();
    if (this.#given) return this.#show();
    const asking = (this.#asking = new AbortController());
    const shared = configured();
    const server = this.getAttribute("server") ?? shared.server;
    const token = this.getAttribute("token") ?? shared.token ?? "", provider = this.#provider ?? shared.tokenProvider;
    // An element waits until it has a token, a provider or a server.
    if (!token && !provider && server === undefined) return this.#show();
    const url = new URL((server ?? home()).replace(/\/$/, "") + "/v2/widgets/" + this.widget, location.href);
    url.searchParams.set("language", this.shown);
    for (const [k, v] of Object.entries(this.query())) if (v) url.searchParams.set(k, v);
    this.#failure = undefined;
    if (!this.#got) this.#show();
    try {
      this.#got = (await ask(url.href, token, provider, asking.signal)) as Envelope<D>;
      this.#tell("blush-load", this.#got);
    } catch (err) {
      if (asking.signal.aborted) return;
      this.#failure = err instanceof Refused ? err : new Refused(0, String(err));
      this.#got = undefined;
      this.#tell("blush-error", { status: this.#failure.status, message: this.#failure.message });
    }
    this.#show();
  }

  #tell(name: string, detail: unknown) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  /** redraw shows the same data again after its size changed. */
  protected redraw() {
    if (this.data) this.#show();
  }

  #show() {
    const w = words[this.shown]!, got = this.data;
    const small = this.getAttribute("variation") === "small" && got && !this.#failure;
    let nodes: Child[], name = "";
    if (this.#failure) {
      this.state = "error";
      const status = this.#failure.status;
      const text = status === 0 ? w.network : status === 401 ? w.expired : status === 404 ? w.gone : status === 422 && this.#failure.message ? this.#failure.message : w.wrong;
      nodes = [el("p", { role: "alert" }, text), el("button", { type: "button", part: "button", onclick: () => this.reload() }, w.again)];
    } else if (!got) {
      this.state = "loading";
      nodes = [el("span", { class: "hush" }, w.loading), ...["w6", "tall", "w4"].map((b) => el("span", { class: "bone " + b }))];
    } else {
      const [state, ...drawn] = this.draw(got.data, w);
      this.state = state;
      name = got.data.name ?? "";
      nodes = drawn;
    }
    const open = [...this.#root.querySelectorAll("details")].map((d) => d.open);
    this.#root.replaceChildren(
      el("section", { class: small ? "card small" : "card", part: "card", lang: this.shown, "aria-label": name || null, "aria-busy": String(this.state === "loading"), "data-state": this.state }, nodes),
    );
    this.#root.querySelectorAll("details").forEach((d, i) => (d.open = open[i] ?? false));
  }
}
