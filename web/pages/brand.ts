// A customer's look: accents for both themes and a logo, as GET /v2/pages/settings returns them.
import { el } from "../components/kit/dom";
import type { Settings } from "./api";
import { byId } from "./page";

const system = matchMedia("(prefers-color-scheme: dark)");
let brand: Settings["brand"] | null = null;

// Where the instructions for use are: the customer's own, once it is known.
let path = "/docs/instructions-for-use";
export const instructions = () => path;

/** dress applies the look of a customer to the page, and marks test data. */
export function dress(settings: Settings) {
  brand = settings.brand;
  for (const link of document.querySelectorAll("a")) if (link.getAttribute("href") === path) link.setAttribute("href", settings.instructions_for_use);
  path = settings.instructions_for_use;
  if (brand.logo) byId("brand").replaceChildren(el("img", { class: "logo", src: brand.logo, alt: settings.customer }));
  byId("test").hidden = !settings.test;
  system.addEventListener("change", paint);
  paint();
}

/** lit turns the screen white, as a lamp for the face, or back to normal. */
export function lit(on: boolean) {
  const root = document.documentElement;
  root.classList.toggle("lit", on);
  if (on) root.dataset.theme = "light";
  else delete root.dataset.theme;
  paint();
}

function paint() {
  const root = document.documentElement;
  const look = root.dataset.theme === "light" || !system.matches ? brand?.light : brand?.dark;
  for (const name of ["accent", "accent_ink", "accent_soft"] as const) {
    const property = "--" + name.replace("_", "-");
    if (look) root.style.setProperty(property, look[name]);
    else root.style.removeProperty(property);
  }
}
