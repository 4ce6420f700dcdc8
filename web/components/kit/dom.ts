// Makes elements without markup: text is always set as text, and no style
// attribute is written, so that nothing needs a content security policy to be loosened.
import { hyphenated, unbroken } from "./text";

export type Child = Node | string | 0 | null | undefined | false | readonly Child[];
type Props = Record<string, unknown>;

function fill<T extends Element>(node: T, props: Props, children: readonly Child[]): T {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value as EventListener);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  append(node, children);
  return node;
}

/** append adds children to an element, keeps on one line text that belongs together (also if its number is in the preceding element), and adds soft hyphens to long words. */
function append(node: Element, children: readonly Child[]) {
  for (const c of children) {
    if (!c) continue;
    if (typeof c === "string") {
      const before = node.lastChild?.textContent?.slice(-2) ?? "";
      node.append(hyphenated(unbroken(before + c).slice(before.length)));
    } else if (c instanceof Node) node.append(c);
    else append(node, c);
  }
}

/** put replaces what is in an element. */
export function put(node: Element, ...children: readonly Child[]) {
  node.replaceChildren();
  append(node, children);
}

/** el makes an HTML element; a property `onX` listens to the event X. */
export const el = <K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: readonly Child[]): HTMLElementTagNameMap[K] =>
  fill(document.createElement(tag), props, children);

/** svg makes an SVG element. */
export const svg = <K extends keyof SVGElementTagNameMap>(tag: K, props: Props = {}, ...children: readonly Child[]): SVGElementTagNameMap[K] =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);

/** n rounds a coordinate to a tenth. */
export const n = (v: number) => Math.round(10 * v) / 10;

/** picture is an SVG next to a text that says the same: it is hidden from screen readers. */
export const picture = (props: Props, ...children: readonly Child[]) => svg("svg", { "aria-hidden": "true", focusable: "false", ...props }, ...children);

/** icon is a stroked 24-unit glyph. */
export const icon = (d: string) => picture({ class: "icon", viewBox: "0 0 24 24" }, svg("path", { d }));
