// Reads a server with fhir-kit-client, as an integrator would: node client.mjs BASE KEY PATIENT.
import { Client } from "fhir-kit-client";

const [, , baseUrl, key, patient] = process.argv;
const client = new Client({ baseUrl, customHeaders: { "x-api-key": key } });

const out = { pages: 0, values: [], absent: [] };
const statement = await client.capabilityStatement();
out.version = statement.fhirVersion;
out.resources = statement.rest[0].resource.map((r) => r.type);
out.identifiers = (await client.read({ resourceType: "Patient", id: patient })).identifier.map((i) => i.value);

const posted = await client.search({ resourceType: "Observation", searchParams: { patient, code: "8867-4", _summary: "count" }, options: { postSearch: true } });
out.total = posted.total;
let page = await client.search({ resourceType: "Observation", searchParams: { patient, code: "http://loinc.org|8867-4", _count: 2 } });
while (page) {
  out.pages++;
  for (const { resource, search } of page.entry) {
    if (search.mode !== "match") continue;
    if (resource.valueQuantity) out.values.push([resource.id, resource.valueQuantity.value, resource.valueQuantity.code, resource.effectiveDateTime]);
    else out.absent.push([resource.id, resource.dataAbsentReason.coding[1].code]);
  }
  page = await client.nextPage({ bundle: page });
}
const one = await client.read({ resourceType: "Observation", id: out.values[0][0] });
out.device = (await client.resolve({ reference: one.device.reference })).version.map((v) => v.value);
out.everything = (await client.operation({ name: "everything", resourceType: "Patient", id: patient })).entry.length;
out.refused = {};
for (const [what, ask] of Object.entries({
  type: () => client.search({ resourceType: "Medication", searchParams: {} }),
  id: () => client.read({ resourceType: "Patient", id: "01900000-0000-7000-8000-000000000000" }),
  parameter: () => client.search({ resourceType: "Observation", searchParams: { patient, colour: "red" } }),
})) {
  try {
    await ask();
    out.refused[what] = [200];
  } catch (e) {
    out.refused[what] = [e.response.status, e.response.data.resourceType, e.response.data.issue[0].code];
  }
}
console.log(JSON.stringify(out));
