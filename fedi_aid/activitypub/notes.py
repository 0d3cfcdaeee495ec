"""Reading a note from elsewhere into an `IncomingPost`: who it is for, and what it says."""

import re
from typing import Any

from fedi_aid.actions.receiving import IncomingPost
from fedi_aid.activitypub import attached, content, documents, emojis, extension, polls, quoted
from fedi_aid.activitypub.documents import PUBLIC, link, links, objects, text
from fedi_aid.errors import Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Person
from fedi_aid.model.posts import Reach
from fedi_aid.model.text import plain
from fedi_aid.storage import people
from fedi_aid.storage.tx import Tx

# A poll is read as a post: its question is its text, its options stand beside (activitypub.polls). So are
# works of other software (activitypub.content).
NOTE_TYPES = ("Note", "Question", *content.WORKS)
MAX_MENTIONS = 50


def is_note(document: object) -> bool:
    return documents.is_type(document, *NOTE_TYPES)


def read_note(
    tx: Tx, note: dict[str, Any], author: Person, *, for_id: PersonId | None = None, raw: bytes | None = None
) -> IncomingPost:
    """What a note says; `Refused` unless it is by `author` and under an id on the author's origin (O01, O03).

    `for_id` owns the personal inbox it came to. The caller has established that the author said this.
    """
    uri = text(note, "id")
    if not is_note(note) or uri is None or not documents.same_origin(uri, author.uri):
        raise Refused("This is not a post of its author's server.", log=f"note id {str(uri)[:300]}")
    # Who does not say it in the note said it around the note: the caller knows the author.
    if note.get("attributedTo") is not None and author.uri not in links(note, "attributedTo"):
        raise Refused("This post is by somebody else.", log=f"attributedTo of {uri[:300]}")
    poll = polls.read_poll(note, tx.now)
    said = content.read(note)
    media = attached.files(note, said.inline)
    if (not said.html and poll is None and not media) or polls.vote_of(note) is not None:
        raise Refused("This post says nothing.", log=f"no content in {uri[:300]}")
    addressed = links(note, "to") + links(note, "cc")
    declared = extension.interest(note)
    reach = reach_of(note, author, uri)
    return IncomingPost(
        uri=uri,
        author_id=author.id,
        reach=reach,
        html=said.html,
        created_at=documents.moment(note, "published") or tx.now,
        url=attached.page(note),
        summary=said.summary,
        sensitive=said.sensitive,
        language=said.language,
        reply_to_uri=next(filter(None, map(_uri, links(note, "inReplyTo"))), None),
        thread_uri=_uri(_only(note, "context")),
        replies_uri=_own_uri(link(note, "replies"), uri),
        emojis=emojis.read_emojis(note),
        tags=content.tags(note),
        mention_ids=_mentions(tx, note, addressed, reach, for_id),
        intimacy=extension.intimacy_level(note),
        help_flag=extension.help_flag(note) if author.speaks_fedi_aid else None,
        revision=extension.revision(note) or 1,
        offers_help=extension.help_offer(note),
        project_name=_project(note),
        project_uri=_uri(link(note, extension.PROJECT)),
        instrument=_uri(link(note, "instrument")),
        from_fedi_aid=author.speaks_fedi_aid,
        edited_at=documents.moment(note, "updated"),
        raw=raw,
        media=media,
        poll=poll,
        quote=quoted.read_quote(note),
        paid=declared is not None,
        interest=declared or "",
    )


def author_of(note: dict[str, Any]) -> str | None:
    """Who says they wrote it: of several the first person (films name a channel beside), else the first."""
    people = [one for one in objects(note, "attributedTo") if documents.is_type(one, "Person")]
    return next(iter([uri for one in people if (uri := text(one, "id"))] + links(note, "attributedTo")), None)


def reach_of(note: dict[str, Any], author: Person, uri: str) -> Reach:
    """Who it is for, by its own addresses; what names nobody we understand is for the inbox's owner alone.

    Another actor's followers give nothing (O07).
    """
    to, cc = links(note, "to"), links(note, "cc")
    if PUBLIC in to:
        return "public"
    if PUBLIC in cc:
        return "unlisted"
    if author.speaks_fedi_aid and f"{uri}/audience" in to:
        return "chosen"
    if author.followers_uri and author.followers_uri in to + cc:
        return "followers"
    return "direct"


def _mentions(
    tx: Tx, note: dict[str, Any], addressed: list[str], reach: Reach, for_id: PersonId | None
) -> tuple[PersonId, ...]:
    """Known people whom it names and is addressed to. Who is named without being addressed is not told."""
    hrefs = [link(tag, "href") for tag in objects(note, "tag") if documents.is_type(tag, "Mention")]
    if reach == "direct":
        hrefs += [uri for uri in addressed if tx.house.owns(uri)]
    found: dict[PersonId, None] = {}
    for href in dict.fromkeys(hrefs[: MAX_MENTIONS * 2]):
        person = people.by_uri(tx, href) if href else None
        if person is None or len(found) >= MAX_MENTIONS:
            continue
        if href in addressed or (reach == "chosen" and person.id == for_id):
            found[person.id] = None
    if reach == "chosen" and for_id is not None and _says_name_of(tx, note, for_id):
        found[for_id] = None
    return tuple(found)


def _says_name_of(tx: Tx, note: dict[str, Any], person_id: PersonId) -> bool:
    """Whether the words name this member here. What may be carried is one signed document for all, so it has
    a tag for nobody, and a name in it is plain text (RULES R3)."""
    person = people.by_id(tx, person_id)
    if person is None or not person.local:
        return False
    name = rf"(?<![\w@/])@{re.escape(person.username)}@{re.escape(tx.house.domain)}(?![\w.-]*\w)"
    return re.search(name, plain(text(note, "content") or ""), re.IGNORECASE) is not None


def _project(note: dict[str, Any]) -> str | None:
    project = note.get(extension.PROJECT)
    return text(project, "name") if isinstance(project, dict) else None


def _only(note: dict[str, Any], key: str) -> str | None:
    """The IRI of a property that names one thing; a list of one is that one, as in JSON-LD."""
    found = links(note, key)
    return found[0] if len(found) == 1 else None


def _uri(uri: str | None) -> str | None:
    return uri if uri is not None and documents.origin(uri) is not None else None


def _own_uri(found: str | None, uri: str) -> str | None:
    return found if documents.same_origin(found, uri) else None
