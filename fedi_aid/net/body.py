"""Reading an answer within its bounds, and telling what it is."""

import zlib
from email.message import Message

import httpx

from fedi_aid.net.error import NetError

ACTIVITY_STREAMS = "https://www.w3.org/ns/activitystreams"
ACCEPT_ACTIVITY = f'application/activity+json, application/ld+json; profile="{ACTIVITY_STREAMS}"'

_GZIP = zlib.MAX_WBITS | 16


async def read_body(response: httpx.Response, max_bytes: int) -> bytes:
    """The decoded body; `NetError("too_large")` once more than `max_bytes` have come, encoded or decoded.

    Only gzip is asked for and only gzip is decoded, at most one byte beyond the bound at a time: a bomb is
    never unpacked (F10).
    """
    url = str(response.url)
    declared = response.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > max_bytes:
        raise NetError("too_large", url, f"declares {declared[:20]} bytes, {max_bytes} allowed")
    decoder = _decoder(response, url)
    encoded, body = 0, bytearray()
    async for chunk in response.aiter_raw():
        encoded += len(chunk)
        try:
            body += decoder.decompress(chunk, max_bytes + 1 - len(body)) if decoder else chunk
        except zlib.error as problem:
            raise NetError("bad_response", url, f"gzip: {problem}") from problem
        if encoded > max_bytes or len(body) > max_bytes:
            raise NetError("too_large", url, f"more than {max_bytes} bytes")
    if decoder and encoded and (not decoder.eof or decoder.unused_data):
        raise NetError("bad_response", url, "gzip: cut short, or more after its end")
    return bytes(body)


def _decoder(response: httpx.Response, url: str) -> "zlib._Decompress | None":
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return None
    if encoding in ("gzip", "x-gzip"):
        return zlib.decompressobj(_GZIP)
    raise NetError("bad_response", url, f"content encoding {encoding[:40]!r} was not asked for")


def media_type(headers: httpx.Headers) -> str:
    """The bare content type in lower case (`"image/png"`), or an empty string if there is none or several."""
    message = _content_type(headers)
    return message.get_content_type() if message else ""


def is_activity(headers: httpx.Headers) -> bool:
    """Whether this is declared to be an ActivityPub document (F08).

    `application/activity+json`, or `application/ld+json` with the ActivityStreams profile. Nothing else: a
    file somebody uploaded as text or as an image is not a document of its server.
    """
    message = _content_type(headers)
    if message is None:
        return False
    kind = message.get_content_type()
    if kind == "application/ld+json":
        profile = message.get_param("profile", "")
        return isinstance(profile, str) and ACTIVITY_STREAMS in profile.split()
    return kind == "application/activity+json"


def _content_type(headers: httpx.Headers) -> Message | None:
    values = headers.get_list("content-type")
    if len(values) != 1 or "," in values[0].partition(";")[0]:
        return None
    # The first of several types in one value would be ours and the last a browser's: neither is taken.
    message = Message()
    message["content-type"] = values[0].replace("\r", " ").replace("\n", " ")
    return message
