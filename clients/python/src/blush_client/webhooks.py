"""Webhooks, as in the Standard Webhooks specification."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from .types import WebhookEvent as _Sent
from .types import WebhookEventData

_TOLERANCE = 5 * 60  # seconds that the timestamp of a webhook may be from now
_DIGITS = 20  # the most a timestamp has; int reads no number of thousands of digits


class WebhookError(Exception):
    """Why a request is not one of your webhooks: answer it with a 400 and do nothing."""


@dataclass(frozen=True)
class WebhookEvent:
    """The event in a webhook request."""

    id: str
    """The same for every attempt and replay: process each event once."""
    type: str
    timestamp: datetime
    data: WebhookEventData


def verify_webhook(payload: bytes | str, headers: Mapping[str, str], *secrets: str) -> WebhookEvent:
    """Check that a request to your server is a webhook signed with one of your secrets,
    within five minutes of now, and decode it. payload is the unchanged body.
    While a secret is rotated, pass both secrets. Raises WebhookError."""
    given = {name.lower(): value for name, value in headers.items()}
    id_, seconds = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not id_ or not (seconds.isascii() and seconds.isdigit() and len(seconds) <= _DIGITS):
        raise WebhookError("webhook: webhook-id or webhook-timestamp is missing")
    if abs(time.time() - int(seconds)) > _TOLERANCE:
        raise WebhookError("webhook: webhook-timestamp is more than five minutes from now")
    body = payload.encode() if isinstance(payload, str) else payload
    for secret in secrets:
        key = _from_base64(secret.removeprefix("whsec_"))
        if not key:
            raise WebhookError("webhook: a secret must be whsec_ followed by base64")
        want = hmac.new(key, f"{id_}.{seconds}.".encode() + body, hashlib.sha256).digest()
        for signature in given.get("webhook-signature", "").split():
            version, _, text = signature.partition(",")
            if version == "v1" and hmac.compare_digest(_from_base64(text) or b"", want):
                return _read(id_, body)
    raise WebhookError("webhook: no signature matches one of the secrets")


def _read(id_: str, body: bytes) -> WebhookEvent:
    try:
        sent: _Sent = json.loads(body)
        return WebhookEvent(id_, sent["type"], datetime.fromisoformat(sent["timestamp"]), sent["data"])
    except (ValueError, KeyError, TypeError) as cause:
        raise WebhookError("webhook: its body is not an event") from cause


def _from_base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
