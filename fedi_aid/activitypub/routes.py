"""Every address that other servers use, in one table; `app` mounts it before the pages."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import (
    carried_files,
    featured,
    files,
    help_profiles,
    inbox,
    nodeinfo,
    objects,
    threads,
    webfinger,
)

Endpoint = Callable[[Request], Awaitable[Response]]

TABLE: tuple[tuple[str, str, Endpoint], ...] = (
    # method, path, endpoint
    ("GET", "/.well-known/webfinger", webfinger.webfinger),
    ("GET", "/.well-known/host-meta", webfinger.host_meta),
    ("GET", "/.well-known/nodeinfo", nodeinfo.links),
    ("GET", "/nodeinfo/{version}", nodeinfo.document),
    ("GET", "/actor", objects.application),
    ("POST", "/actor/inbox", inbox.shared_inbox),
    ("GET", "/actor/outbox", objects.empty_outbox),
    ("POST", "/inbox", inbox.shared_inbox),
    ("GET", "/users/{name}", objects.person),
    ("POST", "/users/{name}/inbox", inbox.personal_inbox),
    ("GET", "/users/{name}/outbox", objects.outbox),
    ("GET", "/users/{name}/followers", objects.hidden_collection),
    ("GET", "/users/{name}/following", objects.hidden_collection),
    ("GET", "/users/{name}/followers_synchronization", objects.followers_there),
    ("GET", "/users/{name}/help", help_profiles.help_profile),
    ("GET", "/users/{name}/collections/featured", featured.featured),
    ("GET", "/users/{name}/collections/tags", featured.featured_tags),
    ("GET", "/notes/{name}", objects.note),
    ("GET", "/notes/{name}/activity", objects.note_activity),
    ("GET", "/notes/{name}/audience", objects.nothing),
    ("GET", "/notes/{name}/replies", threads.replies),
    ("GET", "/threads/{name}", threads.thread),
    ("GET", "/activities/{name}", objects.activity),
    ("GET", "/tickets/{name}", objects.ticket),
    ("GET", "/files/{name}", files.file),
    ("GET", "/carried/{word}", carried_files.file),
)


def routes(_instance: Instance) -> list[Route]:
    """The table as routes; the endpoints find the instance at `request.app.state.instance`."""
    return [Route(path, endpoint, methods=[method]) for method, path, endpoint in TABLE]
