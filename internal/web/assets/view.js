// How a scan is shown: values with their uncertainty, refusals with their reason.
import { catalogue } from "./catalogue.js";

// el makes an element. Text is always set as text, never as markup.
export function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined));
  return node;
}

export function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// reasons says in plain words why a value was not given, and what helps.
const reasons = {
  no_face: ["No face was seen.", "Look at the camera with your whole face in the picture."],
  too_dark: ["It was too dark.", "Turn towards a window or a lamp."],
  too_short: ["The recording was too short.", "Sit still for a full minute."],
  unknown_timing: ["The video does not say when its frames were taken.", "Use a recording straight from the camera."],
  low_frame_rate: ["Too few pictures a second.", "Close other apps, or use more light: a camera slows down in the dark."],
  frame_gaps: ["Pictures were missing in between.", "Close other apps and try again."],
  face_too_small: ["The face was too far away.", "Come closer, about an arm's length."],
  clipped: ["The light was too bright.", "Avoid direct sun and lamps close to the face."],
  too_much_motion: ["There was too much movement.", "Rest your arms and keep your head still."],
  compressed_video: ["The video was compressed too much.", "Use the original recording, not one sent by a messenger."],
  no_pulse: ["No pulse could be seen.", "Use even light from the front and keep still."],
  signal_too_weak: ["The signal was too weak to be sure.", "More even light from the front, and stillness, help."],
  irregular_rhythm: ["The beats were irregular.", "This value has no meaning for an irregular rhythm."],
  not_measured: ["Not measured.", ""],
};

export function reasonText(reason) {
  return reasons[reason] || ["Not given.", ""];
}

const title = (name) => (catalogue[name] ? catalogue[name].title : name.replaceAll("_", " "));

// shown is the value in large: a whole number, unless that would stand outside its own interval.
function shown(e) {
  const n = Math.round(e.value);
  return e.interval && (n < e.interval[0] || n > e.interval[1]) ? exact(e.value) : String(n);
}

const exact = (v) => (Math.abs(v) >= 100 ? v.toFixed(0) : v.toFixed(1));

function uncertainty(e) {
  if (!e.interval) return "";
  return `between ${exact(e.interval[0])} and ${exact(e.interval[1])} with 90\u00a0% probability`;
}

function confidence(e) {
  const percent = Math.round(100 * e.confidence);
  const fill = el("span", {});
  fill.style.width = percent + "%";
  return el("div", { class: "confidence" },
    el("span", { class: "meter", role: "meter", "aria-label": "Confidence", "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": percent }, fill),
    `confidence ${percent}\u00a0%`);
}

function estimate(e) {
  if (e.value === null) {
    const [what, help] = reasonText(e.reason);
    return el("section", { class: "value" }, el("h3", {}, title(e.biomarker)), el("p", { class: "none" }, "Not given"),
      el("p", { class: "sure" }, what + (help ? " " + help : "")));
  }
  return el("section", { class: "value" }, el("h3", {}, title(e.biomarker)),
    el("p", {}, el("span", { class: "number" }, shown(e)), el("span", { class: "unit" }, e.unit)),
    el("p", { class: "sure" }, uncertainty(e)), confidence(e));
}

const qualities = { good: "Good recording", fair: "Fair recording", poor: "Poor recording" };

export function when(scan) {
  // The scan's own clock: the offset stands in the text, so the time is shown as it was there.
  const [, date, time] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(scan.created_at) || [];
  if (!date) return scan.created_at;
  const day = new Date(date + "T12:00:00Z").toLocaleDateString(undefined, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  return `${day}, ${time}`;
}

export function badge(scan) {
  if (scan.status === "processing") return el("span", { class: "badge" }, "Being analysed");
  if (scan.status === "failed") return el("span", { class: "badge poor" }, "Failed");
  return el("span", { class: "badge " + scan.quality_status }, qualities[scan.quality_status] || "");
}

// result shows one scan that is done.
export function result(scan) {
  const estimates = (scan.estimates || []).filter((e) => !catalogue[e.biomarker] || catalogue[e.biomarker].from_scan);
  const heart = estimates.find((e) => e.biomarker === "heart_rate");
  const rest = estimates.filter((e) => e !== heart);
  const parts = [el("div", { class: "when" }, el("span", {}, when(scan)), badge(scan))];
  if (heart && heart.value !== null) {
    parts.push(el("div", { class: "first" }, el("p", { class: "name" }, title("heart_rate")),
      el("p", {}, el("span", { class: "number" }, shown(heart)), el("span", { class: "unit" }, heart.unit)),
      el("p", { class: "sure" }, uncertainty(heart)), confidence(heart)));
  } else if (heart) {
    const [what, help] = reasonText(heart.reason);
    parts.push(el("div", { class: "first" }, el("p", { class: "name" }, title("heart_rate")), el("p", { class: "none" }, what), el("p", { class: "sure" }, help)));
  }
  const card = el("section", { class: "card" }, ...parts);
  return [card, el("div", { class: "values" }, ...rest.map(estimate)), facts(scan, heart)];
}

function facts(scan, heart) {
  const c = scan.capture || {};
  const rows = [
    ["Length", c.duration_s ? `${exact(c.duration_s)} s, ${c.frames} pictures, ${exact(c.fps)} a second` : ""],
    ["Face seen", c.frames ? `in ${Math.round(100 * c.face_share)} % of the pictures` : ""],
    ["Method", heart ? heart.method : ""],
    ["Engine", scan.engine ? scan.engine.version : ""],
    ["Scan", scan.face_scan_id],
  ].filter(([, text]) => text);
  return el("details", {}, el("summary", {}, "How this was measured"),
    el("dl", {}, ...rows.flatMap(([name, text]) => [el("dt", {}, name), el("dd", {}, text)])),
    el("p", {}, el("a", { href: scan.instructions_for_use, target: "_blank", rel: "noopener" }, "What these numbers are, and what they are not")));
}

// pulse draws up to ten seconds from the middle of the pulse wave.
export function pulse(wave) {
  const n = Math.min(wave.samples.length, Math.round(10 * wave.rate_hz));
  if (n < 2) return null;
  const from = Math.floor((wave.samples.length - n) / 2);
  const y = wave.samples.slice(from, from + n);
  const low = Math.min(...y), high = Math.max(...y);
  if (!(high > low)) return null;
  const d = y.map((v, i) => `${i ? "L" : "M"}${((1000 * i) / (n - 1)).toFixed(1)} ${(95 - (90 * (v - low)) / (high - low)).toFixed(1)}`).join("");
  return svg("svg", { class: "wave", viewBox: "0 0 1000 100", preserveAspectRatio: "none", role: "img", "aria-label": "Ten seconds of the pulse wave" }, svg("path", { d }));
}

// notice is a sentence for everything that is not a result.
export function notice(kind, head, text, again) {
  return el("section", { class: "card notice " + kind }, el("h2", {}, head), text ? el("p", {}, text) : null,
    again ? el("button", { class: "again", onclick: again }, "Try again") : null);
}

export function waiting(text) {
  return el("section", { class: "card notice" }, el("p", { class: "spin" }, text));
}

export function failed(scan) {
  return notice("bad", "This scan could not be analysed", scan.failure || "");
}

// trouble says what an error means for the person who reads it.
export function trouble(err, again) {
  switch (err.status) {
    case 401:
      return notice("warn", "This link has expired", "Open the page again from your app to get a new one.");
    case 403:
      return /not_eligible/.test(err.message)
        ? notice("warn", "This is for adults", "People under 18 may not be measured.")
        : notice("warn", "This link does not open this page", "Open the page again from your app.");
    case 404:
      return notice("warn", "There is nothing here any more", "The scan was deleted.");
    case undefined:
      return notice("bad", "No connection", "The server could not be reached. Nothing is lost.", again);
  }
  return notice("bad", "Something went wrong", err.message, again);
}

export function show(...nodes) {
  document.getElementById("state").replaceChildren(...nodes.filter(Boolean));
}
