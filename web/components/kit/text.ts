// Texts: which language to use, and sentences with placeholders.

type Tag = string | null | undefined;

/** choose returns the language of the first of some tags (en, en-GB, nl_BE) that is offered, or English. */
export const choose = (offered: object, ...tags: Tag[]) =>
  tags.map((t) => (t ?? "").toLowerCase().split(/[-_]/)[0]!).find((l) => Object.hasOwn(offered, l)) ?? "en";

/** fill puts values into the {places} of a sentence: {0}, {1} of a list, {name} of an object. A placeholder without a value stays. */
export const fill = (text: string, values: Readonly<Record<string, unknown>> | readonly unknown[]) =>
  text.replace(/\{(\w+)\}/g, (place, name) => (Object.hasOwn(values, name) ? String((values as Record<string, unknown>)[name]) : place));

/**
 * tie joins what may not stand on two lines: a number and its unit or noun ("5 bpm", "99 %", "12 May"), and French
 * punctuation and its word. It is for texts on a page alone, and does the same as the server's words.Tie.
 */
export const tie = (text: string) => text.replace(/(\d\.?|«) (?=[\p{L}%°µ])/gu, "$1\u00a0").replace(/ (?=[:;?!»])/g, "\u00a0");
