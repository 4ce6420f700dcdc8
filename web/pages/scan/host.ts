// The messages between the page and the app around it.
//
// A message is one object with a string stage. It goes to window.parent, which
// is this window at the top, where native wrappers replace postMessage with
// a bridge after the page has loaded. So the function is looked up for each
// message, and none is sent in the first tick. Messages contain no secret, so
// they are sent to any origin.

//
// The wrapper of Android announces itself as window.IntelliPostMessage before the
// page loads, and puts its bridge in place some time after that (150 ms have been
// seen). Messages wait for it, but not forever.

import { pause } from "../../components/kit/ask";

const BRIDGE = 2000; // ms to wait for an announced bridge

async function bridged() {
  const own = () => /\[native code\]/.test(Function.prototype.toString.call(window.postMessage));
  for (let waited = 0; own() && waited < BRIDGE; waited += 20) await pause(20);
}

const settled = new Promise<void>((done) => {
  const later = () => setTimeout(done, 0);
  if (document.readyState === "complete") later();
  else addEventListener("load", later, { once: true });
}).then(() => (window.IntelliPostMessage && window.parent === window ? bridged() : undefined));

// tell posts one stage; messages keep their order.
export function tell(stage: string, data?: object, uuid?: string | null) {
  const message: { stage: string; uuid?: string | null; data?: object } = { stage };
  if (uuid !== undefined) message.uuid = uuid;
  if (data !== undefined) message.data = data;
  settled.then(() => window.parent.postMessage(message, "*"));
}

// framed says whether the page is in a frame of another page.
export const framed = window.parent !== window;

// onClose calls back when the host wants the page to end: {"target":"blush-scan","kind":"close"},
// as an object or as its JSON. Only messages of the host are accepted.
export function onClose(callback: () => void) {
  addEventListener("message", (event) => {
    if (event.source && event.source !== window.parent) return;
    let data = event.data;
    if (typeof data === "string" && data.length < 1000) {
      try {
        data = JSON.parse(data);
      } catch {
        return;
      }
    }
    if (data && data.target === "blush-scan" && data.kind === "close") callback();
  });
}

// onPause and onResume call back when the page becomes hidden or visible: its
// tab, or the app around it.
export function onPause(callback: () => void) {
  document.addEventListener("visibilitychange", () => document.hidden && callback());
  addEventListener("appPaused", callback, true); // capturing: wrappers dispatch it on the document or the window
  addEventListener("pagehide", callback);
}

export function onResume(callback: () => void) {
  document.addEventListener("visibilitychange", () => !document.hidden && callback());
  addEventListener("appResumed", callback, true);
  addEventListener("pageshow", callback);
}
