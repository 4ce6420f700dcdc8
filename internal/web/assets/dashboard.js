// The user's own page: the newest result, the heart rate over the last scans, and every scan.
import { get } from "/assets/session.js";
import { badge, el, failed, notice, result, show, svg, trouble, waiting, when } from "/assets/view.js";

const scans = [];
let more = false;
let open = null;

async function load() {
  const last = scans.at(-1);
  const page = await get("/v2/facescans?limit=20" + (last ? "&starting_after=" + last.face_scan_id : ""));
  scans.push(...page.data);
  more = page.has_more;
}

// trend draws the heart rate of the loaded scans with its interval, oldest on the left.
function trend() {
  const points = scans
    .filter((s) => s.status === "done")
    .map((s) => ({ at: new Date(s.created_at).getTime(), e: (s.estimates || []).find((e) => e.biomarker === "heart_rate") }))
    .filter((p) => p.e && p.e.value !== null && p.e.interval)
    .reverse();
  if (points.length < 2) return null;
  const low = Math.min(...points.map((p) => p.e.interval[0])) - 2;
  const high = Math.max(...points.map((p) => p.e.interval[1])) + 2;
  const span = points.at(-1).at - points[0].at || 1;
  const x = (p) => (20 + (960 * (p.at - points[0].at)) / span).toFixed(1);
  const y = (v) => (145 - (140 * (v - low)) / (high - low)).toFixed(1);
  const chart = svg("svg", { class: "trend", viewBox: "0 0 1000 150", preserveAspectRatio: "none", role: "img", "aria-label": "Heart rate over your scans" },
    svg("path", { class: "line", d: points.map((p, i) => `${i ? "L" : "M"}${x(p)} ${y(p.e.value)}`).join("") }));
  for (const p of points) {
    chart.append(svg("path", { class: "band", d: `M${x(p)} ${y(p.e.interval[0])}V${y(p.e.interval[1])}` }),
      svg("path", { class: "dot", d: `M${x(p)} ${y(p.e.value)}h0.01` }));
  }
  const day = (t) => new Date(t).toLocaleDateString(undefined, { day: "numeric", month: "short" });
  return el("section", { class: "card" }, el("h2", {}, "Heart rate"),
    el("p", { class: "meta" }, `${Math.round(low)}–${Math.round(high)} bpm; the bars hold the truth with 90\u00a0% probability`), chart,
    el("div", { class: "axis" }, el("span", {}, day(points[0].at)), el("span", {}, day(points.at(-1).at))));
}

function row(scan) {
  const rate = scan.biomarkers && scan.biomarkers.heart_rate;
  return el("li", {}, el("button", { "aria-current": scan === open ? "true" : "false", onclick: () => { open = scan; draw(); scrollTo({ top: 0 }); } },
    el("span", {}, when(scan)), el("span", { class: "rate" }, rate === null || rate === undefined ? "–" : `${rate} bpm`), badge(scan)));
}

function draw() {
  if (scans.length === 0) return show(notice("", "No scans yet", "Your scans will be listed here."));
  const top = open.status === "done" ? result(open) : open.status === "failed" ? [failed(open)] : [waiting("This scan is being analysed…")];
  show(...top, trend(), el("section", { class: "card" }, el("h2", {}, "All scans"), el("ul", { class: "scans" }, ...scans.map(row)),
    more ? el("button", { class: "more", onclick: () => run(load) }, "Show more") : null));
}

async function run(step) {
  try {
    await step();
    open = open || scans[0] || null;
    draw();
    await settle();
  } catch (err) {
    show(trouble(err, () => run(step)));
  }
}

// settle waits for the scans that are still being analysed.
async function settle() {
  for (const [i, scan] of scans.entries()) {
    if (scan.status !== "processing") continue;
    const now = await get(`/v2/facescans/${scan.face_scan_id}?wait=20`);
    if (scan === open) open = now;
    scans[i] = now;
    draw();
  }
}

run(load);
