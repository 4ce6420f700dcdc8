// The page of one scan's result.
import { get, scanID } from "/assets/session.js";
import { failed, notice, pulse, result, show, trouble, waiting } from "/assets/view.js";

async function open() {
  if (!scanID) return show(notice("warn", "No scan was named", "Open the page again from your app."));
  try {
    let scan = await get(`/v2/facescans/${encodeURIComponent(scanID)}`);
    while (scan.status === "processing") {
      show(waiting("Your scan is being analysed…"));
      scan = await get(`/v2/facescans/${encodeURIComponent(scanID)}?wait=20`);
    }
    if (scan.status === "failed") return show(failed(scan));
    const parts = result(scan);
    show(...parts);
    if (scan.biomarkers.heart_rate === null) return; // no wave to show where no pulse was found
    const wave = pulse((await get(`/v2/facescans/${encodeURIComponent(scanID)}/waveform`)).pulse);
    if (wave) parts[0].append(wave);
  } catch (err) {
    show(trouble(err, () => { show(waiting("Looking for your result…")); open(); }));
  }
}

open();
