// Texts: which language to use, and sentences with placeholders.
import { hyphens } from "./hyphens";

type Tag = string | null | undefined;

/** choose returns the language of the first of some tags (en, en-GB, nl_BE) that is offered, or English. */
export const choose = (offered: object, ...tags: Tag[]) =>
  tags.map((t) => (t ?? "").toLowerCase().split(/[-_]/)[0]!).find((l) => Object.hasOwn(offered, l)) ?? "en";

/** fill puts values into the {places} of a sentence: {0}, {1} of a list, {name} of an object. A placeholder without a value stays. */
export const fill = (text: string, values: Readonly<Record<string, unknown>> | readonly unknown[]) =>
  text.replace(/\{(\w+)\}/g, (place, name) => (Object.hasOwn(values, name) ? String((values as Record<string, unknown>)[name]) : place));

/**
 * unbroken puts no-break spaces into a text that is shown, where no line may end, as internal/words does: within a date and a unit of
 * two words (12 May 2026, 62 of 100), between a number and the word after it, which may be its unit, and between a sign and its word.
 */
export const unbroken = (text: string) =>
  text
    .replace(/(?<![\p{L}\d])(\d+\.?) ([^ ]+) (ms|1|100|(?:19|20)\d\d)\b/gu, "$1\u00a0$2\u00a0$3")
    .replace(/(?<![\p{L}\d\u00a0])(\d+) (?=[^ ])/gu, "$1\u00a0")
    .replace(/(?<![\p{L}\d\u00a0.,])(\d+\.) (?=\p{L})/gu, "$1\u00a0")
    .replace(/ ([:;?!»·–×])/g, "\u00a0$1")
    .replace(/(«|\bln|×) /g, "$1\u00a0");

const parts = new Map(hyphens.split(" ").map((word) => [word.replaceAll("-", ""), word.split("-")]));

/** hyphenated puts soft hyphens into the long words of a text that is shown, as internal/words does. */
export const hyphenated = (text: string) =>
  text.replace(/\p{L}{12,}/gu, (word) => {
    let at = 0;
    return parts.get(word.toLowerCase())?.map((part) => word.slice(at, (at += part.length))).join("\u00ad") ?? word;
  });
