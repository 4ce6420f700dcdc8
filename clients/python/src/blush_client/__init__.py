"""The client of a Blush server."""

from . import types
from .client import Blush, UserRef
from .errors import BlushError
from .webhooks import WebhookError, WebhookEvent, verify_webhook

__all__ = ["Blush", "BlushError", "UserRef", "WebhookError", "WebhookEvent", "types", "verify_webhook"]
