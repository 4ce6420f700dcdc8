// The words of the pages: one JSON file a language under lang/, made by the server, plain keys,
// {placeholders} in braces. Numbers are written as the language writes them.

import { languages } from "./catalogue.js";

export { languages };

let words = null;
let spoken = "en";

// language is the two letters that the page speaks.
export const language = () => spoken;

// speak loads the first of the wanted languages that there is, or English, and marks the document with it.
export async function speak(...wanted) {
  const codes = wanted.filter(Boolean).map((w) => String(w).toLowerCase().split(/[-_]/)[0]);
  const next = codes.find((c) => Object.hasOwn(languages, c)) ?? "en";
  if (next === spoken && words !== null) return;
  const answer = await fetch(new URL(`./lang/${next}.json`, import.meta.url), { credentials: "omit" });
  if (!answer.ok) throw new Error("language: " + answer.status);
  words = await answer.json();
  spoken = next;
  document.documentElement.lang = next;
}

// t is the text of a key, with its placeholders filled in.
export function t(key, values = {}) {
  const text = words?.[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

// known says whether there is a text for a key.
export const known = (key) => Object.hasOwn(words ?? {}, key) && words[key] !== "";

// sure is a confidence of 0..100 as people are told it: never rounded up, never 100, because nothing is certain.
export const sure = (of100) => Math.min(99, Math.floor(of100 + 1e-9));

// number writes a number with so many digits behind the point.
export const number = (value, digits = 0) =>
  new Intl.NumberFormat(spoken, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
