// What every page needs of its document.

/** byId is an element that the page's HTML has. */
export const byId = <T extends HTMLElement = HTMLElement>(id: string) => document.getElementById(id) as T;

/** all lists the elements that a selector finds. */
export const all = <T extends HTMLElement = HTMLElement>(selector: string) => [...document.querySelectorAll<T>(selector)];
