"""What a server of an integrator does with the client, against a running server: every operation, and what goes wrong."""

import json
import os
from datetime import datetime, timezone
from typing import Any, Callable

import httpx

from blush_client import Blush, BlushError, UserRef, WebhookError, types, verify_webhook

URL, KEY = os.environ["BLUSH_URL"], os.environ["BLUSH_KEY"]


def raises(status: int, call: Callable[[], Any]) -> BlushError:
    try:
        call()
    except BlushError as e:
        assert e.status == status, e
        return e
    raise AssertionError(f"no error {status}")


def heart_rate(scan: types.FaceScan) -> float:
    return next(e["value"] or 0 for e in scan["estimates"] or [] if e["biomarker"] == "heart_rate")


# Signed a moment ago.
with open(os.environ["BLUSH_VECTORS"]) as f:
    vectors = json.load(f)
for v in vectors:
    try:
        event = verify_webhook(v["payload"].encode() if v["name"] == "ours" else v["payload"], v["headers"], *v["secrets"])
        assert event.id == v["id"], v["name"]
        assert event.timestamp.tzinfo and event.data["user_id"] == "zoë"
    except WebhookError:
        assert not v["id"], v["name"]

plain = Blush(URL + "/", api_key=KEY, first_wait=0.01)

# The proxy drops the answer to the first try.
made = plain.create_user({"external_user_id": "anna", "sex": "F", "birth_date": "1990-05-17"})
assert plain.create_user({"external_user_id": "anna"})["user_id"] == made["user_id"]
user: UserRef = {"user_id": made["user_id"]}
assert plain.user({"external_user_id": "anna"})["user_id"] == made["user_id"]
assert [u["user_id"] for u in plain.all_users()] == [made["user_id"]]
assert plain.update_user(user, {"language": "nl"})["language"] == "nl"

with open(os.environ["BLUSH_TRACE"]) as f:
    trace: types.Trace = json.load(f)
measured = plain.submit_trace(user, trace)
assert abs(heart_rate(measured) - 64) < 3, measured
with open(os.environ["BLUSH_COMPACT"], "rb") as b:
    compact = plain.submit_trace(user, b.read())
assert abs(heart_rate(compact) - 64) < 3, compact
keyed = plain.with_idempotency_key("visit-1")
simulated = keyed.submit_synthetic(user, {"seed": 3, "duration_s": 30})
assert keyed.submit_synthetic(user, {"seed": 3, "duration_s": 30})["face_scan_id"] == simulated["face_scan_id"]
with open(os.environ["BLUSH_VIDEO"], "rb") as video:
    sent = plain.submit_video(user, video, timezone="Europe/Brussels")
film = plain.wait_for_scan(sent["face_scan_id"])
assert (film["status"], film["timezone"]) == ("done", "Europe/Brussels"), film
want = [s["face_scan_id"] for s in (film, simulated, compact, measured)]
assert [s["face_scan_id"] for s in plain.all_scans(user)] == want
assert plain.scans(user, limit=2)["has_more"]
assert len(plain.waveform(measured["face_scan_id"])["beats"] or []) > 20
assert "\nend," in plain.waveform_csv(measured["face_scan_id"])
assert plain.waveform_edf(measured["face_scan_id"]).startswith(b"0 ")
assert plain.export_scans(user).endswith('\n{"end":true,"face_scans":4}\n')
assert "\nend,4," in plain.export_scans(format="csv", since="2026-01-01T00:00:00Z")
for pdf in (plain.scan_report(measured["face_scan_id"]), plain.user_report(user)):
    assert pdf.startswith(b"%PDF-"), pdf[:50]
for bundle in (plain.search_observations({"patient": made["user_id"], "_count": 5}), plain.export_patient(made["user_id"], {"_since": "2026-01-01T00:00:00Z"})):
    first = {e["resource"]["resourceType"]: e["resource"]["id"] for e in bundle["entry"]}
    assert plain.observation(first["Observation"])["id"] == first["Observation"]
    assert plain.patient(first["Patient"])["id"] == made["user_id"]
    assert plain.device(first["Device"])["id"] == first["Device"]
assert plain.search_patients({"identifier": "anna"})["entry"][0]["resource"]["id"] == made["user_id"]
plain.delete_scan(simulated["face_scan_id"])

blush = Blush(URL, api_key=KEY, language="fr", first_wait=0.01)
for page in (blush.scan_url(user), blush.dashboard_url(user), blush.results_url(measured["face_scan_id"])):
    assert "language=fr" in page["url"]

questions = blush.questions(user)
assert questions["language"] == "fr"
answers: list[types.AnswerBody] = [
    {"lookup_key": q["lookup_key"], "value": q["options"][0]["value"] if q["options"] else q["minimum"] or 0}
    for q in questions["data"][:3]
]
assert len(blush.answer(user, answers[0])) == 1
assert len(blush.answer_all(user, answers[1:])) == 2
assert blush.metrics(user)["metrics"]["mental_stress"]["name"]
assert blush.profile(user, "energy-sleep")["name"] == "energy-sleep"
assert blush.journey(user)["steps"]
reading = blush.add_reading(user, 124, 79)
assert [r["reading_id"] for r in blush.all_readings(user)] == [reading["reading_id"]]
blush.delete_reading(user, reading["reading_id"])
consents = blush.give_consent(user, {"version": "2026-1", "text_hash": "a" * 64, "language": "nl"})
assert [c["consent_id"] for c in blush.consents(user, "2026-1")] == [c["consent_id"] for c in consents]

widget = blush.biomarker_widget(user, "heart_rate", measured["face_scan_id"])
assert widget["language"] == "fr" and abs((widget["data"]["value"] or 0) - 64) < 3
assert blush.metric_widget(user, "mental_stress")["data"]["parameter"] == "mental_stress"
assert blush.graph_widget(user, "heart_rate", title="Pulse")["data"]["title"] == "Pulse"
assert blush.main_widget(user)["data"]["profiles"]
assert blush.recommendations_widget(user)["data"]["title"]
assert blush.todos_widget(user)["data"]["title"]
for html in (
    blush.widget_html(user, "biomarker", {"parameter": "heart_rate", "face_scan_id": "latest"}),
    blush.widget_html(user, "metric", {"parameter": "mental_stress"}),
    blush.widget_html(user, "graph", {"parameter": "heart_rate"}),
    blush.widget_html(user, "main"),
    blush.widget_html(user, "recommendations"),
    blush.widget_html(user, "todos"),
):
    assert 'lang="fr"' in html, html[:200]

hook = blush.create_webhook({"url": "https://app.example.org/blush", "events": ["scan.done"]})
id_ = hook["webhook_id"]
assert [w["webhook_id"] for w in blush.webhooks()] == [id_]
assert blush.webhook(id_)["webhook_id"] == id_
assert blush.update_webhook(id_, {"description": "ids"})["description"] == "ids"
turned = blush.rotate_webhook_secret(id_, 3600)
assert turned["secret"].startswith("whsec_") and turned["secret"] != hook["secret"]
tested = blush.test_webhook(id_)
assert [d["delivery_id"] for d in blush.all_deliveries(id_)] == [tested["delivery_id"]]
blush.replay(id_, {"since": datetime.now(timezone.utc).isoformat()})
blush.delete_webhook(id_)
trail = blush.all_audit(user_id=made["user_id"], action="scan.delete")
assert [e["object_id"] for e in trail] == [simulated["face_scan_id"]]

token = blush.create_token(user, 3600)
person = Blush(URL, token=token["token"])
assert person.page_settings()["customer"]
blush.revoke_token(token["token"])
refused = raises(401, person.user)
assert refused.detail and refused.request_id
blush.revoke_tokens(user)

wrong = raises(422, lambda: blush.add_reading(user, 1, 79))
assert (wrong.fields[0]["loc"] or [])[1] == "systolic" and "body.systolic: " in str(wrong), wrong
gateway = "<html>The gateway is down.</html>"
unknown = raises(418, lambda: blush.scan("gateway"))
assert unknown.body.strip() == gateway and gateway in str(unknown)
raises(418, lambda: blush.scan("later"))
assert raises(200, lambda: blush.scan("page")).body == gateway
raises(307, lambda: blush.scan("elsewhere"))
with Blush("http://127.0.0.1:1", api_key=KEY, first_wait=0.01) as away:
    try:
        away.user(user)
        raise AssertionError("nobody answers there")
    except httpx.TransportError:
        pass
cut: UserRef = {"user_id": "cut"}
not_whole: list[Callable[[], Any]] = [
    lambda: plain.waveform_csv("cut"),
    lambda: plain.waveform_edf("cut"),
    lambda: plain.scan_report("cut"),
    lambda: plain.user_report(cut),
    lambda: plain.export_scans(cut),
    lambda: plain.widget_html(cut, "main"),
]
for export in not_whole:
    assert "incomplete" in str(raises(200, export))
raises(200, lambda: plain.export_patient("cut"))
raises(200, lambda: plain.export_user(cut))
empty: list[Callable[[], Any]] = [
    lambda: plain.scan("empty"),
    lambda: plain.waveform_edf("empty"),
    lambda: plain.waveform_csv("empty"),
    lambda: plain.export_patient("empty"),
]
for call in empty:
    raises(200, call)
broken_off: list[Callable[[], Any]] = [lambda: plain.waveform_csv("broken"), lambda: plain.export_patient("broken")]
for export in broken_off:
    try:
        export()
    except httpx.TransportError:
        continue
    raise AssertionError("an export that broke off is taken for a whole one")
assert blush.export_user(user)
blush.delete_user(user)
raises(404, lambda: blush.user(user))
steady = blush.create_user()
assert blush.make_history({"user_id": steady["user_id"]}, {"days": 3, "seed": 4})["scans"] > 0
nothing: list[str] = []
for locked in (["heart_rate"], nothing):
    blush.lock({"user_id": steady["user_id"]}, locked)
    assert ("heart_rate" in blush.journey({"user_id": steady["user_id"]})["locked"]) == bool(locked)
