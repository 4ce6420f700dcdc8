"""The client."""

from __future__ import annotations

import email.utils
import os
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Literal, TypedDict
from urllib.parse import quote

import httpx

from . import types, whole
from .errors import BlushError

_RETRIES = 3
_LONGEST_WAIT = 30.0  # seconds, the longest Retry-After that is followed


def _retry_after(text: str) -> float:
    """Reads a Retry-After, seconds or a date (RFC 9110 §10.2.3), in seconds; 0 if it is neither, or past."""
    if re.fullmatch("[0-9]+", text):
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return 0.0


class UserRef(TypedDict, total=False):
    """Names a user: by the server's id or by your own. With a token it is left out."""

    user_id: str
    external_user_id: str


class Blush:
    """Calls one server with one credential.

    Each method is one operation of its API; those that begin with all_ go through every
    page of a list. A call is made again after a fault of the network or the server, a POST
    with one Idempotency-Key for all tries. What cannot be had is a BlushError, or an
    httpx.TransportError where the server could not be reached.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        token: str | None = None,
        language: str | None = None,
        http: httpx.Client | None = None,
        first_wait: float = 0.5,
    ) -> None:
        """api_key is your server's key. token, an action token for one user, is used instead.
        language is that of texts in answers, two letters; None: the user's own. http makes
        the calls: pass one to trust a certificate, httpx.Client(verify="ca.pem"), or to set
        time limits. first_wait is the wait before the second try, in seconds; each later one
        is twice as long."""
        self._base = base_url.rstrip("/")
        self._headers = {"Authorization": f"Token {token}"} if token else {"x-api-key": api_key} if api_key else {}
        self._language = language
        self._http = http or httpx.Client(timeout=60)
        self._first_wait = first_wait
        self._key: str | None = None

    def __enter__(self) -> Blush:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def with_idempotency_key(self, key: str) -> Blush:
        """The same client, with your own Idempotency-Key for one POST. A program that was
        stopped before it got the answer can repeat the call with the same key within
        24 hours: it takes effect once."""
        keyed = object.__new__(Blush)
        keyed.__dict__.update(self.__dict__, _key=key)
        return keyed

    # Users

    def create_user(self, user: types.NewUserBody | None = None) -> types.User:
        """Register a user. If a user with this external id exists, it is returned unchanged."""
        return self._json("POST", "/v2/users", json=user or {})

    def user(self, user: UserRef = {}) -> types.User:
        return self._json("GET", "/v2/users", user)

    def users(self, *, limit: int | None = None, starting_after: str | None = None) -> types.UserList:
        """The customer's users, newest first."""
        return self._json("GET", "/v2/users", {"limit": limit, "starting_after": starting_after})

    def all_users(self) -> Iterator[types.User]:
        return _all(lambda after: self.users(limit=100, starting_after=after), "user_id")

    def update_user(self, user: UserRef, change: types.NewUserBody) -> types.User:
        """Change the fields that are named; None clears one."""
        return self._json("PATCH", "/v2/users", user, json=change)

    def delete_user(self, user: UserRef) -> None:
        """Erase a user and everything measured."""
        self._send("DELETE", "/v2/users", user)

    def export_user(self, user: UserRef = {}) -> dict[str, Any]:
        """Everything that is stored about a user."""
        return self._json("GET", "/v2/users/export", user)

    def create_token(self, user: UserRef, expires_in: int | None = None) -> types.ActionToken:
        """A token for an app or a page of this user only; expires_in in seconds, 6 hours if left out."""
        body = _given({**user, "expires_in": expires_in})
        return self._json("POST", "/v2/users/authenticate", json=body)

    def revoke_token(self, token: str) -> None:
        """Revoke one action token."""
        self._send("POST", "/v2/users/revoke", json={"token": token})

    def revoke_tokens(self, user: UserRef) -> None:
        """Revoke every action token of a user."""
        self._send("POST", "/v2/users/revoke", json=user)

    # Scans

    def submit_trace(self, user: UserRef, trace: types.Trace | bytes) -> types.FaceScan:
        """Send a trace, as a dict or in its compact form; the answer contains the result."""
        if isinstance(trace, bytes):
            head = {"Content-Type": "application/vnd.blush.trace"}
            return self._json("POST", "/v2/facescans", user, content=trace, headers=head)
        return self._json("POST", "/v2/facescans", user, json=trace)

    def submit_synthetic(self, user: UserRef, synthetic: types.Synthetic | None = None) -> types.FaceScan:
        """A scan without a camera; it needs a DEV key."""
        return self._json("POST", "/v2/facescans", user, json={"synthetic": synthetic or {}})

    def submit_video(
        self,
        user: UserRef,
        video: BinaryIO,
        *,
        face_scan_id: str | None = None,
        timezone: str | None = None,
        at_rest: bool | None = None,
    ) -> types.FaceScan:
        """Send a video, an open file. The scan is then processing; wait_for_scan returns its result."""
        form = {"face_scan_id": face_scan_id or str(uuid.uuid4())}
        if timezone is not None:
            form["timezone"] = timezone
        if at_rest is not None:
            form["at_rest"] = "true" if at_rest else "false"
        name = os.path.basename(str(getattr(video, "name", "video")))

        def body() -> dict[str, Any]:
            video.seek(0)
            return {"data": form, "files": {"video": (name, video)}}

        return self._read(self._send("POST", "/v2/facescans", user, body=body))

    def scan(self, face_scan_id: str) -> types.FaceScan:
        return self._json("GET", f"/v2/facescans/{_part(face_scan_id)}")

    def wait_for_scan(self, face_scan_id: str) -> types.FaceScan:
        """A scan once it is done or has failed."""
        while True:
            scan: types.FaceScan = self._json("GET", f"/v2/facescans/{_part(face_scan_id)}", {"wait": 20})
            if scan["status"] != "processing":
                return scan

    def scans(
        self, user: UserRef = {}, *, limit: int | None = None, starting_after: str | None = None
    ) -> types.FaceScanList:
        """A user's scans, newest first."""
        return self._json("GET", "/v2/facescans", {**user, "limit": limit, "starting_after": starting_after})

    def all_scans(self, user: UserRef = {}) -> Iterator[types.FaceScan]:
        return _all(lambda after: self.scans(user, limit=100, starting_after=after), "face_scan_id")

    def waveform(self, face_scan_id: str) -> types.Waveform:
        """The waves behind a scan's result."""
        return self._json("GET", f"/v2/facescans/{_part(face_scan_id)}/waveform")

    def delete_scan(self, face_scan_id: str) -> None:
        self._send("DELETE", f"/v2/facescans/{_part(face_scan_id)}")

    def waveform_csv(self, face_scan_id: str) -> str:
        """The waves behind a scan's result as CSV; its last row says how many rows there were."""
        return self._export(f"/v2/facescans/{_part(face_scan_id)}/waveform.csv")

    def waveform_edf(self, face_scan_id: str) -> bytes:
        """The waves behind a scan's result in the European Data Format (EDF+C)."""
        return _whole(self._send("GET", f"/v2/facescans/{_part(face_scan_id)}/waveform.edf"), whole.edf)

    def export_scans(
        self,
        user: UserRef = {},
        *,
        format: Literal["ndjson", "csv"] | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> str:
        """The scans of all users or of one as text, one line per scan; its last line says how many there were.
        since and until are times such as 2026-01-31T00:00:00Z."""
        return self._export("/v2/facescans/export", {**user, "format": format, "from": since, "to": until})

    # Reports

    def scan_report(self, face_scan_id: str) -> bytes:
        """A scan as a PDF."""
        return _whole(self._send("GET", f"/v2/facescans/{_part(face_scan_id)}/report", self._spoken({})), whole.pdf)

    def user_report(self, user: UserRef = {}, *, start: str | None = None, stop: str | None = None) -> bytes:
        """A user's period as a PDF; start and stop as yyyy-MM-dd."""
        return _whole(self._send("GET", "/v2/users/report", self._spoken({**user, "start": start, "stop": stop})), whole.pdf)

    # FHIR

    def search_observations(self, search: Mapping[str, Any] = {}) -> dict[str, Any]:
        """A Bundle with one page of a user's observations, newest first. The search contains the parameters of
        FHIR, e.g. patient, date, code and _count; with an API key it names the user or, by _id, the observations."""
        return self._json("GET", "/v2/fhir/Observation", search)

    def search_patients(self, search: Mapping[str, Any] = {}) -> dict[str, Any]:
        """A Bundle with the user that _id or identifier names, as a Patient, or with none."""
        return self._json("GET", "/v2/fhir/Patient", search)

    def observation(self, observation_id: str) -> dict[str, Any]:
        """One value of a scan, a cuff reading or a profile."""
        return self._json("GET", f"/v2/fhir/Observation/{_part(observation_id)}")

    def patient(self, user_id: str) -> dict[str, Any]:
        """A user as a Patient."""
        return self._json("GET", f"/v2/fhir/Patient/{_part(user_id)}")

    def device(self, device_id: str) -> dict[str, Any]:
        """The engine or the health model in one version."""
        return self._json("GET", f"/v2/fhir/Device/{_part(device_id)}")

    def export_patient(self, user_id: str, only: Mapping[str, Any] = {}) -> dict[str, Any]:
        """A Bundle with a user's whole history: the Patient, every observation and the Devices. The parameters of FHIR
        limit it: start, end, _since, _type and _count."""
        return self._json("GET", f"/v2/fhir/Patient/{_part(user_id)}/$everything", only)

    # Sandbox

    def make_history(self, user: UserRef, history: types.HistoryBody | None = None) -> types.MadeHistory:
        """Create days of simulated history for a user who has no scans up to then; it needs a DEV key."""
        return self._json("POST", "/v2/sandbox/history", user, json=history or {})

    def lock(self, user: UserRef, locked: Sequence[str]) -> None:
        """Lock metrics, profiles and biomarkers for a user, in place of those that it locked before; an empty list unlocks them. It needs a DEV key."""
        self._send("POST", "/v2/sandbox/locked", user, json={"locked": list(locked)})

    # Pages

    def scan_url(self, user: UserRef) -> types.PageURL:
        """The address of a user's scan page."""
        return self._json("GET", "/v2/facescans/url", self._spoken(user))

    def dashboard_url(self, user: UserRef) -> types.PageURL:
        """The address of a user's dashboard."""
        return self._json("GET", "/v2/dashboard/url", self._spoken(user))

    def results_url(self, face_scan_id: str) -> types.PageURL:
        """The address of a page with one scan's results."""
        return self._json("GET", f"/v2/facescans/{_part(face_scan_id)}/results-url", self._spoken({}))

    def page_settings(self) -> types.PageSettings:
        """How the customer's pages look and what they ask; it needs a token."""
        return self._json("GET", "/v2/pages/settings")

    # Health

    def questions(self, user: UserRef = {}) -> types.QuestionList:
        """What to ask the user, with the last answers."""
        return self._json("GET", "/v2/questions", self._spoken(user))

    def answer(self, user: UserRef, answer: types.AnswerBody) -> list[types.StoredAnswer]:
        return self._json("POST", "/v2/questions/answer", self._spoken(user), json=answer)

    def answer_all(self, user: UserRef, answers: list[types.AnswerBody]) -> list[types.StoredAnswer]:
        """Store answers of a user, all or none."""
        return self._json("POST", "/v2/questions/answer/many", self._spoken(user), json=answers)

    def metrics(self, user: UserRef = {}) -> types.UserMetrics:
        """The current metrics, with the notices that must be shown."""
        return self._json("GET", "/v2/metrics", self._spoken(user))

    def profile(self, user: UserRef, name: str) -> types.UserProfile:
        """One view of a user by its name, e.g. energy-sleep."""
        return self._json("GET", f"/v2/userprofiles/{_part(name)}", self._spoken(user))

    def journey(self, user: UserRef = {}) -> types.UserJourney:
        """The steps of a user and what each unlocks."""
        return self._json("GET", "/v2/journey", self._spoken(user))

    def add_reading(
        self,
        user: UserRef,
        systolic: float,
        diastolic: float,
        *,
        pulse: float | None = None,
        measured_at: str | None = None,
        timezone: str | None = None,
    ) -> types.Reading:
        """Store a blood pressure from a cuff, in mmHg. measured_at is a time with an offset, such as
        2026-01-31T08:00:00+01:00; None: now. The same reading sent twice is stored once."""
        body = {"kind": "blood_pressure", "systolic": systolic, "diastolic": diastolic}
        return self._json(
            "POST",
            "/v2/readings",
            self._spoken(user),
            json=body | _given({"pulse": pulse, "measured_at": measured_at, "timezone": timezone}),
        )

    def readings(
        self, user: UserRef = {}, *, limit: int | None = None, starting_after: str | None = None
    ) -> types.ReadingList:
        """A user's readings, newest first."""
        return self._json("GET", "/v2/readings", self._spoken({**user, "limit": limit, "starting_after": starting_after}))

    def all_readings(self, user: UserRef = {}) -> Iterator[types.Reading]:
        return _all(lambda after: self.readings(user, limit=100, starting_after=after), "reading_id")

    def delete_reading(self, user: UserRef, reading_id: str) -> None:
        self._send("DELETE", f"/v2/readings/{_part(reading_id)}", user)

    def give_consent(self, user: UserRef, consent: types.ConsentBody) -> list[types.Consent]:
        """Store which text a user consented to, or withdraw consent; returns the stored or withdrawn consents."""
        list_: types.ConsentList = self._json("POST", "/v2/consents", user, json=consent)
        return list_["data"]

    def consents(self, user: UserRef = {}, version: str | None = None) -> list[types.Consent]:
        """A user's consents, to one version of the text or to all."""
        list_: types.ConsentList = self._json("GET", "/v2/consents", {**user, "version": version})
        return list_["data"]

    # Widgets

    def biomarker_widget(self, user: UserRef, parameter: str, face_scan_id: str = "latest") -> types.BiomarkerWidget:
        """The data of a biomarker widget, for one scan or for the newest."""
        return self._widget("biomarker", {**user, "parameter": parameter, "face_scan_id": face_scan_id})

    def metric_widget(self, user: UserRef, parameter: str) -> types.MetricWidget:
        return self._widget("metric", {**user, "parameter": parameter})

    def graph_widget(
        self, user: UserRef, parameter: str, *, title: str | None = None, start: str | None = None, stop: str | None = None
    ) -> types.GraphWidget:
        """The values of a biomarker or metric over time; start and stop as yyyy-MM-dd."""
        return self._widget("graph", {**user, "parameter": parameter, "title": title, "start": start, "stop": stop})

    def main_widget(self, user: UserRef = {}) -> types.MainWidget:
        return self._widget("main", user)

    def recommendations_widget(self, user: UserRef = {}) -> types.RecommendationsWidget:
        return self._widget("recommendations", user)

    def todos_widget(self, user: UserRef = {}) -> types.TodosWidget:
        return self._widget("todos", user)

    def _widget(self, name: str, query: Mapping[str, Any]) -> Any:
        return self._json("GET", f"/v2/widgets/{name}", self._spoken(query))

    def widget_html(
        self,
        user: UserRef,
        name: Literal["biomarker", "metric", "graph", "main", "recommendations", "todos"],
        data: Mapping[str, Any] | None = None,
        appearance: Mapping[str, Any] | None = None,
    ) -> str:
        """A widget as HTML, to insert unchanged."""
        body = {"data": data or {}, "appearance": self._spoken(appearance or {})}
        return _whole(self._send("POST", f"/v2/widgets/{name}", user, json=body), whole.html).decode()

    # Webhooks

    def create_webhook(self, webhook: types.NewWebhookBody) -> types.WebhookWithSecret:
        """Create a webhook. Only this answer contains its secret."""
        return self._json("POST", "/v2/webhooks", json=webhook)

    def webhooks(self) -> list[types.Webhook]:
        """The webhooks of the key's environment, the oldest first."""
        list_: types.WebhookList = self._json("GET", "/v2/webhooks")
        return list_["data"]

    def webhook(self, webhook_id: str) -> types.Webhook:
        return self._json("GET", f"/v2/webhooks/{_part(webhook_id)}")

    def update_webhook(self, webhook_id: str, change: types.WebhookChangeBody) -> types.Webhook:
        return self._json("PATCH", f"/v2/webhooks/{_part(webhook_id)}", json=change)

    def delete_webhook(self, webhook_id: str) -> None:
        self._send("DELETE", f"/v2/webhooks/{_part(webhook_id)}")

    def rotate_webhook_secret(self, webhook_id: str, overlap_s: int) -> types.WebhookWithSecret:
        """Give a webhook a new secret. Deliveries are also signed with the old one for overlap_s seconds, up to 7 days; with 0 the old one ends at once."""
        return self._json("POST", f"/v2/webhooks/{_part(webhook_id)}/rotate", json={"overlap_s": overlap_s})

    def test_webhook(self, webhook_id: str) -> types.Delivery:
        """Send webhook.test once."""
        return self._json("POST", f"/v2/webhooks/{_part(webhook_id)}/test")

    def deliveries(
        self, webhook_id: str, status: str | None = None, *, limit: int | None = None, starting_after: str | None = None
    ) -> types.DeliveryList:
        """A webhook's deliveries, the newest first, of one status or all."""
        query = {"status": status, "limit": limit, "starting_after": starting_after}
        return self._json("GET", f"/v2/webhooks/{_part(webhook_id)}/deliveries", query)

    def all_deliveries(self, webhook_id: str, status: str | None = None) -> Iterator[types.Delivery]:
        return _all(lambda after: self.deliveries(webhook_id, status, limit=100, starting_after=after), "delivery_id")

    def replay(self, webhook_id: str, what: types.ReplayBody) -> types.Replayed:
        """Send one delivery again, or all that failed from a time on."""
        return self._json("POST", f"/v2/webhooks/{_part(webhook_id)}/replay", json=what)

    # Audit

    def audit(
        self,
        *,
        user_id: str | None = None,
        action: str | None = None,
        since: str | None = None,
        until: str | None = None,
        limit: int | None = None,
        starting_after: str | None = None,
    ) -> types.AuditEntryList:
        """The customer's entries of the audit trail, newest first; since and until are times such as 2026-01-31T00:00:00Z."""
        query = {"user_id": user_id, "action": action, "from": since, "to": until}
        return self._json("GET", "/v2/audit", query | {"limit": limit, "starting_after": starting_after})

    def all_audit(
        self,
        *,
        user_id: str | None = None,
        action: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Iterator[types.AuditEntry]:
        return _all(
            lambda after: self.audit(
                user_id=user_id, action=action, since=since, until=until, limit=100, starting_after=after
            ),
            "entry_id",
        )

    # How calls are made

    def _spoken(self, query: Mapping[str, Any]) -> Mapping[str, Any]:
        return query if self._language is None else {"language": self._language, **query}

    def _json(self, method: str, path: str, query: Mapping[str, Any] | None = None, **sent: Any) -> Any:
        return self._read(self._send(method, path, query, body=lambda: dict(sent)))

    def _export(self, path: str, query: Mapping[str, Any] | None = None) -> str:
        return _whole(self._send("GET", path, query), whole.export).decode()

    def _read(self, response: httpx.Response) -> Any:
        try:
            return response.json()
        except ValueError:
            raise BlushError(response, "this is not an answer of the API") from None

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None = None,
        *,
        body: Callable[[], dict[str, Any]] | None = None,
        json: Any = None,
    ) -> httpx.Response:
        """Make one call, and repeat it after an error of the network or the server. body returns the content for each attempt."""
        headers = dict(self._headers)
        if method == "POST":
            headers["Idempotency-Key"] = self._key or str(uuid.uuid4())
        wait = self._first_wait
        tries = 0
        while True:
            sent: dict[str, Any] = body() if body else {"json": json}
            sent["headers"] = {**headers, **sent.get("headers", {})}
            after = 0.0
            fault: Exception
            try:
                # A redirect is not followed: it would take the credential to another server.
                response = self._http.request(
                    method,
                    self._base + path,
                    params=_given(query or {}),
                    follow_redirects=False,
                    **sent,
                )
            except httpx.TransportError as cause:
                fault = cause
            else:
                if response.is_success:
                    return response
                fault = BlushError(response)
                after = min(_retry_after(response.headers.get("Retry-After", "")), _LONGEST_WAIT)
                if response.status_code < 500 and response.status_code != 429 and after == 0:
                    raise fault
            if tries == _RETRIES:
                raise fault
            time.sleep(max(wait, after))
            wait *= 2
            tries += 1


def _whole(response: httpx.Response, is_whole: Callable[[bytes], bool]) -> bytes:
    if not is_whole(response.content):
        raise BlushError(response, "the answer is incomplete: its end is missing")
    return response.content


def _part(text: str) -> str:
    """One part of a path."""
    return quote(text, safe="")


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _all(get: Callable[[str | None], Any], id_: str) -> Iterator[Any]:
    """Read a list page by page."""
    after: str | None = None
    while True:
        page = get(after)
        for item in page["data"]:
            yield item
            after = item[id_]
        if not page["has_more"] or not page["data"]:
            return
