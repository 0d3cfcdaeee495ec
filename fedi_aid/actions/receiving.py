"""Posts and reactions from other servers. Wire layers have checked signatures and origins before.

Nothing that arrives gives anybody more than its author's server gave: a post is readable by the owner of
the inbox it came to, and by those it names; a second delivery adds its own inbox's owner (A04).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from fedi_aid.actions import (
    bells,
    carried_posts,
    carry_tickets,
    erasing,
    help,
    invitations,
    placing,
    polls,
    quotes,
    strangers,
    tags,
    threads,
)
from fedi_aid.model import interest
from fedi_aid.model.contacts import ContactKind
from fedi_aid.model.emojis import Emoji, stored
from fedi_aid.model.html import sanitize
from fedi_aid.model.ids import PersonId, PostId, opaque
from fedi_aid.model.polls import IncomingPoll
from fedi_aid.model.posts import Post, Reach, RemoteMedia, Tag
from fedi_aid.model.quotes import IncomingQuote
from fedi_aid.model.text import plain
from fedi_aid.storage import audience_rows, domain_rules, reactions, timelines, tombstones
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import polls as poll_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import threads as thread_rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands

TAGS_MAX = 100
FUTURE = timedelta(minutes=5)


class IncomingPost(msgspec.Struct, frozen=True, kw_only=True):
    """A remote post as its document says; `html` is raw. `raw` holds the activity's bytes when they carry
    a valid proof of the author, to be carried on byte for byte."""

    uri: str
    author_id: PersonId
    reach: Reach
    html: str
    created_at: datetime
    url: str | None = None
    summary: str = ""
    sensitive: bool = False
    language: str | None = None
    reply_to_uri: str | None = None
    thread_uri: str | None = None
    replies_uri: str | None = None
    emojis: tuple[Emoji, ...] = ()
    tags: tuple[Tag, ...] = ()
    mention_ids: tuple[PersonId, ...] = ()
    intimacy: int | None = None
    help_flag: bool | None = None
    revision: int = 1
    offers_help: bool = False
    project_name: str | None = None
    project_uri: str | None = None
    instrument: str | None = None
    from_fedi_aid: bool = False
    edited_at: datetime | None = None
    raw: bytes | None = None
    media: tuple[RemoteMedia, ...] = ()
    poll: IncomingPoll | None = None
    quote: IncomingQuote | None = None
    paid: bool = False
    interest: str = ""


def receive(tx: Tx, incoming: IncomingPost, *, for_id: PersonId | None) -> PostId | None:
    """Store a remote post for those here who may read it; None when it concerns nobody here.

    `for_id` owns the personal inbox it came to; None means the shared inbox, which only ever brings public
    posts, followers' posts and direct posts to those they name.
    """
    author = people_rows.by_id(tx, incoming.author_id)
    if author is None or author.suspended_at is not None:
        return None
    if tombstones.any_of(tx, [incoming.uri], author.uri):
        return None
    parent = _parent(tx, incoming)
    readers = _among_readers(tx, _readers(tx, incoming, for_id), parent)
    if not readers and incoming.reach not in ("public", "unlisted"):
        return None
    overheard = parent if _is_public_answer(incoming, parent) else None
    if overheard is not None:
        # Its parent link would say to everybody that the hidden post exists (RULES R4).
        parent, incoming = None, msgspec.structs.replace(incoming, reply_to_uri=None, thread_uri=None)
    followers: Sequence[PersonId] = ()
    if incoming.reach in ("public", "unlisted"):
        followers = tie_rows.follower_ids_here(tx, incoming.author_id)
    is_new = not post_rows.uri_is_taken(tx, incoming.uri)
    if is_new:
        if not readers and not followers and not _wanted(tx, incoming, parent or overheard):
            return None
        known = _take_in(tx, incoming, parent, overheard)
    else:
        found = post_rows.by_uri_of_author(tx, incoming.uri, incoming.author_id)
        if found is None:
            return None  # an id of somebody else's post (A21)
        if found.reach != incoming.reach:
            return None  # a second delivery cannot change who it is for (A03)
        known = found if found.vouched_at is None else restate(tx, found, incoming)
    if known.reach in ("public", "unlisted"):
        _spread(tx, known, incoming, followers, is_new=is_new)
    else:
        _distribute(tx, known, incoming, readers, parent)
    return known.id


def _take_in(tx: Tx, incoming: IncomingPost, parent: Post | None, overheard: Post | None) -> Post:
    """A post that was not known, and what follows from that for others."""
    known = store(tx, incoming, parent)
    if overheard is not None:
        _warn_author(tx, overheard, known)
    if incoming.quote is not None:
        quotes.claim(tx, known, incoming.quote)
    if parent is None and incoming.reply_to_uri is not None:
        threads.complete(tx, known.id)
    return known


def _wanted(tx: Tx, incoming: IncomingPost, parent: Post | None) -> bool:
    """A public post whose author nobody here follows is kept when somebody here is named, or wrote what it
    answers."""
    if incoming.mention_ids:
        return True
    writer = people_rows.by_id(tx, parent.author_id) if parent else None
    return writer is not None and writer.local


def _parent(tx: Tx, incoming: IncomingPost) -> Post | None:
    """What it answers, if its author may know that it exists (A20)."""
    if incoming.reply_to_uri is None:
        return None
    if incoming.instrument is not None:
        carry_tickets.admit_by_ticket(tx, incoming.author_id, incoming.instrument, incoming.reply_to_uri)
    return post_rows.by_uri_or_projection(tx, incoming.author_id, incoming.reply_to_uri)


def _is_public_answer(incoming: IncomingPost, parent: Post | None) -> bool:
    """Everybody may read the answer, and not what it answers."""
    open_ = ("public", "unlisted")
    return parent is not None and incoming.reach in open_ and parent.reach not in open_


def _warn_author(tx: Tx, parent: Post, answer: Post) -> None:
    author = people_rows.by_id(tx, parent.author_id)
    if author is not None and author.local:
        errands.butler_overheard(tx, parent.id, answer.id)


def _among_readers(tx: Tx, named: list[PersonId], parent: Post | None) -> list[PersonId]:
    """An answer to an engine-chosen post is never shown wider than that post, whomever it is addressed to
    (FEDERATION_EXTENSION §2, P07)."""
    if parent is None or parent.reach != "chosen":
        return named
    return [one for one in named if one == parent.author_id or audience_rows.holds(tx, one, parent.id)]


def _readers(tx: Tx, incoming: IncomingPost, for_id: PersonId | None) -> list[PersonId]:
    """Members here who get a row of the access list."""
    if incoming.reach in ("public", "unlisted"):
        return []
    named = [one for one in incoming.mention_ids if _is_member(tx, one)]
    if incoming.reach == "followers":
        found = [*named, *tie_rows.follower_ids_here(tx, incoming.author_id)]
    elif incoming.reach == "chosen":
        # Chosen by their server for this inbox's owner, who must be a friend or at least a follower.
        follows = for_id is not None and tie_rows.is_following(tx, for_id, incoming.author_id)
        found = [for_id] if follows and for_id is not None else []
        # Their server cannot know whom somebody here muted or reported: what that keeps away is dropped here.
        unwanted = tie_rows.barred_ids(tx, incoming.author_id, found)
        found = [one for one in found if one not in unwanted]
    else:
        found = named if for_id is None else list(dict.fromkeys([*named, for_id]))
    found = [one for one in dict.fromkeys(found) if for_id is None or one == for_id or one in named]
    return [one for one in found if not _kept_out(tx, one, incoming.author_id)]


def _kept_out(tx: Tx, reader: PersonId, author_id: PersonId) -> bool:
    return tie_rows.is_blocked_either_way(tx, reader, author_id) or tie_rows.mutes_domain_of(
        tx, reader, author_id
    )


def _is_member(tx: Tx, person_id: int) -> bool:
    person = people_rows.by_id(tx, person_id)
    return person is not None and person.local and person.kind != "application"


def store(tx: Tx, incoming: IncomingPost, parent: Post | None) -> Post:
    """The post's own rows; access comes separately."""
    html = _shown(incoming)
    post_id = post_rows.insert(
        tx,
        uri=incoming.uri,
        url=incoming.url or incoming.uri,
        author_id=incoming.author_id,
        reach=incoming.reach,
        intimacy=_intimacy(incoming),
        text=plain(html),
        html=html,
        summary=plain(incoming.summary)[:500],
        sensitive=incoming.sensitive,
        language=incoming.language,
        reply_to_id=parent.id if parent else None,
        reply_to_uri=incoming.reply_to_uri,
        reply_to_person_id=parent.author_id if parent else None,
        help_flag=_flag(incoming, incoming.reach),
        paid=incoming.paid,
        interest=incoming.interest,
        revision=incoming.revision,
        offers_help=incoming.offers_help,
        project_name=plain(incoming.project_name or "")[:200] or None,
        project_id=_filed_under(tx, incoming),
        created_at=min(incoming.created_at, tx.now + FUTURE),
        signed_activity=incoming.raw,
        thread_uri=incoming.thread_uri,
        replies_uri=incoming.replies_uri,
        emojis=_emojis(tx, incoming),
        **({"thread_id": parent.thread_id} if parent else {}),
    )
    post_rows.put_tags(tx, post_id, incoming.tags[:TAGS_MAX])
    for person_id in incoming.mention_ids[: placing.MENTIONS_MAX]:
        post_rows.put_mention(tx, post_id, person_id)
    if incoming.media and not domain_rules.rejects_media(tx, _domain_of(tx, incoming.author_id)):
        post_rows.put_remote_media(tx, post_id, incoming.author_id, incoming.media)
    if incoming.poll is not None:
        poll_rows.add_incoming(tx, post_id, incoming.poll)
    found = post_rows.by_uri_of_author(tx, incoming.uri, incoming.author_id)
    assert found is not None
    if incoming.reach in ("public", "unlisted"):
        thread_rows.adopt(tx, found)
    return found


def _shown(incoming: IncomingPost) -> str:
    """What is shown of its words; who declares an interest without saying it in them has it said here."""
    html = quotes.with_fallback(sanitize(incoming.html), incoming.quote)
    if incoming.paid and not interest.is_said(plain(html), incoming.interest):
        html = interest.above(html, incoming.interest, incoming.language)
    return html


def _flag(incoming: IncomingPost, reach: Reach) -> bool | None:
    """A post by which its author gains is never shown as a request, whatever it says (PRODUCT S4b)."""
    return incoming.help_flag if reach == "chosen" and not incoming.paid else None


def _filed_under(tx: Tx, incoming: IncomingPost) -> int | None:
    """The project known here in whose logbook its author may write (RULES R26)."""
    if incoming.project_uri is None or incoming.reach != "chosen":
        return None
    return invitations.filed_under(tx, incoming.author_id, incoming.project_uri)


def _emojis(tx: Tx, incoming: IncomingPost) -> list[list[str]] | None:
    if not incoming.emojis or domain_rules.rejects_media(tx, _domain_of(tx, incoming.author_id)):
        return None
    return stored(incoming.emojis)


def _domain_of(tx: Tx, person_id: int) -> str:
    person = people_rows.by_id(tx, person_id)
    return person.domain if person else ""


def _intimacy(incoming: IncomingPost) -> int | None:
    """Absent from a fedi_aid peer means 2; never inferred from visibility (FEDERATION_EXTENSION §1)."""
    if incoming.reach != "chosen":
        return None
    return incoming.intimacy if incoming.intimacy is not None else 2


def _spread(
    tx: Tx, post: Post, incoming: IncomingPost, followers: Sequence[PersonId], *, is_new: bool
) -> None:
    """A public post comes home to whoever here follows its author, or one of its tags."""
    if is_new:
        timelines.add_home_to_all(tx, followers, post.id)
    else:  # some have it already
        for follower in followers:
            timelines.add_home(tx, follower, post.id)
    for named in incoming.mention_ids:
        if _is_member(tx, named):
            strangers.tell(tx, named, "mention", post.author_id, post_id=post.id)
            _note_contact(tx, post, named)
    bells.ring(tx, post, followers, named=incoming.mention_ids)
    if post.reach == "public":
        tags.spread(tx, post.id, post.author_id)
    tx.announce("public", post_id=post.id)


def _distribute(
    tx: Tx, post: Post, incoming: IncomingPost, readers: list[PersonId], parent: Post | None
) -> None:
    for reader in readers:
        if not audience_rows.admit(
            tx, post.id, reader, kind=_kind(post), opaque=opaque(), revision=post.revision
        ):
            continue
        if post.reach == "direct" or reader in incoming.mention_ids:
            _note_contact(tx, post, reader)
        if post.reach == "direct":
            placing.deliver_here(tx, post, reader)
            continue
        timelines.add_home(tx, reader, post.id)
        bells.ring(tx, post, [reader], named=incoming.mention_ids)
        if reader in incoming.mention_ids:
            strangers.tell(tx, reader, "mention", post.author_id, post_id=post.id)
    if parent is not None and post.offers_help:
        _note_offer(tx, post, parent)


def _note_contact(tx: Tx, post: Post, member_id: PersonId) -> None:
    """Its author turned to this member; being among the readers of a post says nothing (RULES R9)."""
    kind: ContactKind = "named" if post.reach == "direct" else "mentioned"
    if post.reply_to_person_id == member_id:
        kind = "reply"
    tie_rows.record_contact(tx, post.author_id, member_id, kind)


def _kind(post: Post) -> str:
    if post.reach == "direct":
        return "reply" if post.reply_to_id else "named"
    return "follower" if post.reach == "followers" else "chosen"


def _note_offer(tx: Tx, reply: Post, parent: Post) -> None:
    """ "I can help": believed from those the request was shown to."""
    writer = people_rows.by_id(tx, parent.author_id)
    if writer is not None and writer.local:
        help.note_offer(tx, parent, reply.author_id, reply_id=reply.id)


# -- changes


def receive_edit(tx: Tx, incoming: IncomingPost) -> Post | None:
    """An Update by the author of a post we hold (A01). Older ones are ignored (A02); it never reaches more
    people (A03). Raising the level above 1 ends every carried copy; lowering the flag ends the carrying."""
    post = post_rows.by_uri_of_author(tx, incoming.uri, incoming.author_id)
    if post is None:
        return None
    if post.vouched_at is not None:
        return restate(tx, post, incoming)
    requests_only = post.help_flag is not None or incoming.help_flag is not None
    if requests_only and incoming.revision <= post.revision:
        return None
    if incoming.edited_at and post.edited_at and incoming.edited_at < post.edited_at:
        return None
    html = _shown(incoming)
    if incoming.poll is not None:
        polls.refresh(tx, post, incoming.poll)
    if incoming.quote is not None:
        quotes.claim(tx, post, incoming.quote)
    said_more = incoming.poll is not None or incoming.quote is not None
    if said_more and html == post.html and incoming.edited_at in (None, post.edited_at):
        return post  # the results alone, or leave to quote: no new version
    post_rows.keep_version(tx, post)
    level = _level_of(post, incoming)
    post_rows.change(
        tx,
        post.id,
        text=plain(html),
        html=html,
        summary=plain(incoming.summary)[:500],
        sensitive=incoming.sensitive,
        language=incoming.language,
        emojis=_emojis(tx, incoming),
        intimacy=level,
        help_flag=_flag(incoming, post.reach),
        paid=incoming.paid,
        interest=incoming.interest,
        revision=max(incoming.revision, post.revision),
        edited_at=min(incoming.edited_at or tx.now, tx.now + FUTURE),
        signed_activity=incoming.raw,  # what is carried is the latest word, or nothing (RULES R18)
    )
    post_rows.replace_tags(tx, post.id, incoming.tags[:TAGS_MAX])
    post_rows.replace_remote_media(tx, post.id, post.author_id, incoming.media)
    tx.announce("changed", post_id=post.id)
    changed = post_rows.by_uri_of_author(tx, incoming.uri, incoming.author_id)
    assert changed is not None
    if level is not None and level > 1:
        carried_posts.hide(tx, post_id=post.id)
    elif changed.carriable:
        carried_posts.level_changed(tx, changed)
    if post.flag_is_up and not changed.flag_is_up:
        help.flag_came_down(tx, changed)
    if incoming.offers_help and not post.offers_help:
        post_rows.change(tx, post.id, offers_help=True)
        parent = post_rows.get(tx, changed.author_id, changed.reply_to_id or 0)
        if parent is not None:
            _note_offer(tx, changed, parent)
    return changed


def _level_of(post: Post, incoming: IncomingPost) -> int | None:
    """Wider only by what its author signed: who may read it here is for their server to say either way, and
    whether it may be asked of others is theirs (RULES R15)."""
    if post.reach != "chosen":
        return None
    said = _intimacy(incoming) or 0
    return said if incoming.raw else max(post.intimacy or 0, said)


def restate(tx: Tx, post: Post, incoming: IncomingPost) -> Post:
    """What stood here on a carrier's word is now said by its author: their words take its place, whatever
    it said and whatever revision it claimed (RULES R20). Where they end the request, nobody keeps it."""
    html = _shown(incoming)
    post_rows.change(
        tx,
        post.id,
        vouched_at=None,
        url=incoming.url or incoming.uri,
        intimacy=_intimacy(incoming),
        text=plain(html),
        html=html,
        summary=plain(incoming.summary)[:500],
        sensitive=incoming.sensitive,
        language=incoming.language,
        emojis=_emojis(tx, incoming),
        help_flag=_flag(incoming, post.reach),
        paid=incoming.paid,
        interest=incoming.interest,
        revision=incoming.revision,
        offers_help=incoming.offers_help,
        project_name=plain(incoming.project_name or "")[:200] or None,
        edited_at=incoming.edited_at and min(incoming.edited_at, tx.now + FUTURE),
        signed_activity=incoming.raw,
        thread_uri=incoming.thread_uri,
        replies_uri=incoming.replies_uri,
    )
    post_rows.replace_tags(tx, post.id, incoming.tags[:TAGS_MAX])
    post_rows.replace_remote_media(tx, post.id, post.author_id, incoming.media)
    tx.announce("changed", post_id=post.id)
    said = post_rows.by_uri_of_author(tx, incoming.uri, incoming.author_id)
    assert said is not None
    if not said.carriable:
        carried_posts.hide(tx, post_id=post.id)
    return said


def receive_delete(tx: Tx, actor_id: int, uri: str) -> bool:
    """A Delete by the author, before or after its Create: it stays deleted (A05)."""
    actor = people_rows.by_id(tx, actor_id)
    if actor is None:
        return False
    tombstones.put(tx, uri, actor.uri)
    post = post_rows.by_uri_of_author(tx, uri, actor_id)
    if post is None:
        return False
    erasing.erase(tx, post.id)
    return True


# -- reactions


def receive_like(tx: Tx, actor_id: int, uri: str, object_uri: str) -> bool:
    """A favourite of a post its sender may see; of anything else it is ignored, alike (A12)."""
    post = post_rows.by_uri_or_projection(tx, PersonId(actor_id), object_uri)
    author = people_rows.by_id(tx, post.author_id) if post else None
    if post is None or author is None or not author.local:
        return False
    if reactions.put_favourite(tx, actor_id, post.id, uri):
        tie_rows.record_contact(tx, actor_id, author.id, "favourite")
        shown = strangers.was_shown(tx, post.id, actor_id)
        strangers.tell(tx, author.id, "favourite", actor_id, post_id=post.id, expected=shown)
    return True


def receive_unlike(tx: Tx, actor_id: int, uri: str) -> bool:
    """Undo of a Like by the one who sent it (A07)."""
    known = reactions.favourite_by_uri(tx, uri)
    if known is None or known[0] != actor_id:
        return False
    person_id, post_id = known
    reactions.drop_favourite(tx, person_id, post_id)
    post = post_rows.get(tx, PersonId(actor_id), post_id)
    if post is not None:
        timelines.drop_notification(tx, post.author_id, "favourite", actor_id, post_id=post_id)
    return True


def receive_boost(tx: Tx, actor_id: int, uri: str, post_id: int) -> bool:
    """A boost of a public post (A11); of anything else it is ignored."""
    post = post_rows.get(tx, None, post_id)
    if post is None:
        return False
    boost_id = reactions.put_boost(tx, actor_id, post.id, uri=uri)
    if boost_id is None:
        return False
    for follower in tie_rows.follower_ids_here(tx, actor_id):
        timelines.add_home(tx, follower, post.id, boost_id=boost_id)
    author = people_rows.by_id(tx, post.author_id)
    if author is not None and author.local:
        strangers.tell(tx, author.id, "reblog", actor_id, post_id=post.id)
    return True


def receive_unboost(tx: Tx, actor_id: int, uri: str) -> bool:
    known = reactions.boost_by_uri(tx, uri)
    if known is None or known.person_id != actor_id or known.for_id is not None:
        return False
    reactions.end_boost(tx, known.id)
    return True
