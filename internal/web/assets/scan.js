// The scan page: the state of this user's newest scan, and its result once it is there.
import { get } from "./session.js";
import { failed, notice, pulse, result, show, trouble, waiting } from "./view.js";

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function follow() {
  try {
    let list = await get("/v2/facescans?limit=1");
    while (list.data.length === 0) {
      show(notice("", "No scan yet", "This page shows your scan as soon as it has been sent. You can leave it open."));
      await pause(3000);
      list = await get("/v2/facescans?limit=1");
    }
    let scan = list.data[0];
    while (scan.status === "processing") {
      show(waiting("Your scan has arrived and is being analysed. This takes a few seconds…"));
      scan = await get(`/v2/facescans/${scan.face_scan_id}?wait=20`);
    }
    if (scan.status === "failed") return show(failed(scan));
    const parts = result(scan);
    show(...parts);
    if (scan.biomarkers.heart_rate === null) return; // no wave to show where no pulse was found
    const wave = pulse((await get(`/v2/facescans/${scan.face_scan_id}/waveform`)).pulse);
    if (wave) parts[0].append(wave);
  } catch (err) {
    show(trouble(err, () => { show(waiting("Looking for your scan…")); follow(); }));
  }
}

follow();
