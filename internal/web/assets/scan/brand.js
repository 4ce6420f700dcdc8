// A customer's look: accents for both themes and a logo, as GET /v2/pages/settings gives them.
import { el } from "./screen.js";

const system = matchMedia("(prefers-color-scheme: dark)");
let brand = null;

// dress puts the page into the look of a customer.
export function dress(settings) {
  brand = settings.brand;
  const place = document.getElementById("brand");
  if (brand.logo) place.replaceChildren(el("img", { class: "logo", src: brand.logo, alt: settings.customer }));
  system.addEventListener("change", paint);
  paint();
}

// lit turns the screen white, as a lamp for the face, or back.
export function lit(on) {
  const root = document.documentElement;
  root.classList.toggle("lit", on);
  if (on) root.dataset.theme = "light";
  else delete root.dataset.theme;
  paint();
}

function paint() {
  const root = document.documentElement;
  const look = root.dataset.theme === "light" || !system.matches ? brand?.light : brand?.dark;
  for (const name of ["accent", "accent_ink", "accent_soft"]) {
    const property = "--" + name.replace("_", "-");
    if (look) root.style.setProperty(property, look[name]);
    else root.style.removeProperty(property);
  }
}
