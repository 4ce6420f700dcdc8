// Makes elements without markup: text is always set as text, and no style
// attribute is written, so that nothing needs a content security policy to be loosened.

type Child = Node | string | null | undefined | false;
type Props = Record<string, unknown>;

function fill(node: Element, props: Props, children: Child[]) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value as EventListener);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const c of children) if (c) node.append(c);
}

/** h makes an HTML element; a property `onX` listens to the event X. */
export function h(tag: string, props: Props = {}, ...children: Child[]): HTMLElement {
  const node = document.createElement(tag);
  fill(node, props, children);
  return node;
}

/** s makes an SVG element. */
export function s(tag: string, props: Props = {}, ...children: Child[]): SVGElement {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  fill(node, props, children);
  return node;
}

/** n rounds a coordinate to a tenth. */
export const n = (v: number) => Math.round(10 * v) / 10;

/** drawn is a picture beside whose words it stands: hidden from screen readers, which get the words. */
export const picture = (props: Props, ...children: Child[]) => s("svg", { "aria-hidden": "true", focusable: "false", ...props }, ...children);

/** icon is a stroked 24-unit glyph. */
export const icon = (d: string) => picture({ class: "icon", viewBox: "0 0 24 24" }, s("path", { d }));
