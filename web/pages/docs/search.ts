// The search of the documents: which sections match words, and in which order.

/** Section is a heading with the text below it, or a route of the API. The first of a page says what the page is for. */
export interface Section { path: string; page: string; heading: string; text: string; about?: string; route?: boolean }
/** Searchable is a section with its words, split once. */
export interface Searchable { section: Section; page: string[]; heading: string[]; about: string[]; text: string[] }

/** words returns the words of a text, without case and accents. */
export const words = (text: string) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").split(/[^\p{L}\p{N}]+/u).filter(Boolean);

export const searchable = (section: Section): Searchable =>
  ({ section, page: words(section.page), heading: words(section.heading), about: words(section.about ?? ""), text: words(section.text) });

const same = (a: string, b: string) => a === b || a + "s" === b || a === b + "s";
const match = (list: string[], word: string) => (list.some((w) => same(w, word)) ? 2 : list.some((w) => w.startsWith(word)) ? 1 : 0);

/** score says how well a section matches: it must have every word, and words in its heading or its page's title count most. */
function score({ page, heading, about, text }: Searchable, wanted: string[]): number {
  let product = 1;
  for (const word of wanted) {
    product *= 8 * match(heading, word) + 4 * match(about, word) + 3 * match(page, word) + Math.min(6, text.filter((w) => w.startsWith(word) || same(w, word)).length);
  }
  return product;
}

/** group puts parts of documents that are about the words before routes, and those that only mention them last. */
function group({ section, page, heading, about }: Searchable, wanted: string[]): number {
  if (section.route) return 1;
  const own = [...heading, ...about];
  return wanted.some((word) => match(own, word)) && wanted.every((word) => match([...own, ...page], word)) ? 0 : 2;
}

/** find returns the sections that have every word, those that are most about them first. Of each kind, it keeps the given number of the best. */
export const find = (sections: Searchable[], wanted: string[], most = Infinity): Section[] => {
  const kinds: Section[][] = [[], [], []];
  sections.map((s) => ({ section: s.section, score: score(s, wanted), group: group(s, wanted) })).filter((s) => s.score > 0)
    .sort((a, b) => b.score - a.score).forEach((s) => kinds[s.group]!.push(s.section));
  return kinds.flatMap((kind) => kind.slice(0, most));
};

/** part is the excerpt of a text around the first search word, from the beginning of a word. */
export function part(text: string, wanted: string[]): string {
  const low = text.toLowerCase();
  const first = Math.min(...wanted.map((w) => low.indexOf(w)).filter((i) => i >= 0), low.length);
  const at = text.lastIndexOf(" ", Math.max(0, first - 30)) + 1;
  return (at > 0 ? "…" : "") + text.slice(at, at + 120);
}

/** steps splits a path after its slashes, where a line may end. */
export const steps = (text: string) => text.split(/(?<=[^\s/]\/)(?=[^\s/])/);
