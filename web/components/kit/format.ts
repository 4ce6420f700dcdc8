// Numbers and days in the reader's language.

// English days are written as the server writes them: 3 May 2026.
const tag = (lang: string) => (lang === "en" ? "en-GB" : lang);

/** num writes a number with the given number of decimals. */
export const num = (lang: string, v: number, decimals = 0) =>
  new Intl.NumberFormat(lang, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(v);

export const percent = (lang: string, of100: number) => new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 0 }).format(of100 / 100);

/** own reads a time as the local clock of the scan showed it: the offset in the text is ignored. */
export const own = (timestamp: string) => Date.parse(timestamp.length > 10 ? timestamp.slice(0, 19) + "Z" : timestamp);

export const day = (lang: string, at: number, o: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", year: "numeric" }) =>
  new Intl.DateTimeFormat(tag(lang), { ...o, timeZone: "UTC" }).format(at);

/** week writes the seven days that begin at a moment. */
export const week = (lang: string, at: number) =>
  new Intl.DateTimeFormat(tag(lang), { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).formatRange(at, at + 6 * 86_400_000);

/** moment writes a time as the local clock of the scan showed it, in full or shorter, with or without the time of day. */
export function moment(lang: string, timestamp: string, time = true, style: "long" | "medium" = "long") {
  const at = own(timestamp);
  return Number.isNaN(at) ? timestamp : new Intl.DateTimeFormat(tag(lang), { dateStyle: style, ...(time ? { timeStyle: "short" } : {}), timeZone: "UTC" }).format(at);
}
