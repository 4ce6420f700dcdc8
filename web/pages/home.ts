// Starts a scan from the start page: it requests the address of a scan with a key for tests, which is not stored.
import { byId } from "./page";

const form = document.getElementById("start") as HTMLFormElement | null; // missing in the demo, which needs no key
const user = "start-page";

async function call(path: string, key: string, body?: unknown): Promise<{ url?: string }> {
  const answer = await fetch("/v2/" + path, {
    method: body ? "POST" : "GET", credentials: "omit", cache: "no-store",
    headers: { "x-api-key": key, "content-type": "application/json" }, body: body ? JSON.stringify(body) : undefined,
  });
  const said = await answer.json();
  if (answer.ok) return said;
  throw new Error(typeof said.detail === "string" ? said.detail : said.detail[0].msg);
}

async function start() {
  const input = byId<HTMLInputElement>("key"), said = byId("said"), key = input.value.trim();
  if (!key.startsWith("blush_dev_")) {
    said.textContent = "This is no key for tests: those begin with blush_dev_. Never put another key into a page.";
    return;
  }
  said.textContent = "Asking for a scan…";
  try {
    await call("users", key, { external_user_id: user });
    const page = await call("facescans/url?external_user_id=" + user, key);
    input.value = "";
    location.assign(page.url!);
  } catch (err) {
    said.textContent = err instanceof Error ? err.message : String(err);
  }
}

if (form) {
  form.hidden = false;
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    void start();
  });
}
