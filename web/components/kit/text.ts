// Words: which language is spoken, and sentences with places to fill.

type Tag = string | null | undefined;

/** choose is the first of some language tags (en, en-GB, nl_BE) whose language is offered, or English. */
export const choose = (offered: object, ...tags: Tag[]) =>
  tags.map((t) => (t ?? "").toLowerCase().split(/[-_]/)[0]!).find((l) => Object.hasOwn(offered, l)) ?? "en";

/** fill puts values into the {places} of a sentence: {0}, {1} of a list, {name} of an object. A place without a value stays. */
export const fill = (text: string, values: Readonly<Record<string, unknown>> | readonly unknown[]) =>
  text.replace(/\{(\w+)\}/g, (place, name) => (Object.hasOwn(values, name) ? String((values as Record<string, unknown>)[name]) : place));
