"""NodeInfo: what we say of this server, rounded and once a day (P09), and what peers say of theirs."""

from typing import Any
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedi_aid import __version__
from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import answers, documents
from fedi_aid.errors import FediAidError
from fedi_aid.net.client import Response as Answer
from fedi_aid.net.error import NetError
from fedi_aid.storage import federation
from fedi_aid.storage.federation import Counts

SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"
VERSIONS = ("2.0", "2.1")
APPLICATION = "https://www.w3.org/ns/activitystreams#Application"
MAX_BYTES = 65_536
_OPEN = {"Access-Control-Allow-Origin": "*"}


async def links(request: Request) -> Response:
    """GET /.well-known/nodeinfo: the documents, and the application actor (FEP-2677)."""
    instance: Instance = request.app.state.instance
    base = instance.house.base_url
    found = [{"rel": SCHEMA + version, "href": f"{base}/nodeinfo/{version}"} for version in VERSIONS]
    found.append({"rel": APPLICATION, "href": instance.house.application()})
    return _json({"links": found}, "application/json")


async def document(request: Request) -> Response:
    """GET /nodeinfo/{version}."""
    instance: Instance = request.app.state.instance
    version = request.path_params["version"]
    if version not in VERSIONS:
        return answers.not_found()
    counts = await instance.db.read(federation.counts_of_today)
    if counts is None:
        counts = await instance.db.write(federation.count_today)
    profile = f'application/json; profile="{SCHEMA}{version}#"'
    return _json(_document(instance, version, counts), profile)


def _document(instance: Instance, version: str, counts: Counts) -> dict[str, Any]:
    settings = instance.settings
    software: dict[str, str] = {"name": "fedi_aid", "version": __version__}
    return {
        "version": version,
        "software": software,
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": settings.registration in ("open", "approval"),
        "usage": {
            "users": {
                "total": rounded(counts.members),
                "activeMonth": rounded(counts.active_month),
                "activeHalfyear": rounded(counts.active_half_year),
            },
            "localPosts": rounded(counts.public_posts),
        },
        "metadata": {
            "nodeName": settings.instance_name,
            "nodeDescription": settings.instance_description,
            # Clients that only know Mastodon's API take it from here that we speak it.
            "upstream": {"name": "mastodon"},
        },
    }


def rounded(count: int) -> int:
    """To tens below a thousand, then to two leading digits: no single person or post shows (P09)."""
    step: int = 10 ** max(1, len(str(count)) - 2)
    return (count + step // 2) // step * step


def _json(content: dict[str, Any], media_type: str) -> Response:
    headers = _OPEN | {"Cache-Control": "max-age=3600, public", "Content-Type": media_type}
    return Response(msgspec.json.encode(content), headers=headers)


# -- theirs


async def software_of(instance: Instance, domain: str) -> tuple[str | None, str | None]:
    """(name, version) of what a peer runs; (None, None) when it does not say. Never an error.

    It decides the form of a post for plain peers and nothing else (FEDERATION_EXTENSION §6).
    """
    scheme = urlsplit(instance.house.base_url).scheme
    try:
        index = await _get(instance, f"{scheme}://{domain}/.well-known/nodeinfo")
        hrefs = [
            href
            for entry in documents.objects(index, "links")
            if (documents.text(entry, "rel") or "").startswith(SCHEMA)
            and (href := documents.text(entry, "href"))
            and documents.same_origin(href, f"{scheme}://{domain}/")
        ]
        if not hrefs:
            return None, None
        software = (await _get(instance, hrefs[-1])).get("software")
    except FediAidError:
        return None, None
    name, version = documents.text(software, "name"), documents.text(software, "version")
    return (name.lower()[:60] if name else None), (version[:60] if version else None)


async def _get(instance: Instance, url: str) -> dict[str, Any]:
    answer: Answer = await instance.net.get(url, accept="application/json", max_bytes=MAX_BYTES)
    if answer.status != 200:
        raise NetError("bad_response", url, f"status {answer.status}")
    return documents.parse(answer.body)
