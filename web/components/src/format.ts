// Numbers and days in the reader's language.

import type { Words } from "./words";

// English days are written as the server writes them: 3 May 2026.
const tag = (lang: string) => (lang === "en" ? "en-GB" : lang);

/** put fills {0}, {1}, … of a sentence. */
export const put = (text: string, ...values: string[]) => text.replace(/\{(\d)\}/g, (_, i) => values[Number(i)] ?? "");

/** num writes a number with so many decimals. */
export const num = (lang: string, v: number, decimals = 0) =>
  new Intl.NumberFormat(lang, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(v);

/** between writes an interval; one that is narrow gets a decimal. */
export function between(lang: string, w: Words, i: [number, number]): string {
  const d = i[1] - i[0] < 3 ? 1 : 0;
  return put(w.between, num(lang, i[0], d), num(lang, i[1], d));
}

/**
 * sure writes an interval and a confidence of 0..100, those of them that are there. That of a measured value is a
 * probability; that of a score (said: w.known) a share of what could be known.
 */
export const sure = (lang: string, w: Words, i: [number, number] | null, confidence: number | null, said = w.sure) =>
  [i && between(lang, w, i), confidence !== null && put(said, certain(lang, confidence))].filter(Boolean).join(" · ");

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
