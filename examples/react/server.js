// The backend: it has the key, and gives the page a token and addresses for the user who is logged in.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { Blush, BlushError } from "@blush/client";

const blush = new Blush({ baseUrl: process.env.BLUSH_URL, apiKey: process.env.BLUSH_KEY });

// In your app: the user of the request's session.
const user = { external_user_id: "anna" };

const routes = {
  // The page creates its own client with this.
  "POST /session": async () => {
    await blush.createUser({ ...user, birth_date: "1990-05-17", sex: "F" });
    const { token } = await blush.createToken(user);
    return { server: process.env.BLUSH_URL, token };
  },
  "POST /scan": () => blush.scanUrl(user),
  // With a DEV key, a scan without a camera.
  "POST /simulate": () => blush.submitSynthetic(user, { heart_rate: 64 }),
};

const files = { "/": ["index.html", "text/html; charset=utf-8"], "/app.js": ["app.js", "text/javascript; charset=utf-8"] };

const server = createServer(async (request, response) => {
  const route = routes[`${request.method} ${request.url}`];
  const file = files[request.url];
  try {
    if (route) {
      response.writeHead(200, { "Content-Type": "application/json", "Cache-Control": "no-store" }).end(JSON.stringify(await route()));
    } else if (file) {
      response.writeHead(200, { "Content-Type": file[1] }).end(await readFile(new URL(`public/${file[0]}`, import.meta.url)));
    } else {
      response.writeHead(404).end();
    }
  } catch (e) {
    console.error(e instanceof BlushError ? `${e.message}` : e); // for you, not for the page
    response.writeHead(502).end();
  }
});

server.listen(Number(process.env.PORT ?? 3000), "localhost", () => console.log(`http://localhost:${server.address().port}`));
