"""The few shapes in which this package answers, so that what is hidden and what is missing cannot differ."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

ACTIVITY_TYPE = "application/activity+json; charset=utf-8"
NOT_FOUND_BODY = b'{"error":"Record not found"}'
# Answers depend on who asks and in which form; no shared cache may keep them (P02).
_PRIVATE = {"Cache-Control": "private, no-store", "Vary": "Accept, Signature"}


def not_found() -> Response:
    """What is missing, and what is hidden from whoever asks: the same status, body and headers (P01, R7)."""
    return Response(NOT_FOUND_BODY, 404, headers=_PRIVATE, media_type="application/json")


def document(content: Mapping[str, Any] | bytes) -> Response:
    """An ActivityPub document; bytes are given as they are."""
    body = content if isinstance(content, bytes) else msgspec.json.encode(content)
    return Response(body, headers={**_PRIVATE, "Content-Type": ACTIVITY_TYPE})


def gone(uri: str, kind: str) -> Response:
    """What everybody could have known of and was deleted since (FEP-4f05). What was hidden is `not_found`."""
    tombstone = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": uri,
        "type": "Tombstone",
        "formerType": kind,
    }
    headers = {**_PRIVATE, "Content-Type": ACTIVITY_TYPE}
    return Response(msgspec.json.encode(tombstone), 410, headers=headers)


def page(url: str) -> Response:
    """The page that a browser wanted instead."""
    return RedirectResponse(url, 302, headers=_PRIVATE)


def problem(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    body = msgspec.json.encode({"error": sentence})
    return Response(body, status, headers=dict(headers or {}), media_type="application/json")


def empty(status: int) -> Response:
    return Response(b"", status)


def wants_activity(request: Request) -> bool:
    """The asker named an ActivityPub type; `*/*` or a browser's list does not."""
    for value in request.headers.getlist("accept"):
        for choice in value.lower().split(","):
            kind = choice.partition(";")[0].strip()
            if kind == "application/activity+json":
                return True
            if kind == "application/ld+json" and "json-ld" not in choice:
                return True
    return False
