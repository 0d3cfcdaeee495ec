"""Writing: the one act that everything else is for.

`publish` reads what the author wants (model.control_tags), lets the engine choose where the engine chooses,
checks the promises, and stores the post, its access list, home entries, notifications and jobs in one
transaction. What a reply may reach is RULES R4; what belongs to the butler alone is RULES R5.

Beside it: `placing` (words and readers of a written post), `editing` and `erasing`.
"""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

import msgspec

from fedi_aid.actions import aiming, audiences, declaring, moves, placing, polls
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.control_tags import Explicit, Visibility, Wish, names_a_place, slug, untouched, wish
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.interest import Declared
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.people import BUTLER, Member, Person
from fedi_aid.model.polls import PollWish
from fedi_aid.model.posts import Post
from fedi_aid.model.text import count_chars, scan
from fedi_aid.storage import audience_rows, corrections, drafts, post_views, threads, ties, timelines
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import media as media_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import projects as project_rows
from fedi_aid.storage import spheres as sphere_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands, jobs

IDEMPOTENT_FOR = timedelta(hours=1)
A_MOMENT = timedelta(minutes=5)
UNTIL_A_YES = timedelta(days=365)
MEDIA_MAX = 4


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What a member wants to say, from any client."""

    text: str
    summary: str = ""
    sensitive: bool = False
    language: str | None = None
    visibility: Visibility = "private"
    reply_to_id: int | None = None
    media_ids: tuple[int, ...] = ()
    app_id: int | None = None
    idempotency_key: str | None = None
    wish: Explicit = Explicit()
    named: tuple[int, ...] = ()  # friends added by hand, beside those the text names
    removed: tuple[int, ...] = ()  # people left out of this post
    approved: bool = False  # the author has seen who may read it (the preview of the web app)
    widen: bool = False  # an edit may show the post to more people: its author has said so (RULES R15)
    urgency: str = "normal"
    helpers_needed: int = 1
    poll: PollWish | None = None


def publish(tx: Tx, me: Member, draft: Draft, *, notice: bool = True) -> PostId:
    """Store a new post and send it on its way; the same idempotency key within the hour gives the same post.
    `notice`: the butler asks who answers a request whether they mean to help.

    Refused: nothing said, too long, too many files, contradicting tags (RULES R13), a flag on a reply (R4).
    """
    known = drafts.same(tx, me.id, draft.idempotency_key, within=IDEMPOTENT_FOR)
    if known is not None:
        return known
    check_size(tx, draft)
    parent = _parent(tx, me, draft)
    if _is_for_butler(tx, me, draft, parent):
        post_id = _write_to_butler(tx, me, draft, parent)
    else:
        moves.check_lives_here(tx, me.id)
        post_id = _reply(tx, me, draft, parent, notice) if parent else _new_post(tx, me, draft)
    if draft.media_ids and not media_rows.attach(tx, me.id, post_id, draft.media_ids):
        raise Refused(
            "These files cannot be used: not found, not ready, or on another post.", field="media_ids"
        )
    if draft.poll is not None:
        _add_poll(tx, me, post_id, draft.poll)
    if draft.idempotency_key:
        drafts.remember(tx, me.id, draft.idempotency_key, post_id)
    return post_id


def _add_poll(tx: Tx, me: Member, post_id: PostId, wish: PollWish) -> None:
    """A request is answered with help and a letter with words: neither takes a poll."""
    post = post_rows.get(tx, me.id, post_id)
    assert post is not None
    if post.help_flag is not None:
        raise Refused("A request for help cannot have a poll.", field="poll")
    if post.reach == "butler":
        raise Refused("The butler does not vote.", field="poll")
    polls.begin(tx, post_id, wish)


def check_size(tx: Tx, draft: Draft) -> None:
    """Refused: nothing said, too long, too many files, a poll that cannot be."""
    if draft.poll is not None:
        polls.check(draft.poll, with_files=bool(draft.media_ids))
    if not draft.text.strip() and not draft.media_ids:
        raise Refused("Text can't be blank", code="blank", field="text")
    if count_chars(draft.text) + count_chars(draft.summary) > tx.house.post_max_chars:
        raise Refused(f"Text is longer than {tx.house.post_max_chars} characters", field="text")
    if len(draft.media_ids) > MEDIA_MAX:
        raise Refused(f"At most {MEDIA_MAX} files", field="media_ids")
    if draft.urgency not in ("low", "normal", "high"):
        raise Refused("The urgency is low, normal or high.", field="urgency")
    if not 1 <= draft.helpers_needed <= 20:
        raise Refused("From 1 to 20 helpers can be asked for.", field="helpers_needed")


def _parent(tx: Tx, me: Member, draft: Draft) -> Post | None:
    if draft.reply_to_id is None:
        return None
    parent = post_rows.get(tx, me.id, draft.reply_to_id)
    if parent is None:
        seen = post_views.view(tx, me.id, draft.reply_to_id)  # the id may be a boost's
        parent = seen.post if seen else None
    if parent is None:
        raise NotFound
    return parent


# -- the three kinds


def weigh(tx: Tx, me: Member, draft: Draft) -> tuple[Wish, int | None, int | None]:
    """(what the author wants, project, sphere) of a new post, everything weighed (RULES R13)."""
    by_name = names_a_place(draft.text)  # most posts name none, and nothing has to be looked up
    projects = project_rows.usable_by(tx, me.id) if by_name or draft.wish.project_id is not None else []
    spheres = aiming.aimable(tx, me.id) if by_name or draft.wish.sphere_id is not None else []
    want = wish(
        draft.text,
        draft.wish,
        draft.visibility,
        known_projects=[project.slug for project in projects],
        known_spheres=[title for _, title in spheres if title],
        default_intimacy=Intimacy(me.default_intimacy),
        allow_public=tx.house.allow_public_posts,
    )
    return want, _project_of(want, projects), _sphere_of(want, spheres)


def nameable(tx: Tx, me: Member, want: Wish) -> list[Person]:
    """Whom the text names and the post may name: in an engine-chosen post only friends, nobody barred; the
    others stay plain text (RULES R3)."""
    return _allowed_mentions(tx, me, want, placing.mentioned(tx, me.id, want.text))


def friends_named(tx: Tx, me: Member, draft: Draft) -> list[PersonId]:
    """Whom the author adds by hand: friends only, nobody barred; others are passed over (RULES R3)."""
    if not draft.named:
        return []
    barred = ties.barred_ids(tx, me.id, draft.named)
    return [
        PersonId(one)
        for one in dict.fromkeys(draft.named)
        if one not in barred and one not in draft.removed and ties.are_friends(tx, me.id, one)
    ]


def _new_post(tx: Tx, me: Member, draft: Draft) -> PostId:
    want, project_id, sphere_id = weigh(tx, me, draft)
    if not want.text.strip() and not draft.media_ids:
        raise Refused("Text can't be blank: a post needs more than control tags.", code="blank", field="text")
    chosen_mentions = nameable(tx, me, want)
    weights = aiming.weights_of(tx, me.id, want.weights)
    post_id = _insert(
        tx,
        me,
        draft,
        text=want.text,
        reach=want.reach,
        intimacy=int(want.intimacy) if want.intimacy is not None else None,
        help_flag=True if want.help and want.reach == "chosen" else None,
        project_id=project_id,
        project_name=project_rows.title_of(tx, project_id) if project_id else None,
        sphere_id=sphere_id,
        mentions=chosen_mentions,
        declared=declaring.with_post(want),
    )
    timelines.add_home(tx, me.id, post_id)
    for friend in friends_named(tx, me, draft):
        corrections.put(tx, me.id, friend, post_id, "added")
    for left_out in set(people_rows.many(tx, draft.removed)):
        corrections.put(tx, me.id, left_out, post_id, "removed")
    sphere_rows.keep_aim(tx, post_id, weights)
    if project_id is not None:
        project_rows.touch(tx, project_id)
    if want.unknown:
        errands.butler_unknown_tags(tx, post_id, want.unknown)
    if want.reach == "chosen" and want.help:
        help_rows.open_request(tx, post_id, me.id, urgency=draft.urgency, helpers_needed=draft.helpers_needed)
    if want.intimacy is not None and want.intimacy >= Intimacy.CLOSE and not draft.approved:
        _hold(tx, post_id, want.intimacy)
        return post_id
    if want.reach == "direct":
        placing.address(tx, me, post_id, chosen_mentions, kind="named")
    elif want.reach == "public":
        placing.spread_publicly(tx, me, post_id, chosen_mentions)
        for person in chosen_mentions:
            ties.record_contact(tx, me.id, person.id, "mentioned")
    else:
        _let_go(tx, me, post_id)
        return post_id
    jobs.fan_out(tx, post_id, "create")
    return post_id


def _hold(tx: Tx, post_id: PostId, level: Intimacy) -> None:
    """Levels 3 and 4 wait for their author (RULES R14): level 3 five minutes, level 4 until a `yes`, while
    the butler lists who may see them. Nobody else knows that the post exists."""
    confidants = level == Intimacy.CONFIDANTS
    until = tx.now + (UNTIL_A_YES if confidants else tx.house.soon(A_MOMENT))
    post_rows.change(tx, post_id, held_until=until)
    help_rows.change_request(tx, post_id, due_at=None)
    errands.butler_approve(tx, post_id)
    if not confidants:
        errands.butler_release(tx, post_id, until)


def release(tx: Tx, me: Member, post_id: int) -> bool:
    """The author agreed, or the five minutes are over: the post goes on its way. False when it had gone."""
    post = post_rows.get(tx, me.id, post_id)
    if post is None or post.author_id != me.id or post.held_until is None:
        return False
    post_rows.change(tx, post.id, held_until=None)
    _let_go(tx, me, post.id)
    return True


def _let_go(tx: Tx, me: Member, post_id: PostId) -> None:
    """Let the engine choose, the butler begin, and the post travel where it has to."""
    travels = audiences.choose_for(tx, me, post_id, named=audiences.named_by(tx, me.id, post_id))
    if help_rows.request(tx, post_id) is not None:
        errands.butler_confirm(tx, post_id)
        errands.butler_wave(tx, post_id, tx.now)
        travels = True  # its words are signed, so that it can be carried
    if travels:
        jobs.fan_out(tx, post_id, "create")


def _project_of(want: Wish, projects: Collection[project_rows.Project]) -> int | None:
    if want.project_id is not None:
        if all(project.id != want.project_id for project in projects):
            raise Refused("This project is not yours.", field="project_id")
        return want.project_id
    if want.project is None:
        return None
    return next(project.id for project in projects if slug(project.slug) == slug(want.project))


def _sphere_of(want: Wish, spheres: Collection[tuple[int, str]]) -> int | None:
    if want.sphere_id is not None:
        if all(list_id != want.sphere_id for list_id, _ in spheres):
            raise Refused("This sphere is not yours.", field="sphere_id")
        return want.sphere_id
    if want.sphere is None:
        return None
    return next(list_id for list_id, title in spheres if title == want.sphere)


def _reply(tx: Tx, me: Member, draft: Draft, parent: Post, notice: bool) -> PostId:
    """An answer reaches nobody who was not in the conversation (RULES R4)."""
    if draft.wish.help:
        raise Refused(
            "A help flag cannot be raised on a reply: please write a new post.", field="fedi_aid[help]"
        )
    text = untouched(draft.text).text
    named = placing.mentioned(tx, me.id, text)
    author = people_rows.by_id(tx, parent.author_id)
    assert author is not None
    if parent.author_id == me.id and parent.reach == "chosen":
        return _continue(tx, me, draft, parent)
    open_reply = draft.visibility == "public" and tx.house.allow_public_posts and parent.reach == "public"
    if parent.reach in ("public", "unlisted"):
        others = [person for person in named if person.id != author.id]
    else:
        # Those mentioned who already hold the parent; the others stay plain text.
        others = [
            person
            for person in named
            if person.id != author.id and audience_rows.holds(tx, person.id, parent.id)
        ]
    people = [one for one in (author, *others) if one.id != me.id]
    if not people:  # one's own direct post, continued: to the same people
        holders = [person for person, _, _ in audience_rows.audience_of(tx, parent.id)]
        people = [one for one in people_rows.many(tx, holders).values() if one.id != me.id]
    people = [one for one in people if not ties.is_blocked_either_way(tx, me.id, one.id)]
    post_id = _insert(
        tx,
        me,
        draft,
        text=text,
        reach="public" if open_reply else "direct",
        intimacy=None,
        parent=parent,
        mentions=people,
    )
    if open_reply:
        placing.spread_publicly(tx, me, post_id, people)
        for person in people:
            ties.record_contact(tx, me.id, person.id, "reply")
    else:
        placing.address(tx, me, post_id, people, kind="reply")
    timelines.add_home(tx, me.id, post_id)
    if notice and parent.flag_is_up and parent.author_id != me.id:
        errands.butler_noticed(tx, post_id)
    jobs.fan_out(tx, post_id, "create")
    return post_id


def _continue(tx: Tx, me: Member, draft: Draft, parent: Post) -> PostId:
    """The author's own continuation: the parent's readers who are still eligible, never a new choice."""
    post_id = _insert(
        tx,
        me,
        draft,
        text=draft.text,
        reach="chosen",
        intimacy=parent.intimacy,
        parent=parent,
        mentions=[],
        project_id=parent.project_id,
        project_name=parent.project_name,
    )
    for person_id, circle in audiences.still_eligible(tx, me, parent):
        placing.admit(tx, post_id, person_id, kind="chosen", circle=circle)
        if circle == 1:
            placing.show_at_home(tx, post_id, person_id)
    timelines.add_home(tx, me.id, post_id)
    jobs.fan_out(tx, post_id, "create")
    return post_id


def _is_for_butler(tx: Tx, me: Member, draft: Draft, parent: Post | None) -> bool:
    """Mentions the butler first, or answers it (RULES R5)."""
    if parent is not None and parent.reach == "butler":
        return True
    mentions = scan(draft.text).mentions
    if not mentions:
        return False
    first = mentions[0]
    before = draft.text[: first.start].strip()
    is_butler = first.username.lower() == BUTLER and first.domain in ("", tx.house.domain)
    return is_butler and (not before or draft.visibility == "direct")


def _write_to_butler(tx: Tx, me: Member, draft: Draft, parent: Post | None) -> PostId:
    """Stored for the butler alone; nobody else is addressed or notified; never federated (RULES R5)."""
    butler = people_rows.by_handle(tx, BUTLER)
    assert butler is not None
    butlers = parent if parent is not None and parent.reach == "butler" else None
    post_id = _insert(
        tx,
        me,
        draft,
        text=draft.text,
        reach="butler",
        intimacy=None,
        parent=butlers,
        mentions=[butler],
    )
    placing.admit(tx, post_id, butler.id, kind="butler")
    post = post_rows.get(tx, me.id, post_id)
    assert post is not None
    timelines.touch_conversation(tx, me.id, post.thread_id, post_id, unread=False)
    errands.butler_read(tx, post_id)
    return post_id


# -- storing


def _insert(
    tx: Tx,
    me: Member,
    draft: Draft,
    *,
    text: str,
    reach: str,
    intimacy: int | None,
    mentions: Iterable[Person],
    parent: Post | None = None,
    declared: Declared | None = None,
    **more: Any,
) -> PostId:
    people = list(mentions)
    said = declared or declaring.with_post(draft.wish)
    language = draft.language or me.default_language
    post_id = PostId(tx.new_id())
    uri = tx.house.new_note()
    thread_uri = threads.name_for_answer(tx, parent) if parent else tx.house.new_thread()
    post_rows.insert(
        tx,
        id=post_id,
        uri=uri,
        url=tx.house.post_page(me.person.username, post_id) if reach == "public" else uri,
        author_id=me.id,
        reach=reach,
        intimacy=intimacy,
        text=text,
        html=said.above(placing.html_of(tx, text, people), language),
        paid=said.paid,
        interest=said.words,
        summary=draft.summary,
        sensitive=draft.sensitive or bool(draft.summary),
        language=language,
        reply_to_id=parent.id if parent else None,
        reply_to_uri=parent.uri if parent else None,
        reply_to_person_id=parent.author_id if parent else None,
        thread_id=parent.thread_id if parent else post_id,
        thread_uri=thread_uri if reach != "butler" else None,
        app_id=draft.app_id,
        **more,
    )
    post_rows.put_tags(tx, post_id, placing.tags_in(text))
    for person in people:
        post_rows.put_mention(tx, post_id, person.id)
    return post_id


def _allowed_mentions(tx: Tx, me: Member, want: Wish, named: list[Person]) -> list[Person]:
    """In an engine-chosen post only friends can be named, nobody barred; else plain text (RULES R3)."""
    if want.reach != "chosen":
        return named
    barred = ties.barred_ids(tx, me.id, [person.id for person in named])
    return [person for person in named if person.id not in barred and ties.are_friends(tx, me.id, person.id)]
