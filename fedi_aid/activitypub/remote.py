"""People and posts elsewhere: fetched by the instance, never in a member's name."""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import quote, urlsplit

import msgspec

from fedi_aid.actions import people as people_actions
from fedi_aid.actions import receiving
from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import actors, documents, extension, notes
from fedi_aid.activitypub.fetch import Budget, Document, fetch_document
from fedi_aid.errors import NotFound, Refused, TryLater
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.names import domain_to_ascii
from fedi_aid.model.people import Person
from fedi_aid.net.error import NetError
from fedi_aid.storage import federation, people, pins, posts, tombstones
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs
from fedi_aid.work.jobs import host_of

JRD_BYTES = 65_536
PINS_FOR = timedelta(days=1)
_ACTIVITY_TYPES = ("application/activity+json", "application/ld+json")


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """What WebFinger says: the handle it confirms, and the actor it points to."""

    username: str
    domain: str
    actor: str


async def fetch_actor(
    instance: Instance, uri: str, budget: Budget | None = None, *, wanted_key: str | None = None
) -> Person:
    """Somebody elsewhere, fetched anew and remembered; errors are those of `fetch`.

    Their handle is at their actor's own host, unless another domain's WebFinger confirms that it is at that
    one (O08, O09).
    """
    budget = budget or Budget()
    found = await fetch_document(instance, uri, budget)
    return await _remember(instance, found, budget, wanted_key)


async def _remember(
    instance: Instance, found: Document, budget: Budget, wanted_key: str | None = None
) -> Person:
    own = host_of(found.uri)
    actor = actors.read_actor(found.plain, own, wanted_key)
    domain = await _handle_domain(instance, found, actor.username, own)
    actor = msgspec.structs.replace(actor, domain=domain)
    return await instance.db.write(_store, actor)


def _store(tx: Tx, actor: people_actions.RemoteActor) -> Person:
    if federation.has_departed(tx, actor.uri):
        raise Refused("This account is gone.", log=f"departed: {actor.uri}")
    if any(federation.is_suspended(tx, one) for one in (host_of(actor.uri), actor.domain)):
        # Also where the rule was made while this was under way (A23).
        raise Refused("That server is suspended here.", log=f"suspended: {actor.uri}")
    people_actions.remember(tx, actor)
    if extension.RFC9421 in actor.implements:
        with_ed25519 = extension.ED25519 in actor.implements
        federation.hear_of_rfc9421(tx, host_of(actor.uri), ed25519=with_ed25519)
    person = people.by_uri(tx, actor.uri)
    if person is None:
        raise Refused("This account is gone.", log=f"not remembered: {actor.uri}")
    return person


async def _handle_domain(instance: Instance, found: Document, username: str, own: str) -> str:
    """The domain of their handle: another than the actor's host only if both hosts say so (O09)."""
    claim = documents.text(found.plain, "webfinger")
    if claim is not None:
        name, _, domain = claim.removeprefix("acct:").rpartition("@")
        if domain.lower() == own or name.lower() != username.lower():
            return own
        confirmed = await _named_or_none(instance, name, domain)
    else:
        # Mastodon does not say it in the actor: its own host knows (split domain).
        first = await _named_or_none(instance, username, own)
        if first is None or first.actor != found.uri or first.domain == own:
            return own
        confirmed = await _named_or_none(instance, first.username, first.domain)
    if confirmed is None or confirmed.actor != found.uri or confirmed.username.lower() != username.lower():
        return own
    return confirmed.domain


async def _named_or_none(instance: Instance, username: str, domain: str) -> Named | None:
    try:
        return await webfinger(instance, username, domain)
    except (Refused, NotFound, TryLater):
        return None


async def webfinger(instance: Instance, username: str, domain: str) -> Named:
    """Ask a domain who `username` is there (RFC 7033). The handle is the one the answer names as subject."""
    host = domain_to_ascii(domain)
    if host is None or not username or host == instance.house.domain:
        raise Refused("This is not an address elsewhere.", log=f"webfinger for {domain[:100]!r}")
    if await instance.db.read(federation.is_suspended, host):
        raise Refused("That server is suspended here.", log=f"suspended: {host}")
    scheme = urlsplit(instance.house.base_url).scheme
    resource = quote(f"acct:{username}@{host}", safe="")
    url = f"{scheme}://{host}/.well-known/webfinger?resource={resource}"
    try:
        answer = await instance.net.get(url, accept="application/jrd+json", max_bytes=JRD_BYTES)
    except NetError as problem:
        if problem.permanent:
            raise Refused(problem.sentence, log=problem.log) from problem
        raise TryLater(problem.sentence, log=problem.log) from problem
    if answer.status != 200:
        raise NotFound(log=f"webfinger {answer.status} from {host}")
    return _read_jrd(answer.body, username, host)


def _read_jrd(body: bytes, username: str, host: str) -> Named:
    jrd = documents.parse(body)
    subject = (documents.text(jrd, "subject") or f"acct:{username}@{host}").removeprefix("acct:")
    name, _, domain = subject.rpartition("@")
    at = domain_to_ascii(domain)
    for entry in documents.objects(jrd, "links"):
        href = documents.text(entry, "href")
        kind = (documents.text(entry, "type") or "").partition(";")[0].strip()
        if documents.text(entry, "rel") == "self" and kind in _ACTIVITY_TYPES and href and name and at:
            return Named(username=name, domain=at, actor=href)
    raise NotFound(log=f"no actor in the webfinger of {host}")


async def fetch_note(instance: Instance, uri: str, budget: Budget | None = None) -> PostId | None:
    """A public post elsewhere, fetched and stored; None when it is not public or not a post.

    What is given to the instance alone, because somebody here may see it, is not taken this way: it comes
    to that person's own inbox.
    """
    budget = budget or Budget()
    return await take_note(instance, await fetch_document(instance, uri, budget), budget)


async def take_note(instance: Instance, found: Document, budget: Budget) -> PostId | None:
    """The same for a document that its own server gave."""
    author_uri = notes.author_of(found.plain)
    if not notes.is_note(found.plain) or not documents.same_origin(author_uri, found.uri):
        return None
    assert author_uri is not None
    author = await instance.db.read(people.by_uri, author_uri)
    if author is None:
        author = await fetch_actor(instance, author_uri, budget)
    return await instance.db.write(_receive_public, found, author)


def _receive_public(tx: Tx, found: Document, author: Person) -> PostId | None:
    post = notes.read_note(tx, found.plain, author)
    if post.reach not in ("public", "unlisted") or tombstones.any_of(tx, [post.uri], author.uri):
        return None
    known = posts.by_uri_of_author(tx, post.uri, author.id)
    if known is None and not posts.uri_is_taken(tx, post.uri):
        parent = posts.by_uri(tx, None, post.reply_to_uri) if post.reply_to_uri else None
        known = receiving.store(tx, post, parent)
    return known.id if known else None


async def fetch_missing(instance: Instance, uri: str, budget: Budget) -> None:
    """What a handler said is missing: somebody, or a public post."""
    found = await fetch_document(instance, uri, budget)
    if actors.is_actor(found.plain):
        await _remember(instance, found, budget)
    else:
        await take_note(instance, found, budget)


async def resolve(instance: Instance, words: str, *, fresh: bool = False) -> PersonId | PostId | None:
    """What a member searched for by handle or address; None when nothing public is there (X01). `fresh`:
    somebody elsewhere is fetched anew, also when they are known.

    Which of the two it is: look it up in `people`, then in `posts`.
    """
    words = words.strip()
    try:
        if words.startswith(("https://", "http://")):
            return await _resolve_address(instance, words, fresh=fresh)
        username, _, domain = words.removeprefix("acct:").lstrip("@").partition("@")
        if not username or not domain or "@" in domain:
            return None
        return await _resolve_handle(instance, username, domain, fresh=fresh)
    except (Refused, NotFound, TryLater):
        return None


async def _resolve_address(instance: Instance, uri: str, *, fresh: bool) -> PersonId | PostId | None:
    known = await instance.db.read(_known, uri)
    if (known is not None and not fresh) or instance.house.owns(uri):
        return known
    budget = Budget()
    found = await fetch_document(instance, uri, budget)
    if actors.is_actor(found.plain):
        person = await _remember(instance, found, budget)
        await instance.db.write(_look_up_pins, person.id)
        return person.id
    return await take_note(instance, found, budget)


def _look_up_pins(tx: Tx, person_id: PersonId) -> None:
    """Somebody was looked up: what they have pinned is looked for too, at most once a day."""
    if pins.is_due(tx, person_id, PINS_FOR):
        jobs.fetch_featured(tx, person_id)


def _known(tx: Tx, uri: str) -> PersonId | PostId | None:
    person = people.by_uri(tx, uri)
    if person is not None:
        return person.id
    post = posts.by_uri(tx, None, uri)
    return post.id if post else None


async def _resolve_handle(instance: Instance, username: str, domain: str, *, fresh: bool) -> PersonId | None:
    host = domain_to_ascii(domain) or ""
    here: Sequence[str] = ("", instance.house.domain)
    known = await instance.db.read(people.by_handle, username, "" if host in here else host)
    if (known is not None and not fresh) or host in here:
        return known.id if known and known.kind != "application" else None
    named = await webfinger(instance, username, host)
    person = await fetch_actor(instance, named.actor)
    # The handle must come back the same way it was asked (O08).
    asked = f"{named.username}@{named.domain}".lower()
    if person.handle.lower() != asked:
        raise Refused("That address leads to somebody else.", log=f"{asked} is {person.handle}")
    await instance.db.write(_look_up_pins, person.id)
    return person.id
