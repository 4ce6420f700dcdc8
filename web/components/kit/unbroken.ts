/**
 * unbroken puts no-break spaces into a text that is shown, where no line may end, as internal/words does: within a date and a unit of
 * two words (12 May 2026, 62 of 100), between a number and the word after it, which may be its unit, and between a sign and its word.
 */
export const unbroken = (text: string) =>
  text
    .replace(/(^|[^\p{L}\d])(\d+\.?) ([^ ]+) (ms|1|100|\d{4})\b/gu, "$1$2\u00a0$3\u00a0$4")
    .replace(/(^|[^\p{L}\d\u00a0])(\d+\.?) ([^ ])/gu, "$1$2\u00a0$3")
    .replace(/ ([:;?!»·–×])/g, "\u00a0$1")
    .replace(/(«|\bln|×) /g, "$1\u00a0");
