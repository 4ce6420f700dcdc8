// Texts: which language to use, and sentences with placeholders.
import { hyphens, longWords, noBreaks } from "./typesetting";

type Tag = string | null | undefined;

/** choose returns the language of the first of some tags (en, en-GB, nl_BE) that is offered, or English. */
export const choose = (offered: object, ...tags: Tag[]) =>
  tags.map((t) => (t ?? "").toLowerCase().split(/[-_]/)[0]!).find((l) => Object.hasOwn(offered, l)) ?? "en";

/** fill puts values into the {places} of a sentence: {0}, {1} of a list, {name} of an object. A placeholder without a value stays. */
export const fill = (text: string, values: Readonly<Record<string, unknown>> | readonly unknown[]) =>
  text.replace(/\{(\w+)\}/g, (place, name) => (Object.hasOwn(values, name) ? String((values as Record<string, unknown>)[name]) : place));

/** unbroken puts no-break spaces into a text that is shown, where no line may end. Places may overlap, so it looks for them until there are none. */
export function unbroken(text: string): string {
  const out = noBreaks.reduce((t, [place, by]) => t.replace(place, by), text);
  return out === text ? out : unbroken(out);
}

const parts = new Map(hyphens.split(" ").map((word) => [word.replaceAll("-", ""), word.split("-")]));

/** hyphenated puts soft hyphens into the long words of a text that is shown. */
export const hyphenated = (text: string) =>
  text.replace(longWords, (word) => {
    let at = 0;
    return parts.get(word.toLowerCase())?.map((part) => word.slice(at, (at += part.length))).join("\u00ad") ?? word;
  });
