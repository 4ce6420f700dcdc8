import { svg } from "./dom";

/** Wave is a sampled signal, as GET /v2/facescans/{id}/waveform returns it. */
export interface Wave {
  samples: number[];
  rate_hz: number;
}

/** pulse draws up to ten seconds from the middle of a pulse wave; null if there is nothing to show. */
export function pulse(wave: Wave | null | undefined, label: string) {
  const n = wave ? Math.min(wave.samples.length, Math.round(10 * wave.rate_hz)) : 0;
  if (!wave || n < 2) return null;
  const from = Math.floor((wave.samples.length - n) / 2), y = wave.samples.slice(from, from + n);
  const low = Math.min(...y), high = Math.max(...y);
  if (!(high > low)) return null;
  const d = y.map((v, i) => `${i ? "L" : "M"}${((1000 * i) / (n - 1)).toFixed(1)} ${(95 - (90 * (v - low)) / (high - low)).toFixed(1)}`).join("");
  return svg("svg", { class: "wave", viewBox: "0 0 1000 100", preserveAspectRatio: "none", role: "img", "aria-label": label }, svg("path", { d }));
}
