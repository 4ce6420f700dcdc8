import { el as make, type Child } from "../kit/dom";
import { unbroken } from "../kit/unbroken";

const kept = (c: Child): Child => (typeof c === "string" ? unbroken(c) : Array.isArray(c) ? c.map(kept) : c);

/** el makes an HTML element. No line of its texts ends between a number and its unit. */
export const el: typeof make = (tag, props = {}, ...children) => make(tag, props, ...children.map(kept));
