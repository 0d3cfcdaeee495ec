"""Posts of members as notes, in the form that each recipient gets (FEDERATION_EXTENSION §2).

| form | for | id | addressed to |
| --- | --- | --- | --- |
| whole | fedi_aid peers, engine-chosen posts | the post's own | an opaque audience that nobody can read |
| quiet | plain peers, ordinary posts up to level 2 | one per recipient | that recipient, without a tag |
| direct | plain peers, requests and levels 3–4 | one per recipient | that recipient, with a tag |
| addressed | direct messages, everywhere | the post's own | the people the author named |
| public | public posts | the post's own | the public and the followers |

No form of an engine-chosen post names another recipient (P04); no form for a plain peer says a level (P10).
"""

from collections.abc import Iterable
from datetime import datetime
from html import escape
from typing import Any

import msgspec

from fedi_aid.activitypub import extension
from fedi_aid.activitypub.builders import polls
from fedi_aid.activitypub.builders.stamps import stamp
from fedi_aid.activitypub.builders.words import words_in
from fedi_aid.activitypub.documents import PUBLIC
from fedi_aid.activitypub.signatures import multibase
from fedi_aid.media.addresses import OPEN, addresses
from fedi_aid.model import interest
from fedi_aid.model.causes import hashtag
from fedi_aid.model.house import House
from fedi_aid.model.interest import Declared
from fedi_aid.model.people import Person
from fedi_aid.model.polls import Poll
from fedi_aid.model.posts import Attachment, PostView
from fedi_aid.model.text import MentionTarget, fold_tag, render

SHA256 = b"\x12\x20"  # how a multihash says its kind and length
DIRECT_LEVEL = 3  # from here on a plain peer gets a direct message


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """The project of a post, for fedi_aid peers: `name` only where all who may get the post may know it; the
    id, which opens nothing, tells those who are in it. The causes are said either way: they choose readers.
    """

    uri: str
    name: str | None
    causes: tuple[str, ...]


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What a form needs beside the post: the house, what it answers as this recipient knows it, the
    conversation it belongs to, the ticket by which a carried request reached its answerer, and the post's
    poll with the moment its results are of. For a plain peer also the reader and the name of their row of the
    access list, which open its pictures."""

    house: House
    in_reply_to: str | None = None
    thread: str | None = None
    instrument: str | None = None
    poll: Poll | None = None
    project: Project | None = None
    now: datetime | None = None
    reader_id: int = 0
    row: str = ""


def whole(view: PostView, context: Context, *, named: Person | None = None) -> dict[str, Any]:
    """The one form that every fedi_aid peer gets. `named`: the recipient, if the author mentioned them.

    The text is the same for all: a name in it is plain text, so that nobody learns from a link who else
    got it (RULES R3).
    """
    post = view.post
    note = _note(view, context, uri=post.uri, html=_html(view, (), context.house))
    note["to"] = [f"{post.uri}/audience"]
    if named is not None:
        note["tag"] = [*note.get("tag", []), _mention(named, context.house)]
    note[extension.INTIMACY_LEVEL] = post.intimacy if post.intimacy is not None else extension.DEFAULT_LEVEL
    if post.help_flag is not None:
        note[extension.HELP_FLAG] = post.help_flag
        note[extension.REVISION] = post.revision
    if context.project is not None:
        note |= _project(note, context.project, context.house)
    note["interactionPolicy"] = _policy(view, note["to"])
    return note | _declared(view, context) | _conversation(context, post.uri)


def quiet(
    view: PostView, context: Context, recipient: Person, uri: str, *, tagged: bool = False
) -> dict[str, Any]:
    """For a plain peer, shown without a notification where the software can; `tagged` where it shows
    nothing otherwise (GoToSocial, Takahē).

    A post that was sent so and narrowed to level 3 later stays such a copy, as no edit changes who sees a
    note there; but its words go behind the neutral summary of the direct forms.
    """
    words = words_in(view.post.language, context.house.default_language)
    covered = (view.post.intimacy or 0) >= DIRECT_LEVEL
    html = _html(view, (recipient,), context.house) + _line(words.quiet)
    html = _titled(view, html) if covered else html
    note = _note(view, context, uri=uri, html=_greeted(view, html, recipient) if tagged else html)
    note["to"] = [recipient.uri]
    if tagged:
        note["tag"] = [*note.get("tag", []), _mention(recipient, context.house)]
    if covered:
        note |= {"summary": words.summary, "sensitive": True}
    note["interactionPolicy"] = _policy(view, note["to"])
    return note


def _titled(view: PostView, html: str) -> str:
    """The author's own summary inside, where the neutral one stands above."""
    summary = view.post.summary
    return f"<p><strong>{escape(summary)}</strong></p>{html}" if summary else html


def direct(view: PostView, context: Context, recipient: Person, uri: str) -> dict[str, Any]:
    """For a plain peer, as a direct message: a request, or a post of level 3 or 4."""
    post = view.post
    words = words_in(post.language, context.house.default_language)
    html = _titled(view, _html(view, (recipient,), context.house))
    if post.help_flag is False:
        html = _line(words.solved) + html
    if post.help_flag is True:
        html += _line(words.request)
    note = _note(view, context, uri=uri, html=_greeted(view, html, recipient))
    note |= {
        "to": [recipient.uri],
        "tag": [*note.get("tag", []), _mention(recipient, context.house)],
        "directMessage": True,
        "summary": words.summary,
        "sensitive": True,
        "interactionPolicy": _policy(view, [recipient.uri]),
    }
    return note


def addressed(view: PostView, context: Context) -> dict[str, Any]:
    """A direct message or an answer, to the people the author named; they know of each other."""
    people = view.mentions
    note = _note(view, context, uri=view.post.uri, html=_html(view, people, context.house))
    absent = [one for one in people if one.uri not in _linked(view, context.house)]
    if absent:
        note["content"] = _greeting(absent) + note["content"]
        _in_language(note, view)
    note |= {
        "to": [person.uri for person in people],
        "tag": [*note.get("tag", []), *(_mention(person, context.house) for person in people)],
        "directMessage": True,
    }
    if not context.reader_id:  # what a plain peer would not understand, it is not told (P10)
        if view.post.offers_help:
            note[extension.HELP_OFFER] = True
        if context.instrument:
            note["instrument"] = context.instrument
        note |= _declared(view, context)
    note["interactionPolicy"] = _policy(view, note["to"])
    return note | _conversation(context, view.post.uri)


def public(view: PostView, context: Context) -> dict[str, Any]:
    """A public post, for its author's followers and everybody."""
    post, author = view.post, view.author
    note = _note(view, context, uri=post.uri, html=_html(view, view.mentions, context.house))
    followers = f"{author.uri}/followers"
    people = [person.uri for person in view.mentions]
    unlisted = post.reach == "unlisted"
    note |= {
        "to": [followers if unlisted else PUBLIC],
        "cc": [PUBLIC if unlisted else followers, *people],
        "url": post.url or post.uri,
        "interactionPolicy": _policy(view, [PUBLIC], announce=[PUBLIC]),
        **_conversation(context, post.uri),
    }
    if view.mentions:
        mentions = [_mention(person, context.house) for person in view.mentions]
        note["tag"] = [*note.get("tag", []), *mentions]
    return note | _declared(view, context)


# -- the activities around them


def create(note: dict[str, Any]) -> dict[str, Any]:
    """The Create of a note; its id follows from the note's, so that it is the same whenever it is made."""
    return _around("Create", note, f"{note['id']}/activity", note["published"])


def update(note: dict[str, Any], uri: str, now: datetime, *, edited: bool = True) -> dict[str, Any]:
    """The Update of a note. Not `edited`: only the results of its poll are new."""
    return _around("Update", note | ({"updated": stamp(now)} if edited else {}), uri, stamp(now))


def _around(kind: str, note: dict[str, Any], uri: str, published: str) -> dict[str, Any]:
    return {
        "@context": extension.context_of(note),
        "id": uri,
        "type": kind,
        "actor": note["attributedTo"],
        "to": note["to"],
        "cc": note["cc"],
        "published": published,
        "object": note,
    }


def document(note: dict[str, Any]) -> dict[str, Any]:
    """A note by itself, as it is fetched."""
    return {"@context": extension.context_of(note), **note}


# -- the parts


def _policy(view: PostView, readers: list[str], *, announce: list[str] | None = None) -> dict[str, Any]:
    """What may be done with a note without asking, by whom; nothing is ever given on asking. Who may read it
    may like and answer it; only what is public is announced, and nothing is quoted (RULES R16)."""
    author = [view.author.uri]
    allowed = {"canLike": readers, "canReply": readers, "canAnnounce": announce or author, "canQuote": author}
    return {word: {"automaticApproval": who} for word, who in allowed.items()}


def _conversation(context: Context, uri: str) -> dict[str, Any]:
    """Where the rest of it is listed, for those who may read it (FEP-7888, FEP-7458). A recipient's own form
    names no conversation: it would be shared with other recipients (RULES R4)."""
    found = {"context": context.thread} if context.thread else {}
    return found | {"replies": f"{uri}/replies"}


def _note(view: PostView, context: Context, *, uri: str, html: str) -> dict[str, Any]:
    post = view.post
    note: dict[str, Any] = {
        "id": uri,
        "type": "Note",
        "attributedTo": view.author.uri,
        "to": [],
        "cc": [],
        "content": html,
        "published": stamp(post.created_at),
    }
    _in_language(note, view)
    if post.edited_at:
        note["updated"] = stamp(post.edited_at)
    if post.summary:
        note["summary"] = post.summary
    if post.sensitive:
        note["sensitive"] = True
    if context.in_reply_to:
        note["inReplyTo"] = context.in_reply_to
    tags = [
        {"type": "Hashtag", "name": f"#{tag.name}", "href": context.house.tag_page(tag.folded)}
        for tag in view.tags
    ]
    if tags:
        note["tag"] = tags
    if view.media:
        note["attachment"] = [_file(one, view, context) for one in view.media if one.file]
    if context.poll is not None and context.now is not None:
        note |= polls.question(context.poll, context.now)
    return note


def _declared(view: PostView, context: Context) -> dict[str, Any]:
    """What the first line says, for servers that know the word."""
    if not view.post.paid:
        return {}
    language = view.post.language or context.house.default_language
    return {extension.INTEREST: interest.words(view.post.interest, language)}


def _project(note: dict[str, Any], project: Project, house: House) -> dict[str, Any]:
    said: Any = project.uri
    if project.name is not None:
        said = {"id": project.uri, "name": project.name, extension.CAUSES: list(project.causes)}
    known = {tag["name"].lower() for tag in note.get("tag", [])}
    named = [hashtag(cause) for cause in project.causes]
    tags = [
        {"type": "Hashtag", "name": f"#{name}", "href": house.tag_page(fold_tag(name))}
        for name in named
        if name and f"#{name}".lower() not in known
    ]
    return {extension.PROJECT: said} | ({"tag": [*note.get("tag", []), *tags]} if tags else {})


def _in_language(note: dict[str, Any], view: PostView) -> None:
    if view.post.language:
        note["contentMap"] = {view.post.language: note["content"]}


def _html(view: PostView, linked: Iterable[Person], house: House) -> str:
    """The author's text; only these people's names are links, all others stay plain text."""
    targets: dict[str, MentionTarget] = {}
    named = {person.id for person in view.mentions}
    for person in linked:
        if person.id not in named:
            continue
        target = MentionTarget(url=person.url or person.uri, username=person.username)
        targets[person.handle.lower()] = target
        if person.local:
            targets[f"{person.username}@{house.domain}".lower()] = target
    html = render(view.post.text, targets, house.tag_page)
    said = Declared(view.post.paid, view.post.interest)
    return said.above(html, view.post.language or house.default_language)


def _linked(view: PostView, house: House) -> set[str]:
    """Whose names the text itself says."""
    said = view.post.text.lower()
    return {
        person.uri
        for person in view.mentions
        if f"@{person.username}@{person.domain or house.domain}".lower() in said
        or (person.local and f"@{person.username}".lower() in said)
    }


def _greeted(view: PostView, html: str, recipient: Person) -> str:
    """A direct message begins with the name it is for, unless the text says it."""
    says = any(person.id == recipient.id for person in view.mentions)
    return html if says else _greeting([recipient]) + html


def _greeting(people: Iterable[Person]) -> str:
    links = " ".join(
        f'<span class="h-card"><a href="{escape(one.url or one.uri)}" class="u-url mention">'
        f"@<span>{escape(one.username)}</span></a></span>"
        for one in people
    )
    return f"<p>{links}</p>"


def _line(text: str) -> str:
    return f"<p>{escape(text, quote=False)}</p>"


def _mention(person: Person, house: House) -> dict[str, Any]:
    name = f"@{person.username}@{person.domain or house.domain}"
    return {"type": "Mention", "href": person.uri, "name": name}


def _file(one: Attachment, view: PostView, context: Context) -> dict[str, Any]:
    """A picture, at an address that opens for this reader alone (RULES R17). A whole note is one for all,
    and signed where it may be carried: its address opens to signed requests only, and the digest says what
    has to come."""
    shown: dict[str, Any] = {"type": "Document", "mediaType": one.content_type, "name": one.alt or None}
    if view.post.reach in OPEN or context.row:
        now = context.now or view.post.created_at
        found = addresses(context.house, one, view.post, reader=context.reader_id, row=context.row, now=now)
        shown["url"] = found.full if found is not None else None
    else:
        shown["url"] = context.house.file_url(one.opaque)
        if one.digest:
            shown["digestMultibase"] = multibase.encode(SHA256 + bytes.fromhex(one.digest))
    if one.blurhash:
        shown["blurhash"] = one.blurhash
    size = one.meta.get("original") if isinstance(one.meta, dict) else None
    if isinstance(size, dict) and {"width", "height"} <= size.keys():
        shown |= {"width": size["width"], "height": size["height"]}
    return shown
