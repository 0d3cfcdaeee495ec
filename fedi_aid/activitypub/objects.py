"""What may be asked for with GET: actors, collections, notes, activities, tickets.

Public things for everybody. Anything else only to a signed request of somebody it was meant for, or of the
server where such a person lives (P16); to all others it is as if it did not exist (P01, H22, RULES R7).
"""

from starlette.requests import Request
from starlette.responses import Response

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import actors, answers, extension, followers
from fedi_aid.activitypub.builders import notes
from fedi_aid.activitypub.delivery import fan_out
from fedi_aid.activitypub.signatures.refusals import BadSignature
from fedi_aid.activitypub.signers import signer_of
from fedi_aid.activitypub.signing import application_keys
from fedi_aid.errors import TryLater
from fedi_aid.model.ids import PostId
from fedi_aid.model.people import Person
from fedi_aid.storage import federation, people, posts, timelines
from fedi_aid.storage.federation import Form
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx

OUTBOX_PAGE = 20


def _instance(request: Request) -> Instance:
    instance: Instance = request.app.state.instance
    return instance


async def asker_of(request: Request) -> Person | None:
    """Who signed this request; nobody when it is unsigned, badly signed, or the signer cannot be known now.

    Found out before anything is looked up, so that the answer's timing tells nothing of what exists.
    """
    if "signature" not in request.headers:
        return None
    try:
        return await signer_of(_instance(request), request, b"")
    except (BadSignature, TryLater):
        return None


# -- actors


async def person(request: Request) -> Response:
    """GET /users/{name}: for everybody; browsers go to the profile page."""
    instance, name = _instance(request), request.path_params["name"]
    found, departed = await instance.db.read(_person, name)
    if departed and answers.wants_activity(request):
        return answers.gone(instance.house.person(name), "Person")
    if found is None:
        return answers.not_found()
    if not answers.wants_activity(request):
        return answers.page(instance.house.profile_page(name))
    return answers.document(found)


def _person(tx: Tx, name: str) -> tuple[dict[str, object] | None, bool]:
    """(document, whether they are gone for good): a name of ours is never given again."""
    member = actors.member_named(tx, name)
    signing = people.signing_keys(tx, member.id) if member else None
    if member is None or signing is None:
        gone = people.by_handle(tx, name)
        left = gone is not None and people.is_gone(tx, gone.id)
        departed = left or federation.has_departed(tx, tx.house.person(name))
        return actors.suspended_document(tx, name), departed
    return actors.document_of(tx, member, signing), False


async def application(request: Request) -> Response:
    """GET /actor: the instance itself, unsigned for everybody, or nobody could check our first request."""
    return answers.document(await _instance(request).db.read(_application))


def _application(tx: Tx) -> dict[str, object]:
    signing = application_keys(tx)
    person = people.by_id(tx, signing.person_id)
    assert person is not None
    return actors.application_document(person, signing, tx.house)


# -- collections: they exist, and tell nothing (P08)


async def hidden_collection(request: Request) -> Response:
    """GET …/followers, …/following: no total and no items for anybody."""
    instance = _instance(request)
    if await instance.db.read(actors.member_named, request.path_params["name"]) is None:
        return answers.not_found()
    return answers.document(
        {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": instance.house.base_url + request.url.path,
            "type": "OrderedCollection",
        }
    )


async def followers_there(request: Request) -> Response:
    """GET …/followers_synchronization: to a signed request, the followers on the asker's own server (P14)."""
    instance = _instance(request)
    asker = await asker_of(request)
    found = await instance.db.read(_followers_there, request.path_params["name"], asker)
    return answers.document(found) if found is not None else answers.not_found()


def _followers_there(tx: Tx, name: str, asker: Person | None) -> dict[str, object] | None:
    member = actors.member_named(tx, name)
    if member is None or asker is None or asker.local:
        return None
    return followers.collection_for(tx, member.person.uri, member.id, asker)


async def outbox(request: Request) -> Response:
    """GET /users/{name}/outbox: the newest public posts, without a total."""
    found = await _instance(request).db.read(_outbox, request.path_params["name"])
    return answers.document(found) if found is not None else answers.not_found()


def _outbox(tx: Tx, name: str) -> dict[str, object] | None:
    member = actors.member_named(tx, name)
    if member is None:
        return None
    views = timelines.by_author(tx, None, member.id, Page(limit=OUTBOX_PAGE))
    items = [notes.create(fan_out.note_for(tx, view, None, "public", None)) for view in views]
    return {
        "@context": extension.CONTEXT,
        "id": f"{member.person.uri}/outbox",
        "type": "OrderedCollection",
        "orderedItems": [{key: value for key, value in one.items() if key != "@context"} for one in items],
    }


async def empty_outbox(request: Request) -> Response:
    """GET /actor/outbox: the instance says nothing."""
    return answers.document(
        {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{_instance(request).house.application()}/outbox",
            "type": "OrderedCollection",
            "orderedItems": [],
        }
    )


# -- notes and what is around them


async def note(request: Request) -> Response:
    """GET /notes/{name}: a post under its own id, or one recipient's form of it."""
    return await _note(request, activity=False)


async def note_activity(request: Request) -> Response:
    """GET /notes/{name}/activity: its Create."""
    return await _note(request, activity=True)


async def _note(request: Request, *, activity: bool) -> Response:
    instance = _instance(request)
    asker = await asker_of(request)
    uri = f"{instance.house.base_url}/notes/{request.path_params['name']}"
    found, url = await instance.db.read(_note_for, uri, asker, activity)
    if found is None and not activity and answers.wants_activity(request):
        return await _deleted_or_hidden(instance, uri)
    if found is None:
        return answers.not_found()
    if not answers.wants_activity(request):
        # Only what is public has a page that anybody may open.
        return answers.page(url) if url else answers.not_found()
    return answers.document(found)


async def _deleted_or_hidden(instance: Instance, uri: str) -> Response:
    """That a public post is deleted is told to everybody; of all others nothing is, not even that (P01)."""
    deleted = await instance.db.read(federation.was_public, uri)
    return answers.gone(uri, "Note") if deleted else answers.not_found()


def _note_for(
    tx: Tx, uri: str, asker: Person | None, activity: bool
) -> tuple[dict[str, object] | bytes | None, str | None]:
    """(document, page) for this asker; (None, None) alike for what is hidden and what is missing."""
    access = access_to(tx, uri, asker)
    if access is None:
        return None, None
    post_id, reader, form, projection = access
    view = fan_out.own_view(tx, PostId(post_id))
    if view is None:
        return None, None
    if form == "whole" and view.post.reach == "chosen" and asker and not asker.speaks_fedi_aid:
        # It says a level, perhaps one that is not for ordinary servers (P10): they have their own forms.
        return None, None
    url = view.post.url if form == "public" else None
    if activity and form == "whole" and view.post.has_proof:
        return fan_out.ensure_signed(tx, view), None
    shown = fan_out.note_for(tx, view, reader, form, projection)
    return (notes.create(shown) if activity else notes.document(shown)), url


def access_to(tx: Tx, uri: str, asker: Person | None) -> tuple[int, Person | None, Form, str | None] | None:
    """(post, reader, form, id of the form) under which this asker may have what has this id."""
    origin = federation.origin_by_uri(tx, uri)
    projected = federation.projection_of(tx, uri)
    post_id = origin.post_id if origin else projected[0] if projected else 0
    domain = asker.domain if asker is not None and asker.domain else "."
    there = federation.someone_there_may_see(tx, post_id, domain)
    holder = posts.get(tx, asker.id if asker else None, post_id)
    if origin is not None and origin.public:
        return (post_id, None, "public", None) if holder is not None else None
    if asker is None or (holder is None and not there):
        return None
    if projected is not None:
        return _projection(tx, projected, asker, uri)
    reader = asker if holder is not None else None
    return (post_id, reader, "whole", None) if origin is not None else None


def _projection(
    tx: Tx, projected: tuple[int, int], asker: Person, uri: str
) -> tuple[int, Person | None, Form, str | None] | None:
    """One recipient's form: to them, or to their own server, while their access lasts."""
    post_id, recipient_id = projected
    recipient = people.by_id(tx, recipient_id)
    if recipient is None or asker.domain != recipient.domain:
        return None
    if asker.kind != "application" and asker.id != recipient.id:
        return None
    sent = federation.deliveries_of(tx, post_id).get(recipient.id)
    if sent is None or posts.get(tx, recipient.id, post_id) is None:
        return None
    return post_id, recipient, sent.form, uri


async def nothing(request: Request) -> Response:
    """GET /notes/{name}/audience: an address that names who reads without saying it to anybody."""
    await asker_of(request)
    return answers.not_found()


# -- activities and tickets


async def activity(request: Request) -> Response:
    """GET /activities/{name}: what was sent, to the server it was sent to; public things to everybody."""
    instance = _instance(request)
    asker = await asker_of(request)
    uri = f"{instance.house.base_url}/activities/{request.path_params['name']}"
    found = await instance.db.read(_activity_for, uri, asker)
    if found is None or not answers.wants_activity(request):
        return answers.not_found()
    return answers.document(found)


def _activity_for(tx: Tx, uri: str, asker: Person | None) -> bytes | None:
    sent = federation.sent_activity(tx, uri)
    about = sent.object_id if sent and sent.object_id else 0
    origin = federation.origin_of(tx, about)
    other = people.by_id(tx, about)
    if sent is None or sent.body is None:
        return None
    if origin is not None:
        if origin.public and posts.get(tx, None, origin.post_id) is not None:
            return sent.body
        # What was said about a hidden post was said to one server each: asked again, it is not repeated.
        return None
    meant = asker is not None and other is not None and not other.local and asker.domain == other.domain
    return sent.body if meant else None


async def ticket(request: Request) -> Response:
    """GET /tickets/{name}: a living ticket, to its carrier or the carrier's server."""
    instance = _instance(request)
    asker = await asker_of(request)
    uri = f"{instance.house.base_url}/tickets/{request.path_params['name']}"
    found = await instance.db.read(_ticket_for, uri, asker)
    if found is None or not answers.wants_activity(request):
        return answers.not_found()
    return answers.document(found)


def _ticket_for(tx: Tx, uri: str, asker: Person | None) -> bytes | None:
    ask = federation.ask_of_ticket(tx, uri)
    carrier = people.by_id(tx, ask.person_id if ask else 0)
    if ask is None or carrier is None or asker is None or ask.state in ("withdrawn", "refused"):
        return None
    its_server = asker.kind == "application" and asker.domain == carrier.domain
    if asker.id != carrier.id and not its_server:
        return None
    return ask.ticket
