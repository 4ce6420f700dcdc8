// The page of one scan's result.
import { el } from "../../components/kit/dom";
import { pulse, type Wave } from "../../components/kit/pulse";
import type { Scan } from "../api";
import { named } from "../catalogue";
import { base, get, scanID } from "../session";
import { t } from "../text";
import { values } from "../values";
import { badge, how, notice, open, reading, scanReport, show, trouble, waiting, when } from "./person";

// wave is a card with the pulse wave of a scan. Where no pulse was found there is none, and where no wave is kept the card goes.
function wave(scan: Scan, path: string) {
  if (scan.biomarkers?.heart_rate === null) return null;
  const place = el("div", { class: "wave" });
  const whole = el("section", { class: "card" }, el("h2", {}, t("pulse.title")), place, el("p", { class: "meta" }, t("pulse.text")));
  const gone = () => whole.remove(); // the page says enough without it
  void get<{ pulse: Wave }>(path + "/waveform").then((waves) => {
    const drawn = pulse(waves.pulse, t("pulse.text"));
    if (drawn) place.replaceWith(drawn);
    else gone();
  }, gone);
  return whole;
}

async function draw() {
  if (!scanID && !base) return show(notice("warn", t("error.unnamed"), t("error.expired.text")));
  const path = `/v2/facescans/${encodeURIComponent(scanID || "latest")}`;
  try {
    let scan = await get<Scan>(path);
    while (scan.status === "processing") {
      show(waiting(t("scan.processing")));
      scan = await get<Scan>(path + "?wait=20");
    }
    const head = el("p", { class: "when" }, el("span", {}, when(scan.created_at)), badge(scan));
    if (scan.status === "failed") return show(head, notice("bad", t("scan.failed"), t("scan.failed.text")), scanReport(scan));
    const measured = Object.values(scan.biomarkers ?? {}).some((v) => v !== null); // without a value there is no band to read
    show(head, values(scan, named, wave(scan, path)), scanReport(scan), reading(...(measured ? ["band", "estimate"] : []), "refused"), how(scan));
  } catch (err) {
    show(trouble(err, () => { show(waiting(t("loading"))); void draw(); }));
  }
}

void open(draw);
