// The page of one scan's result.
import { base, get, scanID } from "../session.js";
import { badge, chooser, dress, el, how, notice, reading, show, speak, svg, t, trouble, values, waiting, when } from "./person.js";

const rest = ["respiratory_rate", "heart_rate_variability", "rmssd", "resonant_breathing_score"];

async function open() {
  if (!scanID && !base) return show(notice("warn", t("error.unnamed"), t("error.expired.text")));
  const path = `/v2/facescans/${encodeURIComponent(scanID || "latest")}`;
  try {
    let scan = await get(path);
    while (scan.status === "processing") {
      show(waiting(t("scan.processing")));
      scan = await get(path + "?wait=20");
    }
    const head = el("p", { class: "when" }, el("span", {}, when(scan.created_at)), badge(scan));
    if (scan.status === "failed") return show(head, notice("bad", t("scan.failed"), t("scan.failed.text")));
    const wave = el("div", {});
    show(head, values(scan, "heart_rate", ...rest), wave, reading("band", "estimate", "refused"), how(scan));
    if (scan.biomarkers.heart_rate === null) return; // no wave to show where no pulse was found
    const waves = await get(path + "/waveform").catch(() => null); // the page says enough without it
    const drawn = waves && pulse(waves.pulse);
    if (drawn) wave.replaceWith(el("section", { class: "card" }, el("h2", {}, t("pulse.title")), drawn, el("p", { class: "meta" }, t("pulse.text"))));
  } catch (err) {
    show(trouble(err, () => { show(waiting(t("loading"))); open(); }));
  }
}

// pulse draws up to ten seconds from the middle of the pulse wave.
function pulse(wave) {
  const n = Math.min(wave.samples.length, Math.round(10 * wave.rate_hz));
  if (n < 2) return null;
  const from = Math.floor((wave.samples.length - n) / 2);
  const y = wave.samples.slice(from, from + n);
  const low = Math.min(...y), high = Math.max(...y);
  if (!(high > low)) return null;
  const d = y.map((v, i) => `${i ? "L" : "M"}${((1000 * i) / (n - 1)).toFixed(1)} ${(95 - (90 * (v - low)) / (high - low)).toFixed(1)}`).join("");
  return svg("svg", { class: "wave", viewBox: "0 0 1000 100", preserveAspectRatio: "none", role: "img", "aria-label": t("pulse.text") }, svg("path", { d }));
}

await speak();
void dress().catch(() => {}); // without it the page looks as ours
chooser(open);
open();
