// The course of one scan, as a state machine: it takes events of the camera and the
// engine, and returns what the page must do. It uses no document and no clock: every
// event comes with the time of the camera's frame, in ms.
import type { Check, Live, Recording } from "../capture/capture";
import type { Plan } from "./plan";

const steady = 1200; // ms for which the picture must be right before the countdown
const count = 3; // s
const settle = 700; // ms for which an instruction is shown at least
const back = 1500; // ms after which the recording resumes with a face that is back, even if the picture is not right
const enough = 10; // s from which a recording may give a heart rate

/**
 * State: looking until the picture is right, counting down, recording, paused while something prevents
 * it, ending until the recording is complete, over.
 */
export type State = "looking" | "counting" | "recording" | "paused" | "ending" | "over";

/** Pause is what a recording waits for: the face, the second person to leave, the app to come back. */
export type Pause = "face" | "two" | "app";

export type Event =
  | { kind: "frame"; hidden?: boolean } // hidden: the page is not visible
  | { kind: "check"; check: Check }
  | { kind: "lost" } // the face
  | { kind: "live"; live: Live }
  | { kind: "ended" } // the camera
  | { kind: "silent" } // no frames from the camera for seconds
  | { kind: "failed" } // the engine
  | { kind: "paused" } // the page went out of sight
  | { kind: "resumed" }
  | { kind: "recorded"; recording: Recording } // the response to end
  | { kind: "late" } // that response takes long
  | { kind: "aborted" };

/** Outcome is a recording, or why there is none. */
export type Outcome = Recording | { failed: "check" | "lost" | "ended" | "engine" | "aborted"; code?: Check["code"]; light?: number };

export type Action =
  | { do: "instruct"; key: string } // show and announce the text of a key
  | { do: "count"; n: number } // show the countdown at n
  | { do: "begin" | "pause" | "resume" | "end" } // the recording
  | { do: "finish"; outcome: Outcome };

/** instruction is the key of the text for the result of a check. */
export function instruction({ code, light }: Pick<Check, "code" | "light">): string {
  if (code === 6 && light !== undefined && light < 70) return "check.6.dark";
  if (code === 6 && light !== undefined && light > 220) return "check.6.bright";
  return code === 0 ? "scan.good" : "check." + code;
}

export class Course {
  state: State = "looking";
  /** begun says whether a recording was started. */
  begun = false;
  /** counted is the number that the countdown shows, 0 for none. */
  counted = 0;
  /** progress is the part of the scan that is done, 0 to 1; it never goes back. */
  progress = 0;

  #away = false; // paused because the page is out of sight
  #since: number; // when state was entered
  #rightSince: number | null = null;
  #check: Check | null = null;
  #live: Live | null = null;
  #key = ""; // of the instruction
  #instructed = -Infinity;
  #actions: Action[] = [];

  constructor(readonly plan: Plan, now: number) {
    this.#since = now;
  }

  /** left is how many seconds the scan still takes, in fives, with the key of its text: about, or at most; null while nothing is recorded. */
  get left() {
    if (this.state !== "recording" || !this.#live) return null;
    const fives = (end: number) => Math.ceil((end - this.#live!.elapsed_s) / 5) * 5;
    const about = fives(this.plan.least);
    return about > 0 ? { key: "scan.left", s: about } : { key: "scan.most", s: Math.max(5, fives(this.plan.longest)) };
  }

  /** handle takes an event and returns the actions, in order. */
  handle(event: Event, now: number): Action[] {
    this.#actions = [];
    if (this.state !== "over") this.#handle(event, now);
    return this.#actions;
  }

  #handle(event: Event, now: number) {
    switch (event.kind) {
      case "recorded":
        return this.#finish(event.recording);
      case "failed":
        return this.#finish({ failed: "engine" });
      case "aborted":
        return this.#finish({ failed: "aborted" });
    }
    if (this.state === "ending") return event.kind === "late" ? this.#instruct("scan.ending.late", now, true) : undefined; // too late for other events
    switch (event.kind) {
      case "check":
        return this.#see(event.check, now);
      case "frame":
        return this.#tick(now, event.hidden ?? false);
      case "lost":
        if (this.state === "recording") this.#pause("face", now);
        return;
      case "live":
        return this.#hearLive(event.live, now);
      case "silent":
        if (this.#away) return;
        return this.#cut(this.#check?.code === "low_frame_rate" ? { failed: "check", code: "low_frame_rate" } : { failed: "ended" }, now);
      case "ended":
        return this.#cut({ failed: "ended" }, now);
      case "paused":
        return this.#pause("app", now);
      case "resumed":
        this.#away = false; // the recording resumes with the next good picture
        this.#since = now;
    }
  }

  // see takes the result of a check.
  #see(check: Check, now: number) {
    this.#check = check;
    switch (this.state) {
      case "looking":
      case "counting":
        if (!check.ok) {
          this.#look(now);
          return this.#instruct(instruction(check), now);
        }
        this.#rightSince ??= now;
        if (this.state === "counting") return;
        this.#instruct("scan.good", now);
        if (now - this.#rightSince >= steady) this.#enter("counting", now);
        return;
      case "recording":
        if (check.code === "two_faces") return this.#pause("two", now);
        if (check.code !== 0 && check.code !== "face_lost") return this.#instruct(instruction(check), now);
        return this.#instruct(this.#live && this.#live.elapsed_s > this.plan.least ? "scan.longer" : "scan.recording", now);
      case "paused":
        if (this.#away) return;
        if (check.code === "two_faces") return this.#instruct("scan.paused.two", now);
        if (check.code === "face_lost") return this.#instruct("scan.paused.face", now);
        if (check.code === 6) return this.#instruct(instruction(check), now);
        if (check.ok || now - this.#since > back) this.#resume(now);
    }
  }

  // tick handles everything that depends on time.
  #tick(now: number, hidden: boolean) {
    const waited = now - this.#since;
    if (this.state === "counting") {
      const n = count - Math.floor(waited / 1000);
      if (n <= 0) return this.#begin(now);
      if (n !== this.counted) this.#actions.push({ do: "count", n: (this.counted = n) });
    } else if (this.state === "looking" && waited > this.plan.check * 1000 && !this.#check?.ok && !hidden) {
      this.#finish({ failed: "check", code: this.#check?.code ?? "face_lost", light: this.#check?.light });
    } else if (this.state === "paused" && !this.#away && waited > this.plan.lost * 1000) {
      const { code, light } = this.#check ?? {};
      if (code === "two_faces") this.#finish({ failed: "check", code });
      else this.#cut(code === 6 ? { failed: "check", code, light } : { failed: "lost", code: "face_lost" }, now);
    }
  }

  #hearLive(live: Live, now: number) {
    this.#live = live;
    const time = Math.min(1, live.elapsed_s / this.plan.least), quality = Math.min(1, ...Object.values(live.wanted));
    this.progress = Math.max(this.progress, 0.9 * time + 0.1 * quality);
    if (this.state !== "recording") return;
    if (live.elapsed_s >= this.plan.longest || (live.accepted && live.elapsed_s >= this.plan.least)) this.#end(now);
  }

  #enter(state: State, now: number) {
    this.state = state;
    this.#since = now;
  }

  #look(now: number) {
    this.#rightSince = null;
    this.counted = 0;
    if (this.state === "counting") this.#enter("looking", now);
  }

  #begin(now: number) {
    this.begun = true;
    this.counted = 0;
    this.#enter("recording", now);
    this.#actions.push({ do: "begin" });
    this.#instruct("scan.recording", now, true);
  }

  #pause(why: Pause, now: number) {
    if (this.state === "counting") return this.#look(now);
    if (this.state !== "recording" && this.state !== "paused") return;
    if (this.state === "recording") this.#actions.push({ do: "pause" });
    this.#away = why === "app";
    this.#enter("paused", now);
    this.#instruct("scan.paused." + why, now, true);
  }

  #resume(now: number) {
    this.#enter("recording", now);
    this.#actions.push({ do: "resume" });
    this.#instruct("scan.recording", now, true);
  }

  // cut ends a scan early: with the recording so far, if that may give a heart rate.
  #cut(otherwise: Outcome, now: number) {
    if (this.begun && this.#live !== null && this.#live.elapsed_s >= enough) this.#end(now);
    else this.#finish(otherwise);
  }

  #end(now: number) {
    this.#enter("ending", now);
    this.#actions.push({ do: "end" });
    this.#instruct("scan.ending", now, true);
  }

  #finish(outcome: Outcome) {
    this.state = "over";
    this.#actions.push({ do: "finish", outcome });
  }

  // instruct changes the one instruction, but not faster than it can be read.
  #instruct(key: string, now: number, urgent = false) {
    if (key === this.#key || (!urgent && now - this.#instructed < settle)) return;
    this.#key = key;
    this.#instructed = now;
    this.#actions.push({ do: "instruct", key });
  }
}
