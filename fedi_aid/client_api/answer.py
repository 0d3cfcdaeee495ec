"""JSON answers: private by default, never guessed at by a browser."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

_encoder = msgspec.json.Encoder()


def answer_json(body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON response. It belongs to one viewer: no shared cache may keep it."""
    return Response(
        _encoder.encode(body),
        status_code=status,
        media_type="application/json",
        headers={
            "Cache-Control": "private, no-store",
            "Vary": "Authorization, Origin",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            **(headers or {}),
        },
    )
