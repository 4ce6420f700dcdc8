// Texts: which language to use, and sentences with placeholders.

type Tag = string | null | undefined;

/** choose returns the language of the first of some tags (en, en-GB, nl_BE) that is offered, or English. */
export const choose = (offered: object, ...tags: Tag[]) =>
  tags.map((t) => (t ?? "").toLowerCase().split(/[-_]/)[0]!).find((l) => Object.hasOwn(offered, l)) ?? "en";

/** fill puts values into the {places} of a sentence: {0}, {1} of a list, {name} of an object. A placeholder without a value stays. */
export const fill = (text: string, values: Readonly<Record<string, unknown>> | readonly unknown[]) =>
  text.replace(/\{(\w+)\}/g, (place, name) => (Object.hasOwn(values, name) ? String((values as Record<string, unknown>)[name]) : place));
