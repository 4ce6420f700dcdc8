"""Errors of the client."""

from __future__ import annotations

import json
from typing import Any

import httpx

from .types import FieldError

_EXCERPT = 500


class BlushError(Exception):
    """An answer that is not a success, or that the API would not send."""

    status: int
    detail: str | None
    """What the server says; None if the answer is not one of the API's errors."""
    fields: list[FieldError]
    """The parts of the request that failed validation, of a 422."""
    request_id: str | None
    """Quote it when you report a problem."""
    headers: httpx.Headers
    body: Any
    """The whole answer: its decoded JSON, or its text."""

    def __init__(self, response: httpx.Response, fault: str = "") -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.request_id = response.headers.get("Request-Id")
        try:
            self.body = response.json()
        except ValueError:
            self.body = response.text
        detail = self.body.get("detail") if isinstance(self.body, dict) else None
        self.detail = detail if isinstance(detail, str) else None
        known = isinstance(detail, list) and all(
            isinstance(f, dict) and isinstance(f.get("loc"), list) and isinstance(f.get("msg"), str) for f in detail
        )
        self.fields = detail if known and isinstance(detail, list) else []
        text = (
            self.detail
            or "; ".join(f"{'.'.join(str(part) for part in f.get('loc') or [])}: {f['msg']}" for f in self.fields)
            or ("" if response.is_success else _excerpt(self.body))  # a success may contain a person's values, which must not be logged
        )
        super().__init__(
            f"{self.status} {response.reason_phrase}: {fault}{text} (request {self.request_id or 'unknown'})"
        )


def _excerpt(body: Any) -> str:
    """The beginning of an unknown answer, for a message."""
    text = body.strip() if isinstance(body, str) else json.dumps(body)
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]} … (the rest is in body)"
