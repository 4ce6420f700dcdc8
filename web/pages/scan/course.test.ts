import assert from "node:assert/strict";
import test from "node:test";
import type { Check, Live, Recording } from "../capture/capture";
import { Course, instruction, type Action, type Event } from "./course";

const plan = { least: 30, longest: 60, check: 60, lost: 20 };
const good: Check = { ok: true, code: 0 };
const far: Check = { ok: false, code: 2 };
const recording = { faceScanId: "1", trace: new Uint8Array(0), summary: { estimates: {} } } as Recording;
const live = (elapsed_s: number, accepted = false, wanted = 0): Live =>
  ({ elapsed_s, accepted, wanted: { heart_rate: wanted }, wave: new Float32Array(0), heart_rate: null, confidence: 0, begun: true, enough: false, reason: null });

// scan is a course with its own clock, in ms.
function scan() {
  const course = new Course(plan, 0);
  const s = {
    course,
    now: 0,
    handle: (event: Event) => course.handle(event, s.now),
    check: (check: Check) => s.handle({ kind: "check", check }),
    live: (elapsed: number, accepted = false, wanted = 0) => s.handle({ kind: "live", live: live(elapsed, accepted, wanted) }),
    // pass advances the time, with a frame and a check every 100 ms, and returns the actions.
    pass(ms: number, check?: Check) {
      const done: Action[] = [];
      for (const end = s.now + ms; s.now < end; ) {
        s.now += 100;
        if (check) done.push(...s.check(check));
        done.push(...s.handle({ kind: "frame" }));
      }
      return done;
    },
    // recording goes on until the recording begins.
    recording() {
      s.pass(1300, good);
      s.pass(3000, good);
      assert.equal(course.state, "recording");
      return s;
    },
  };
  return s;
}

const kinds = (actions: Action[]) => actions.map((a) => a.do);
const keys = (actions: Action[]) => actions.flatMap((a) => (a.do === "instruct" ? [a.key] : []));
const outcome = (actions: Action[]) => actions.flatMap((a) => (a.do === "finish" ? [a.outcome] : []))[0];

test("a good picture is counted down and recorded until all values are accepted", () => {
  const s = scan();
  assert.deepEqual(keys(s.pass(1200, good)), ["scan.good"]);
  assert.equal(s.course.state, "looking");
  assert.deepEqual(kinds(s.pass(100, good)), ["count"]);
  assert.equal(s.course.state, "counting");
  assert.equal(s.course.counted, 3);
  assert.deepEqual(s.pass(2900, good), [{ do: "count", n: 2 }, { do: "count", n: 1 }]);
  assert.deepEqual(s.pass(100, good), [{ do: "begin" }, { do: "instruct", key: "scan.recording" }]);
  assert.equal(s.course.counted, 0);
  assert.ok(s.course.begun);
  assert.deepEqual(s.live(29.9, true), []);
  assert.deepEqual(s.live(30, true), [{ do: "end" }, { do: "instruct", key: "scan.ending" }]);
  assert.deepEqual(s.handle({ kind: "recorded", recording }), [{ do: "finish", outcome: recording }]);
  assert.equal(s.course.state, "over");
});

test("a picture that is not right starts the countdown again", () => {
  const s = scan();
  s.pass(1300, good);
  s.pass(1000, good);
  assert.equal(s.course.counted, 2);
  assert.deepEqual(keys(s.check(far)), ["check.2"]);
  assert.equal(s.course.state, "looking");
  assert.equal(s.course.counted, 0);
  s.pass(1200, good);
  assert.equal(s.course.state, "looking", "the picture has to be right for as long as before");
  s.pass(100, good);
  assert.equal(s.course.state, "counting");
});

test("an instruction stays long enough to be read", () => {
  const s = scan();
  s.now = 100;
  assert.deepEqual(keys(s.check(far)), ["check.2"]);
  s.now = 700;
  assert.deepEqual(s.check({ ok: false, code: 1 }), []);
  s.now = 800;
  assert.deepEqual(keys(s.check({ ok: false, code: 1 })), ["check.1"]);
  s.now = 5000;
  assert.deepEqual(s.check({ ok: false, code: 1 }), [], "the same again is not said twice");
});

test("checks that fail for too long end the scan, but not while nobody looks", () => {
  const s = scan();
  s.check({ ok: false, code: 6, light: 30 });
  s.now = 60_100;
  assert.deepEqual(s.handle({ kind: "frame", hidden: true }), []);
  assert.deepEqual(outcome(s.handle({ kind: "frame" })), { failed: "check", code: 6, light: 30 });
  assert.deepEqual(s.check(good), [], "nothing happens after the end");
});

test("without any check it is the face that was missing", () => {
  const s = scan();
  s.now = 60_100;
  assert.deepEqual(outcome(s.handle({ kind: "frame" })), { failed: "check", code: "face_lost", light: undefined });
});

test("a face that leaves pauses the recording, and comes back", () => {
  const s = scan().recording();
  assert.deepEqual(s.handle({ kind: "lost" }), [{ do: "pause" }, { do: "instruct", key: "scan.paused.face" }]);
  assert.deepEqual(s.handle({ kind: "lost" }), []);
  assert.deepEqual(s.pass(1000, { ok: false, code: "face_lost" }), []);
  assert.deepEqual(s.check(good), [{ do: "resume" }, { do: "instruct", key: "scan.recording" }]);
  assert.equal(s.course.state, "recording");
});

test("a face that is back goes on with a picture that is not right, unless it is the light", () => {
  const s = scan().recording();
  s.handle({ kind: "lost" });
  s.pass(1500, far);
  assert.equal(s.course.state, "paused");
  s.pass(100, { ok: false, code: 6 });
  assert.equal(s.course.state, "paused");
  s.pass(100, far);
  assert.equal(s.course.state, "recording");
});

test("a face that stays away ends the scan with what there is, if that may hold a heart rate", () => {
  for (const [elapsed, ...done] of [[9.9, "finish"], [10, "end", "instruct"]] as const) {
    const s = scan().recording();
    s.live(elapsed);
    s.handle({ kind: "lost" });
    assert.deepEqual(kinds(s.pass(20_000)), []);
    assert.deepEqual(kinds(s.pass(100)), done, `${elapsed} s`);
  }
});

test("two faces pause, and are no result", () => {
  const s = scan().recording();
  s.live(20);
  assert.deepEqual(keys(s.check({ ok: false, code: "two_faces" })), ["scan.paused.two"]);
  assert.deepEqual(outcome(s.pass(20_100)), { failed: "check", code: "two_faces" });
});

test("a page out of sight waits however long it takes", () => {
  const s = scan().recording();
  assert.deepEqual(kinds(s.handle({ kind: "paused" })), ["pause", "instruct"]);
  s.now += 600_000;
  assert.deepEqual(s.handle({ kind: "frame" }), []);
  assert.deepEqual(s.handle({ kind: "silent" }), []);
  assert.deepEqual(s.check(good), []);
  s.handle({ kind: "resumed" });
  assert.equal(s.course.state, "paused", "it goes on with the next good picture");
  s.check(good);
  assert.equal(s.course.state, "recording");
});

test("a page out of sight in the countdown looks again, and before it changes nothing", () => {
  const s = scan();
  assert.deepEqual(s.handle({ kind: "paused" }), []);
  s.pass(1300, good);
  s.handle({ kind: "paused" });
  assert.equal(s.course.state, "looking");
});

test("a camera that ends is a result only where that may hold a heart rate", () => {
  for (const kind of ["ended", "silent"] as const) {
    assert.deepEqual(outcome(scan().handle({ kind })), { failed: "ended" });
    const s = scan().recording();
    s.live(10);
    assert.deepEqual(s.handle({ kind }), [{ do: "end" }, { do: "instruct", key: "scan.ending" }]);
    assert.deepEqual(s.handle({ kind }), [], "it is ended once");
  }
});

test("a recording that is being completed is not disturbed, but may fail", () => {
  const s = scan().recording();
  s.live(60);
  assert.equal(s.course.state, "ending");
  for (const event of [{ kind: "lost" }, { kind: "paused" }, { kind: "frame" }, { kind: "check", check: far }, { kind: "live", live: live(61) }] as Event[]) {
    assert.deepEqual(s.handle(event), [], event.kind);
  }
  assert.deepEqual(outcome(s.handle({ kind: "failed" })), { failed: "engine" });
});

test("what follows the recording has a word at once, and another when it takes long", () => {
  const s = scan().recording();
  assert.deepEqual(s.handle({ kind: "late" }), [], "nothing is awaited yet");
  assert.deepEqual(keys(s.live(60)), ["scan.ending"]);
  assert.equal(s.course.left, null);
  assert.deepEqual(keys(s.handle({ kind: "late" })), ["scan.ending.late"]);
  s.handle({ kind: "recorded", recording });
  assert.deepEqual(s.handle({ kind: "late" }), []);
});

test("the end names the cause that was seen last", () => {
  const dark: Check = { ok: false, code: 6, light: 30 }, slow: Check = { ok: false, code: "low_frame_rate" };
  const away = (...seen: Check[]) => {
    const s = scan().recording();
    s.handle({ kind: "lost" });
    s.now += 1000;
    const said = keys(seen.flatMap((check) => { s.now += 1000; return s.check(check); }));
    return { said, outcome: outcome(s.pass(20_100)) };
  };
  assert.deepEqual(away(), { said: [], outcome: { failed: "lost", code: "face_lost" } });
  assert.deepEqual(away(dark), { said: ["check.6.dark"], outcome: { failed: "check", code: 6, light: 30 } });
  assert.deepEqual(away(dark, { ok: false, code: "face_lost" }), { said: ["check.6.dark", "scan.paused.face"], outcome: { failed: "lost", code: "face_lost" } });
  assert.deepEqual(away({ ok: false, code: "two_faces" }), { said: ["scan.paused.two"], outcome: { failed: "check", code: "two_faces" } });
  const s = scan();
  s.check(slow);
  assert.deepEqual(outcome(s.handle({ kind: "silent" })), { failed: "check", code: "low_frame_rate" }, "a camera that was too slow and then gives nothing has not been unplugged");
  assert.deepEqual(outcome(scan().handle({ kind: "silent" })), { failed: "ended" });
});

test("it may be broken off in every state", () => {
  for (const s of [scan(), scan().recording()]) {
    assert.deepEqual(outcome(s.handle({ kind: "aborted" })), { failed: "aborted" });
    assert.deepEqual(s.handle({ kind: "aborted" }), []);
  }
});

test("a scan that goes on beyond its time says so, and ends at the longest", () => {
  const s = scan().recording();
  s.live(31);
  s.now += 1000;
  assert.deepEqual(keys(s.check(good)), ["scan.longer"]);
  assert.deepEqual(s.live(59.9), []);
  assert.deepEqual(kinds(s.live(60)), ["end", "instruct"]);
});

test("progress never goes back, and what is left counts in fives", () => {
  const s = scan().recording();
  s.live(15, false, 1);
  assert.equal(s.course.progress.toFixed(3), "0.550");
  assert.deepEqual(s.course.left, { key: "scan.left", s: 15 });
  s.live(15.1, false, 0);
  assert.equal(s.course.progress.toFixed(3), "0.550");
  s.live(12);
  assert.deepEqual(s.course.left, { key: "scan.left", s: 20 });
  s.live(30);
  assert.deepEqual(s.course.left, { key: "scan.most", s: 30 });
  s.live(59.9);
  assert.deepEqual(s.course.left, { key: "scan.most", s: 5 });
  s.live(12);
  s.handle({ kind: "lost" });
  assert.equal(s.course.left, null, "nothing is counted in a pause");
});

test("the words for light say which way it is wrong", () => {
  assert.deepEqual([{ code: 6, light: 69 }, { code: 6, light: 221 }, { code: 6, light: 100 }, { code: 6 }, { code: 0 }, { code: "moving" }].map(instruction),
    ["check.6.dark", "check.6.bright", "check.6", "check.6", "scan.good", "check.moving"]);
});
