// Helpers of all pages for their document.

/** byId returns an element of the page's HTML. */
export const byId = <T extends HTMLElement = HTMLElement>(id: string) => document.getElementById(id) as T;

/** all lists the elements that match a selector. */
export const all = <T extends HTMLElement = HTMLElement>(selector: string) => [...document.querySelectorAll<T>(selector)];
