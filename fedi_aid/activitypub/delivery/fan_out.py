"""Who elsewhere is sent a post, in which form, and what becomes of it there (FEDERATION_EXTENSION §2)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec

from fedi_aid.actions import carry_tickets
from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub.builders import deletes, notes
from fedi_aid.activitypub.builders.projects import file_post
from fedi_aid.activitypub.delivery import outbox, peers
from fedi_aid.activitypub.documents import PUBLIC
from fedi_aid.audience.candidates import PLAIN_PEER_BUDGET
from fedi_aid.model.ids import PersonId, PostId, opaque
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.people import Person
from fedi_aid.model.posts import PostView
from fedi_aid.storage import (
    audience_rows,
    deliveries,
    federation,
    people,
    polls,
    post_views,
    posts,
    projects,
    threads,
    ties,
    vouching,
)
from fedi_aid.storage import carries as carry_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage.federation import Delivery, Form
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs, kinds
from fedi_aid.work.runner import Finish

# They show a limited post to nobody unless it carries a tag (FEDERATION_NOTES §1.1).
TAG_TO_BE_SHOWN = frozenset({"gotosocial", "takahe", "takahē"})
# They have no way to show a limited post but a notification: it spends their people's week (RULES R21).
ONLY_NOTIFY = TAG_TO_BE_SHOWN | {"misskey", "sharkey", "cherrypick", "foundkey", "mitra", "snac", "snac2"}
WEEK = timedelta(days=7)
CONFIDANTS = 4
# Written in one transaction; what is more comes in the next.
READERS_AT_ONCE = 300
MAX_CARRIED_LEVEL = 1


async def fan_out(instance: Instance, job: Job) -> Finish | None:
    """Job `fan_out`: send what changed of a post to everybody elsewhere whom it concerns.

    A new post goes at once to everybody whose server is known; the others follow when their servers have
    been asked what they run, so that one that does not answer holds up nobody else.
    """
    post_id, what = PostId(job.args["post_id"]), job.args["what"]
    if what == "rest":
        await peers.ask_all(instance, await instance.db.read(peers.unknown, post_id))
    return partial(_SENDERS[what], post_id=post_id)


# -- the view from the author's side


def own_view(tx: Tx, post_id: PostId) -> PostView | None:
    """A member's post with all that its author knows of it; None when it is gone, held or the butler's."""
    origin = federation.origin_of(tx, post_id)
    if origin is None or not origin.local:
        return None
    view = post_views.view(tx, origin.author_id, post_id)
    if view is None or view.post.held_until or view.post.reach == "butler":
        return None
    return view


class Circle(msgspec.Struct, frozen=True, kw_only=True):
    """What the readers elsewhere of one post have to do with it: asked once, however many they are."""

    common: notes.Context  # without what is each reader's own
    names: Mapping[PersonId, str]  # of their rows of the access list
    parents: Mapping[PersonId, Delivery]  # the forms in which they have the post that this one answers
    software: Mapping[str, str | None]
    closed: frozenset[PersonId]  # nothing may go there: a block may be newer than the choice (P12)

    def only_notified(self, reader: Person) -> bool:
        return not reader.speaks_fedi_aid and (self.software.get(reader.domain) or "") in ONLY_NOTIFY


def circle_of(tx: Tx, view: PostView, readers: Sequence[Person]) -> Circle:
    post = view.post
    ids = [one.id for one in readers]
    domains = {one.domain for one in readers}
    barred = deliveries.suspended_among(tx, domains)
    closed = {one.id for one in readers if one.suspended_at is not None or one.domain in barred}
    return Circle(
        common=notes.Context(
            house=tx.house,
            thread=_thread(tx, view),
            instrument=_ticket(tx, view),
            poll=polls.of_post(tx, None, post.id) if view.poll_id else None,
            project=_project(tx, view),
            now=tx.now,
        ),
        names=deliveries.audience_names(tx, post.id, ids) if ids else {},
        parents=federation.deliveries_of(tx, post.reply_to_id) if ids and post.reply_to_id else {},
        software=deliveries.softwares(tx, domains),
        closed=frozenset(closed | ties.blocked_among(tx, post.author_id, ids)),
    )


def _project(tx: Tx, view: PostView) -> notes.Project | None:
    """The project of an engine-chosen post, if it lives here. It is named to all readers where every one of
    them may know of it: in a post of its owner, which goes no further than the project itself is shown."""
    post = view.post
    project = projects.by_id(tx, post.project_id) if post.project_id and post.reach == "chosen" else None
    if project is None or not tx.house.owns(project.uri):
        return None
    furthest = Intimacy.BOTTLE if post.carriable else max(Intimacy.FRIENDS, post.intimacy or 0)
    told = project.owner_id == post.author_id and project.shown_to_level <= furthest
    causes = projects.cause_names_of(tx, [project.id], tx.house.default_language).get(project.id, [])
    return notes.Project(uri=project.uri, name=project.title if told else None, causes=tuple(causes))


def _filing(tx: Tx, view: PostView) -> tuple[PersonId, str] | None:
    """(owner, id) of a project elsewhere in whose logbook this is: its owner alone is told. The id would tell
    every other reader on which server its author is in a project."""
    post = view.post
    project = projects.by_id(tx, post.project_id) if post.project_id and post.reach == "chosen" else None
    if project is None or tx.house.owns(project.uri):
        return None
    return project.owner_id, project.uri


def context_for(tx: Tx, view: PostView, reader: Person | None, circle: Circle) -> notes.Context:
    """What a post answers, under the id by which this reader knows it."""
    post = view.post
    answers = post.reply_to_uri
    if post.reply_to_id is not None and reader is not None:
        sent = circle.parents.get(reader.id)
        if sent is not None and sent.projection:
            answers = sent.projection
        elif sent is None and answers and tx.house.owns(answers):
            # Not theirs to know, unless it is open or they are its author.
            answers = answers if posts.get(tx, reader.id, post.reply_to_id) else None
    plain = reader if reader is not None and not reader.speaks_fedi_aid else None
    return msgspec.structs.replace(
        circle.common,
        reader_id=plain.id if plain is not None else 0,
        row=circle.names.get(plain.id, "") if plain is not None else "",
        in_reply_to=answers,
    )


def _thread(tx: Tx, view: PostView) -> str | None:
    """The conversation a post belongs to. One that began with an engine-chosen post is named to fedi_aid
    peers alone: others hold forms of their own, which no common name may tie together (RULES R4)."""
    began = threads.began(tx, view.post.thread_id)
    if began is None or began[0] != "chosen" or view.post.reach == "chosen":
        return view.post.thread_uri
    return view.post.thread_uri if all(one.speaks_fedi_aid for one in view.mentions) else None


def _ticket(tx: Tx, view: PostView) -> str | None:
    """The ticket by which a request reached its answerer: the author's server lets the answer in by it."""
    post = view.post
    if post.reply_to_id is None:
        return None
    leases = carry_rows.leases_of(tx, post.reply_to_id, person_id=post.author_id)
    return next((lease.ticket_uri for lease in leases), None)


def form_for(tx: Tx, view: PostView, reader: Person) -> Form | None:
    """The form an engine-chosen post takes for somebody elsewhere; None: nothing is sent there."""
    if reader.speaks_fedi_aid:
        return "whole"
    level = view.post.intimacy if view.post.intimacy is not None else 2
    if level >= CONFIDANTS:
        author = people.member(tx, view.post.author_id)
        if author is None or not author.plain_confidants:
            return None
    direct = view.post.help_flag is not None or level >= notes.DIRECT_LEVEL
    return "direct" if direct else "projection"


def note_for(
    tx: Tx,
    view: PostView,
    reader: Person | None,
    form: Form,
    projection: str | None,
    circle: Circle | None = None,
) -> dict[str, Any]:
    """The note as one reader gets it."""
    circle = circle or circle_of(tx, view, [reader] if reader is not None else [])
    context = context_for(tx, view, reader, circle)
    if form == "public":
        return notes.public(view, context)
    if view.post.reach == "direct":
        return notes.addressed(view, context)
    if form == "whole" or reader is None or projection is None:
        named = reader if reader and any(one.id == reader.id for one in view.mentions) else None
        return notes.whole(view, context, named=None if _is_proven(view) else named)
    if form == "direct":
        return notes.direct(view, context, reader, projection)
    tagged = (circle.software.get(reader.domain) or "") in TAG_TO_BE_SHOWN
    return notes.quiet(view, context, reader, projection, tagged=tagged)


def _is_proven(view: PostView) -> bool:
    """Signed by the author, now or before: one document for all, without anybody's name."""
    return view.post.carriable or view.post.has_proof


# -- create


def _create(tx: Tx, *, post_id: PostId, everybody: bool = False) -> None:
    """To those who were not sent it yet; unless `everybody`, those on servers that were never asked what they
    run are left to a job of their own."""
    view = own_view(tx, post_id)
    if view is None or vouching.waits(tx, view.post.thread_id):
        return  # an answer to somebody whose server has not been asked waits for that (RULES R20)
    if view.post.reach in ("public", "unlisted"):
        note = note_for(tx, view, None, "public", None)
        uri = outbox.keep(tx, notes.create(note), view.post.author_id, post_id)
        named = list(view.mentions)
        outbox.send_openly(tx, uri, view.post.author_id, order_key=f"note:{post_id}", also=named)
        return
    if view.post.carriable:
        ensure_signed(tx, view)
    sent = federation.deliveries_of(tx, post_id)
    first = [
        who
        for who, _, circle in audience_rows.readers_elsewhere(tx, post_id)
        if circle == 1 and who not in sent
    ]
    readers = list(people.many(tx, first).values())
    unknown = set() if everybody else peers.unknown(tx, post_id)
    known = [one for one in readers if one.speaks_fedi_aid or one.domain not in unknown]
    peers.refresh(tx, {one.domain for one in known if not one.speaks_fedi_aid})
    send_posts(tx, view, known[:READERS_AT_ONCE])
    if unknown or len(known) > READERS_AT_ONCE:
        jobs.fan_out(tx, post_id, "rest" if unknown else "create")


def send_post(tx: Tx, view: PostView, reader: Person) -> bool:
    """Send a post to one reader elsewhere, in their form; False when nothing goes there."""
    return send_posts(tx, view, [reader]) == 1


def send_posts(tx: Tx, view: PostView, readers: Sequence[Person]) -> int:
    """Send a post to these readers elsewhere, each in their form; to how many something goes."""
    post = view.post
    if not readers:
        return 0
    circle = circle_of(tx, view, readers)
    spent = _who_has_heard_enough(tx, view, readers, circle)
    going: list[deliveries.NewDelivery] = []
    letters: list[jobs.Letter] = []
    kept: dict[str, deliveries.NewActivity] = {}
    filing = _filing(tx, view)
    for reader in readers:
        form: Form | None = "whole" if post.reach == "direct" else form_for(tx, view, reader)
        name = circle.names.get(reader.id)
        if form is None or name is None or reader.inbox is None or reader.id in circle.closed | spent:
            continue
        projection = None if form == "whole" else f"{tx.house.base_url}/notes/{name}"
        going.append(deliveries.NewDelivery(person_id=reader.id, form=form, projection=projection))
        activity = _activity_for(tx, view, reader, form, projection, circle, kept)
        key = _order(post.id, reader.id)
        letters.append(jobs.Letter(activity, reader.inbox, post.author_id, key, reader.id, post.id))
        if filing is not None and filing[0] == reader.id:
            told = file_post(tx.house.new_activity(), view.author.uri, post.uri, filing[1], reader.uri)
            uri = str(told["id"])
            kept[uri] = deliveries.NewActivity(uri=uri, kind="Add", body=outbox.encode(told))
            letters.append(jobs.Letter(uri, reader.inbox, post.author_id, key, reader.id))
        if _is_ordinary(view) and circle.only_notified(reader):
            question_rows.interrupt(tx, reader.id, "post")
    deliveries.put_all(tx, post.id, going)
    deliveries.keep_all(tx, list(kept.values()), actor_id=post.author_id, object_id=post.id)
    jobs.deliver_all(tx, letters)
    return len(going)


def _is_ordinary(view: PostView) -> bool:
    """Chosen by the engine, and no request."""
    return view.post.reach == "chosen" and view.post.help_flag is None


def _who_has_heard_enough(
    tx: Tx, view: PostView, readers: Sequence[Person], circle: Circle
) -> frozenset[PersonId]:
    """Friends whom an ordinary post could only reach by a notification, and whose week's budget, as counted
    here, is spent (RULES R21): it is not sent to them, and nobody is told."""
    if not _is_ordinary(view):
        return frozenset()
    noticed = [one.id for one in readers if circle.only_notified(one)]
    heard = question_rows.interruptions_since(tx, noticed, tx.now - tx.house.soon(WEEK))
    return frozenset(PersonId(who) for who, when in heard.items() if len(when) >= PLAIN_PEER_BUDGET)


def _activity_for(
    tx: Tx,
    view: PostView,
    reader: Person,
    form: Form,
    projection: str | None,
    circle: Circle,
    kept: dict[str, deliveries.NewActivity],
) -> str:
    """Make the Create that this reader gets, into `kept`; its id. What is the same for all is made once."""
    post = view.post
    if form == "whole" and post.reach == "chosen" and _is_proven(view):
        uri = f"{post.uri}/activity"
        if uri not in kept:
            body = ensure_signed(tx, view)
            kept[uri] = deliveries.NewActivity(uri=uri, kind="Create", body=body)
        return uri
    named = any(one.id == reader.id for one in view.mentions)
    if form == "whole" and post.reach == "chosen" and not named and post.reply_to_id is None:
        uri = f"{post.uri}/activity"
        if uri in kept:
            return uri
    note = note_for(tx, view, reader, form, projection, circle)
    activity = notes.create(note)
    if form == "whole" and (post.reach == "direct" or _names(note, reader)):
        # Not the same for all: each gets an id of its own.
        activity = activity | {"id": tx.house.new_activity()}
    uri = str(activity["id"])
    kept[uri] = deliveries.NewActivity(uri=uri, kind="Create", body=outbox.encode(activity))
    return uri


def _names(note: dict[str, Any], reader: Person) -> bool:
    return any(tag.get("href") == reader.uri for tag in note.get("tag", []))


def _order(post_id: int, person_id: int) -> str:
    return f"note:{post_id}:{person_id}"


def ensure_signed(tx: Tx, view: PostView) -> bytes:
    """The latest signed Create or Update of a carriable post (RULES R18); made when missing."""
    known = posts.signed_activity(tx, view.post.id)
    if known is not None:
        return known
    activity = notes.create(note_for(tx, view, None, "whole", None))
    body = outbox.encode(outbox.signed(tx, activity, view.post.author_id))
    posts.change(tx, view.post.id, signed_activity=body)
    return body


# -- update, lower


def _update(tx: Tx, *, post_id: PostId, edited: bool = True) -> None:
    """To those who were sent the post and may still read it (P05, R15); the others are told it is gone.
    Not `edited`: the results of a poll, and no new words."""
    view = own_view(tx, post_id)
    if view is None:
        return
    post = view.post
    if post.reach in ("public", "unlisted"):
        note = note_for(tx, view, None, "public", None)
        activity = notes.update(note, tx.house.new_activity(), tx.now, edited=edited)
        uri = outbox.keep(tx, activity, post.author_id, post_id)
        also = [*view.mentions, *people.many(tx, polls.voters_elsewhere(tx, post_id)).values()]
        outbox.send_openly(tx, uri, post.author_id, order_key=f"note:{post_id}", also=also)
        return
    if post.has_proof and (post.intimacy or 0) > MAX_CARRIED_LEVEL:
        carry_tickets.end_carrying(tx, post)
        view = own_view(tx, post_id) or view
    common = _signed_update(tx, view) if post.reach == "chosen" and _is_proven(view) else None
    sent = federation.deliveries_of(tx, post_id)
    for reader in people.many(tx, sent).values():
        if audience_rows.holds(tx, reader.id, post_id) and _may_stay(tx, view, reader):
            _update_one(tx, view, reader, sent[reader.id], common, edited)
        else:
            withdraw_from(tx, post_id, reader, sent[reader.id])
    if common is not None:
        _forward_here(tx, view.post.id, common, everybody=post.help_flag is not True)
        if not post.carriable:
            # The lowering was the last signed word: what is said later is for the first circle alone.
            posts.change(tx, post.id, signed_activity=None)


def _may_stay(tx: Tx, view: PostView, reader: Person) -> bool:
    """What was narrowed to a level that does not leave for ordinary servers is taken back from there."""
    return view.post.reach != "chosen" or form_for(tx, view, reader) is not None


def _signed_update(tx: Tx, view: PostView) -> str:
    """Sign the new version; it is what is carried from now on."""
    note = note_for(tx, view, None, "whole", None)
    activity = outbox.signed(tx, notes.update(note, tx.house.new_activity(), tx.now), view.post.author_id)
    body = outbox.encode(activity)
    posts.change(tx, view.post.id, signed_activity=body)
    return outbox.keep_bytes(tx, body, activity["id"], "Update", view.post.author_id, view.post.id)


def _update_one(
    tx: Tx, view: PostView, reader: Person, sent: Delivery, common: str | None, edited: bool
) -> None:
    if not outbox.may_tell(tx, view.post.author_id, reader):
        return
    uri = common
    if sent.form != "whole" or common is None:
        note = note_for(tx, view, reader, sent.form, sent.projection)
        activity = notes.update(note, tx.house.new_activity(), tx.now, edited=edited)
        uri = outbox.keep(tx, activity, view.post.author_id, view.post.id)
    assert uri is not None
    key = _order(view.post.id, reader.id)
    outbox.send(tx, uri, reader, view.post.author_id, order_key=key, post_id=view.post.id)


def _forward_here(tx: Tx, post_id: PostId, uri: str, *, everybody: bool) -> None:
    """Members here who carried it pass the author's signed word on, as carriers elsewhere do."""
    carriers = {
        carrier for _, carrier, _, state in carry_rows.carried(tx, post_id) if everybody or state == "shown"
    }
    for carrier in carriers:
        jobs.forward(tx, post_id, carrier, uri)


# -- delete


def _delete(tx: Tx, *, post_id: PostId) -> None:
    """To everybody who was sent it, former friends and carried copies included (P06)."""
    origin = federation.origin_of(tx, post_id)
    if origin is None or not origin.local:
        return
    author = people.by_id(tx, origin.author_id)
    if author is None:
        return
    audience = [PUBLIC] if origin.public else [f"{origin.uri}/audience"]
    uri = tx.house.new_activity()
    activity = deletes.delete(uri, author.uri, origin.uri, audience, proven=origin.provable)
    if origin.provable:
        activity = outbox.signed(tx, activity, author.id)
    uri = outbox.keep(tx, activity, author.id, post_id)
    if origin.public:
        outbox.send_openly(tx, uri, author.id, order_key=f"note:{post_id}")
    sent = federation.deliveries_of(tx, post_id)
    for reader in people.many(tx, sent).values():
        form = sent[reader.id]
        if form.projection:
            _delete_form(tx, author, reader, form)
        else:
            key = _order(post_id, reader.id)
            outbox.send(tx, uri, reader, author.id, order_key=key, post_id=post_id)
        federation.withdraw_delivery(tx, post_id, reader.id)
    if origin.provable:
        _forward_here(tx, post_id, uri, everybody=True)


def withdraw_from(tx: Tx, post_id: int, reader: Person, sent: Delivery) -> None:
    """One reader elsewhere loses a post: their own form is deleted, or they leave its audience."""
    origin = federation.origin_of(tx, post_id)
    author = people.by_id(tx, origin.author_id) if origin else None
    if origin is None or author is None:
        return
    if sent.projection:
        _delete_form(tx, author, reader, sent)
    else:
        activity = deletes.remove_reader(tx.house.new_activity(), author.uri, origin.uri, reader.uri)
        uri = outbox.keep(tx, activity, author.id, post_id)
        outbox.send(tx, uri, reader, author.id, order_key=_order(post_id, reader.id))
    federation.withdraw_delivery(tx, post_id, reader.id)


def _delete_form(tx: Tx, author: Person, reader: Person, sent: Delivery) -> None:
    assert sent.projection is not None
    activity = deletes.delete(tx.house.new_activity(), author.uri, sent.projection, [reader.uri])
    uri = outbox.keep(tx, activity, author.id, sent.post_id)
    outbox.send(tx, uri, reader, author.id, order_key=_order(sent.post_id, reader.id))


async def tell_removed(instance: Instance, job: Job) -> Finish | None:
    """Job `tell_removed`: one reader's access ended."""
    return partial(_removed, job.args["post_id"], PersonId(job.args["person_id"]))


def _removed(post_id: int, person_id: PersonId, tx: Tx) -> None:
    sent = federation.deliveries_of(tx, post_id).get(person_id)
    reader = people.by_id(tx, person_id)
    if sent is not None and reader is not None and not audience_rows.holds(tx, person_id, post_id):
        withdraw_from(tx, post_id, reader, sent)


def admit_asked(tx: Tx, post_id: int, person_id: int) -> None:
    """On a plain peer a request is shown by asking: the ask gives access (FEDERATION_EXTENSION §2)."""
    audience_rows.admit(tx, post_id, person_id, kind="asked", opaque=opaque())


_SENDERS: dict[kinds.Change, Any] = {
    "create": _create,
    "rest": partial(_create, everybody=True),
    "update": _update,
    "delete": _delete,
    "count": partial(_update, edited=False),
}
