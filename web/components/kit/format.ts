// Numbers and days in the reader's language.

import { fill } from "./text";

/** Words are those of an interval and a confidence. */
type Words = { between: string; sure: string };

// English days are written as the server writes them: 3 May 2026.
const tag = (lang: string) => (lang === "en" ? "en-GB" : lang);

/** num writes a number with so many decimals. */
export const num = (lang: string, v: number, decimals = 0) =>
  new Intl.NumberFormat(lang, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(v);

/** between writes an interval; one that is narrow gets a decimal. */
export function between(lang: string, w: Words, i: [number, number]): string {
  const d = i[1] - i[0] < 3 ? 1 : 0;
  return fill(w.between, [num(lang, i[0], d), num(lang, i[1], d)]);
}

/**
 * sure writes an interval and a confidence of 0..100, those of them that are there. That of a measured value is a
 * probability; that of a score (said: w.known) a share of what could be known.
 */
export const sure = (lang: string, w: Words, i: [number, number] | null, confidence: number | null, said = w.sure) =>
  [i && between(lang, w, i), confidence !== null && fill(said, [certain(lang, confidence)])].filter(Boolean).join(" · ");

/** certain writes a confidence of 0..100: never rounded up, never 100 %, because nothing is certain. */
export const certain = (lang: string, of100: number) => percent(lang, Math.min(99, Math.floor(of100 + 1e-9)));

export const percent = (lang: string, of100: number) => new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 0 }).format(of100 / 100);

/** own reads a time as the clock showed it where the scan was made: the offset in the text is left aside. */
export const own = (timestamp: string) => Date.parse(timestamp.length > 10 ? timestamp.slice(0, 19) + "Z" : timestamp);

export const day = (lang: string, at: number, o: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", year: "numeric" }) =>
  new Intl.DateTimeFormat(tag(lang), { ...o, timeZone: "UTC" }).format(at);

/** week writes the seven days that begin at a moment. */
export const week = (lang: string, at: number) =>
  new Intl.DateTimeFormat(tag(lang), { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).formatRange(at, at + 6 * 86_400_000);

/** moment writes a time as the clock showed it where the scan was made, in full, with or without the time of day. */
export function moment(lang: string, timestamp: string, time = true) {
  const at = own(timestamp);
  return Number.isNaN(at) ? timestamp : new Intl.DateTimeFormat(tag(lang), { dateStyle: "long", ...(time ? { timeStyle: "short" } : {}), timeZone: "UTC" }).format(at);
}
