"""WebFinger and host-meta: who is who here (RFC 7033, RFC 6415, FEP-d556).

The butler is as unknown as a name nobody has.
"""

from html import escape
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import actors
from fedi_aid.activitypub.answers import NOT_FOUND_BODY, problem
from fedi_aid.model.house import House
from fedi_aid.storage import people
from fedi_aid.storage.tx import Tx

JRD = "application/jrd+json"
ACTIVITY = "application/activity+json"
PROFILE_PAGE = "http://webfinger.net/rel/profile-page"
SERVICE = "https://www.w3.org/ns/activitystreams#Service"
_OPEN = {"Access-Control-Allow-Origin": "*"}


async def webfinger(request: Request) -> Response:
    """GET /.well-known/webfinger?resource=…: a handle, an actor's address, or the instance's origin."""
    instance: Instance = request.app.state.instance
    resources = request.query_params.getlist("resource")
    if len(resources) != 1 or not resources[0] or len(resources[0]) > 2_048:
        return problem(400, "One resource has to be named.", _OPEN)
    found = await instance.db.read(_find, resources[0])
    if found is None:
        return Response(NOT_FOUND_BODY, 404, headers=_OPEN, media_type="application/json")
    return Response(msgspec.json.encode(found), headers=_OPEN, media_type=JRD)


def _find(tx: Tx, resource: str) -> dict[str, Any] | None:
    house = tx.house
    if resource.rstrip("/") == house.base_url or resource == house.application():
        return _instance_jrd(tx)
    username = _username(resource, house)
    if username is None:
        return None
    application = people.by_uri(tx, house.application())
    if application is not None and username == application.username:
        return _instance_jrd(tx)
    member = actors.member_named(tx, username)
    if member is None:
        return None
    person = member.person
    page = house.profile_page(person.username)
    return {
        "subject": f"acct:{person.username}@{house.domain}",
        "aliases": [page, person.uri],
        "links": [
            {"rel": PROFILE_PAGE, "type": "text/html", "href": page},
            {"rel": "self", "type": ACTIVITY, "href": person.uri},
        ],
    }


def _username(resource: str, house: House) -> str | None:
    """The local part of a handle or address of ours; None for anything that is not exactly one (O15)."""
    for prefix in (house.person(""), house.profile_page("")):
        if resource.startswith(prefix):
            return _plain(resource.removeprefix(prefix))
    scheme, _, handle = resource.partition(":")
    name, _, domain = handle.removeprefix("@").rpartition("@")
    if scheme != "acct" or domain.lower() != house.domain:
        return None
    return _plain(name.lower())


def _plain(name: str) -> str | None:
    return name if name and quote(name, safe="") == name else None


def _instance_jrd(tx: Tx) -> dict[str, Any] | None:
    """The application actor, found on the origin (FEP-d556)."""
    house = tx.house
    actor = people.by_uri(tx, house.application())
    if actor is None:
        return None
    return {
        "subject": house.base_url,
        "aliases": [f"acct:{actor.username}@{house.domain}", actor.uri],
        "links": [
            {"rel": SERVICE, "type": ACTIVITY, "href": actor.uri},
            {"rel": "self", "type": ACTIVITY, "href": actor.uri},
        ],
    }


async def host_meta(request: Request) -> Response:
    """GET /.well-known/host-meta: where WebFinger is, as XML for those that ask that way first."""
    instance: Instance = request.app.state.instance
    template = escape(f"{instance.house.base_url}/.well-known/webfinger?resource={{uri}}")
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">'
        f'<Link rel="lrdd" template="{template}"/></XRD>\n'
    )
    return Response(body, headers=_OPEN, media_type="application/xrd+xml")
