// The texts of the pages: one JSON file for each language, made by the server, with plain
// keys and {placeholders}. Numbers are written as usual in the language.
import { put } from "../components/kit/dom";
import { num } from "../components/kit/format";
import { choose, fill } from "../components/kit/text";
import { languages } from "./catalogue";
import { all } from "./page";

let words: Record<string, string> = {};
let folder: string | undefined; // of the words
let spoken = "";

/** language is the page's language, two letters. */
export const language = () => spoken || "en";

/** speakFrom names the folder of the page's words, relative to its script. */
export const speakFrom = (url: URL) => { folder = url.href; };

/** speak loads the first wanted language that exists, or English, and puts its texts into the document. */
export async function speak(...wanted: (string | null | undefined)[]) {
  const next = choose(languages, ...wanted);
  if (next !== spoken) {
    const answer = await fetch(new URL(next + ".json", folder), { credentials: "omit" });
    if (!answer.ok) throw new Error("language: " + answer.status);
    words = await answer.json();
    spoken = next;
    document.documentElement.lang = next;
  }
  for (const node of all("[data-t]")) put(node, t(node.dataset.t!));
}

/** t is the text of a key, with its placeholders filled in. */
export const t = (key: string, values: Record<string, unknown> = {}) => fill(words[key] ?? key, values);

/** known says whether there is a text for a key. */
export const known = (key: string) => Object.hasOwn(words, key) && words[key] !== "";

/** number writes a number with the given number of decimal places. */
export const number = (value: number, digits = 0) => num(language(), value, digits);
