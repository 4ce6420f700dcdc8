import assert from "node:assert/strict";
import test from "node:test";
import { find, searchable, steps, words, type Section } from "./search";

const section = (page: string, heading: string, text: string, more: Partial<Section> = {}) => searchable({ path: page + "#" + heading, page, heading, text, ...more });
const route = (heading: string, text: string) => section("API reference", heading, text, { route: true });
const sections = [
  section("Using the API", "Using the API", "a webhook, a webhook, a webhook, a webhook, a webhook, a webhook, a reading"),
  section("Running Blush", "Running Blush", "flags", { about: "Settings, backups, upgrades." }),
  section("Running Blush", "Webhooks", "the operator lists them"),
  section("Events", "Events", "two ways", { about: "Webhooks: how your server learns what happens." }),
  section("Events", "Messages", "a webhook is better"),
  section("FHIR R4", "FHIR R4", "observations"),
  section("FHIR R4", "Errors", "outcomes"),
  route("GET /v2/webhooks/{webhook_id}/deliveries", "List a webhook's deliveries"),
  route("POST /v2/readings", "Add a cuff reading"),
  route("GET /v2/fhir/Observation", "Search observations"),
];
const found = (query: string) => find(sections, words(query)).map((s) => (s.route ? s.heading : s.page + ": " + s.heading));

test("what is about a word comes before the routes, and what mentions it after them", () => {
  const webhooks = ["Running Blush: Webhooks", "Events: Events", "GET /v2/webhooks/{webhook_id}/deliveries", "Using the API: Using the API", "Events: Messages"];
  for (const query of ["webhook", "Webhooks"]) assert.deepEqual(found(query), webhooks, query);
  assert.deepEqual(found("fhir"), ["FHIR R4: FHIR R4", "GET /v2/fhir/Observation", "FHIR R4: Errors"]); // a page has many parts, which would hide the routes
  assert.deepEqual(found("backup"), ["Running Blush: Running Blush"]);
});

test("of each kind the best are kept, so that documents do not hide the routes", () => {
  const few = (query: string, most: number) => find(sections, words(query), most).map((s) => (s.route ? s.heading : s.page + ": " + s.heading));
  assert.deepEqual(few("webhook", 1), ["Running Blush: Webhooks", "GET /v2/webhooks/{webhook_id}/deliveries", "Using the API: Using the API"]);
  assert.deepEqual(few("webhook", 2), found("webhook"));
});

test("a section has every word, in any place", () => {
  assert.deepEqual(found("POST readings"), ["POST /v2/readings"]);
  assert.deepEqual(found("fhir errors"), ["FHIR R4: Errors"]);
  assert.deepEqual(found("webhook xylophone"), []);
});

test("a line of a path may end after a slash, not within a word or at the beginning", () => {
  assert.deepEqual(steps("GET /v2/webhooks/{webhook_id}/deliveries"), ["GET /v2/", "webhooks/", "{webhook_id}/", "deliveries"]);
  assert.deepEqual(steps("https://scan.example.org/scan"), ["https://scan.example.org/", "scan"]);
  assert.deepEqual(steps("Events"), ["Events"]);
});
