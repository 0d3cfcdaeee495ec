"""Statuses: write, read, change, remove, and what one does with them."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, get_args

from fedi_aid.actions import editing, erasing, files, posts, reactions, threads
from fedi_aid.audience.launch import ELSEWHERE
from fedi_aid.client_api import scheduled
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.account import account, accounts
from fedi_aid.client_api.entities.look import Json, Look, moment
from fedi_aid.client_api.entities.small import history as versions_of
from fedi_aid.client_api.entities.status import status, statuses, without, wrapped
from fedi_aid.client_api.forms import Form, as_id, focus_of
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model import interest
from fedi_aid.model.control_tags import Explicit, Visibility
from fedi_aid.model.filters import Place
from fedi_aid.model.ids import PostId, ProjectId, RowId
from fedi_aid.model.people import Member
from fedi_aid.model.polls import PollWish
from fedi_aid.model.posts import PostView, Viewer
from fedi_aid.storage import polls as poll_rows
from fedi_aid.storage import post_views, shelves
from fedi_aid.storage.tx import Tx

VISIBILITIES: Final = get_args(Visibility)
NOT_YET: Final = {
    "quoted_status_id": "Posts cannot be quoted here",
    "quote_id": "Posts cannot be quoted here",
}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


def look_of(call: Call, place: Place | None = None) -> Look:
    return Look(viewer=call.viewer, house=call.instance.house, locale=call.locale, place=place)


def seen(tx: Tx, viewer: Viewer, post_id: int) -> PostView:
    """A post, or a boost, that this viewer may see; hidden and missing are alike (RULES R7)."""
    found = post_views.view(tx, viewer, post_id)
    if found is None:
        raise NotFound
    return found


# -- writing


async def create(call: Call) -> Json:
    """POST /api/v1/statuses; with `scheduled_at` it is kept for that hour, and a ScheduledStatus answered"""
    draft, member, due_at = draft_of(call), call.member, scheduled.hour_of(call.form)
    if due_at is not None:
        return await scheduled.schedule(call, draft, due_at)

    def work(tx: Tx) -> Json:
        post_id = posts.publish(tx, member, draft)
        return status(tx, look_of(call), seen(tx, member.id, post_id))

    return await call.db.write(work)


def draft_of(call: Call) -> posts.Draft:
    """What a client wants to say. Refused for what this server cannot do, rather than doing half of it."""
    form = call.form
    for name, sentence in NOT_YET.items():
        if name in form and not _blank(form, name):
            raise Refused(sentence, field=name)
    own = form.group("fedi_aid")
    assert call.caller is not None
    return posts.Draft(
        text=form.text("status"),
        summary=form.text("spoiler_text"),
        sensitive=form.flag("sensitive"),
        language=_language(form),
        visibility=_visibility(form),
        reply_to_id=form.maybe_id("in_reply_to_id"),
        media_ids=_media_ids(form),
        app_id=call.caller.app.id,
        idempotency_key=_key(call),
        wish=_wish(own),
        approved=own.flag("approved"),
        named=tuple(own.ids("named", limit=100)),
        removed=tuple(own.ids("removed", limit=400)),
        urgency=own.text("urgency", "normal", limit=100),
        helpers_needed=own.number("helpers_needed", 1, low=-1, high=1_000),
        poll=_poll(form),
    )


def _poll(form: Form) -> PollWish | None:
    """`poll[options][]`, `poll[expires_in]` in seconds, `poll[multiple]`, `poll[hide_totals]`."""
    asked = form.group("poll")
    options = [option.strip() for option in asked.texts("options", limit=500)]
    if not any(options):
        return None
    seconds = asked.number("expires_in", 0, high=10**9)
    return PollWish(
        options=tuple(options),
        lasts=timedelta(seconds=seconds),
        multiple=asked.flag("multiple"),
        hide_totals=asked.flag("hide_totals"),
    )


def _blank(form: Form, name: str) -> bool:
    """An empty value: some clients always send the key."""
    try:
        return not form.text(name).strip()
    except Refused:
        return False


def _key(call: Call) -> str | None:
    given = call.request.headers.get("idempotency-key", "").strip()
    return given[:200] or None


def _visibility(form: Form) -> Visibility:
    given = form.text("visibility", limit=100).strip().lower() or "private"
    for known in VISIBILITIES:
        if given == known:
            found: Visibility = known
            return found
    raise Refused("Visibility is not included in the list", field="visibility")


def _language(form: Form) -> str | None:
    given = form.text("language", limit=1_000).strip()
    if given and (len(given) > 35 or not _LANGUAGE.fullmatch(given)):
        raise Refused("Language must be a code, such as fr or pt-BR", field="language")
    return given or None


def _media_ids(form: Form) -> tuple[int, ...]:
    """Every id given, also what cannot be one: an attachment is never dropped in silence."""
    return tuple(as_id(text) for text in form.texts("media_ids", limit=100) if text.strip())


def _wish(own: Form) -> Explicit:
    """The `fedi_aid` object. An id that cannot be one is 0, which is nobody's."""
    intimacy = own.maybe_number("intimacy")
    if intimacy is not None and intimacy not in range(5):
        raise Refused("The intimacy level must be a whole number from 0 to 4", field="fedi_aid[intimacy]")
    project_id, sphere_id = own.maybe_id("project_id"), own.maybe_id("sphere_id")
    return Explicit(
        intimacy=intimacy,
        help=own.maybe_flag("help"),
        project_id=ProjectId(project_id) if project_id is not None else None,
        sphere_id=RowId(sphere_id) if sphere_id is not None else None,
        weights=_weights(own.group("weights")),
        **_declared(own),
    )


def _declared(own: Form) -> dict[str, Any]:
    """`fedi_aid[interest]`: what the author gains by it, in words, or `true`; `false` or nothing takes it
    back."""
    given = own.maybe("interest", limit=10_000)
    if given is None:
        return {}
    words = interest.clean(given)
    if words.lower() in ("", "false", "0"):
        return {"paid": False}
    return {"paid": True, "interest": "" if words.lower() in ("true", "1") else words}


def _weights(given: Form) -> tuple[tuple[int, float], ...]:
    """`fedi_aid[weights]`: of spheres by their ids, and of `others`, who are in none."""
    found = []
    for name in given.names():
        sphere_id = ELSEWHERE if name == "others" else as_id(name)
        if sphere_id == ELSEWHERE and name != "others":
            raise Refused("This sphere is not yours.", field="fedi_aid[weights]")
        try:
            found.append((sphere_id, given.decimal(name)))
        except Refused:
            raise Refused("A weight is a number from 0 to 1", field="fedi_aid[weights]") from None
    return tuple(found)


async def edit(call: Call) -> Json:
    """PUT /api/v1/statuses/:id: what is not sent stays; `media_attributes[]` describe its files anew."""
    post_id, member, form = call.path_id(), call.member, call.form
    described = form.groups("media_attributes", limit=20)

    def work(tx: Tx) -> Json:
        old = _own(tx, member, post_id)
        _check_same_poll(tx, form, old)
        draft = posts.Draft(
            text=form.text("status") if "status" in form else old.post.text,
            summary=form.text("spoiler_text") if "spoiler_text" in form else old.post.summary,
            sensitive=form.flag("sensitive") if "sensitive" in form else old.post.sensitive,
            language=_language(form),
            media_ids=_media_ids(form) if "media_ids" in form else tuple(file.id for file in old.media),
            app_id=old.post.app_id,
            wish=_wish(form.group("fedi_aid")),
            widen=form.group("fedi_aid").flag("widen"),
        )
        for file in described:
            files.describe_on_post(
                tx,
                member.id,
                old.post.id,
                file.maybe_id("id") or 0,
                alt=file.maybe("description"),
                focus=focus_of(file),
            )
        editing.edit(tx, member, old.post.id, draft)
        return status(tx, look_of(call), seen(tx, member.id, old.post.id))

    return await call.db.write(work)


def _check_same_poll(tx: Tx, form: Form, old: PostView) -> None:
    """Clients send the poll along with an edit; what people voted for stays what it was."""
    wanted = _poll(form)
    if wanted is None:
        return
    poll = poll_rows.of_post(tx, old.post.author_id, old.post.id)
    if poll is None or (poll.options, poll.multiple) != (wanted.options, wanted.multiple):
        raise Refused("A poll cannot be added or changed afterwards", field="poll")


async def remove(call: Call) -> Json:
    """DELETE /api/v1/statuses/:id: the status with its source and without content, to write it again."""
    post_id, member = call.path_id(), call.member

    def work(tx: Tx) -> Json:
        old = _own(tx, member, post_id)
        shown = status(tx, look_of(call), old)
        erasing.delete(tx, member.id, old.post.id)
        return without(shown, ("content",)) | {"text": old.post.text}

    return await call.db.write(work)


def _own(tx: Tx, member: Member, post_id: int) -> PostView:
    """A post of one's own; somebody else's is as absent as a missing one."""
    found = seen(tx, member.id, post_id)
    if found.post.author_id != member.id or found.boost is not None:
        raise NotFound
    return found


# -- reading


async def show(call: Call) -> Json:
    """GET /api/v1/statuses/:id"""
    post_id = call.path_id()

    def work(tx: Tx) -> Json:
        return status(tx, look_of(call), seen(tx, call.viewer, post_id))

    return await call.db.read(work)


async def many(call: Call) -> list[Json]:
    """GET /api/v1/statuses?id[]="""
    wanted = call.form.ids("id", limit=40)

    def work(tx: Tx) -> list[Json]:
        return statuses(tx, look_of(call), post_views.views(tx, call.viewer, wanted))

    return await call.db.read(work)


async def card(call: Call) -> Json:
    """GET /api/v1/statuses/:id/card: none is made here, so it is empty"""
    post_id = call.path_id()
    await call.db.read(seen, call.viewer, post_id)
    return {}


async def context(call: Call) -> Json:
    """GET /api/v1/statuses/:id/context: only what the viewer may see, above without a gap. What is missing of
    a public conversation elsewhere is looked for, and is there the next time."""
    post_id = call.path_id()

    def work(tx: Tx) -> Json:
        post = seen(tx, call.viewer, post_id).post
        above = post_views.ancestors(tx, call.viewer, post, limit=40 if call.viewer is None else 200)
        below = post_views.descendants(tx, call.viewer, post, limit=60 if call.viewer is None else 400)
        return {
            "ancestors": statuses(tx, look_of(call, "thread"), above),
            "descendants": statuses(tx, look_of(call, "thread"), below),
        }

    found = await call.db.read(work)
    if call.viewer is not None and await call.db.read(threads.is_due, post_id):
        await call.db.write(threads.complete, post_id)
    return found


async def source(call: Call) -> Json:
    """GET /api/v1/statuses/:id/source: its author's alone."""
    post_id, member = call.path_id(), call.member

    def work(tx: Tx) -> Json:
        post = _own(tx, member, post_id).post
        return {"id": str(post.id), "text": post.text, "spoiler_text": post.summary}

    return await call.db.read(work)


async def history(call: Call) -> list[Json]:
    """GET /api/v1/statuses/:id/history: a reader's begins with the version first shown (RULES R15)."""
    post_id = call.path_id()

    def work(tx: Tx) -> list[Json]:
        view = seen(tx, call.viewer, post_id)
        before = shelves.versions(tx, call.viewer, view.post.id, view.post.author_id)
        return versions_of(look_of(call), view, before, tx.now)

    return await call.db.read(work)


async def quotes(call: Call) -> list[Json]:
    """GET /api/v1/statuses/:id/quotes: nothing can be quoted here (RULES R16)."""
    post_id = call.path_id()
    await call.db.read(lambda tx: seen(tx, call.viewer, post_id))
    return []


async def quote_policy(call: Call) -> Json:
    """PUT /api/v1/statuses/:id/interaction_policy: nobody can quote what is written here (RULES R16)"""
    post_id, member = call.path_id(), call.member
    policy = call.form.text("quote_approval_policy", limit=100)

    def work(tx: Tx) -> Json:
        post = _own(tx, member, post_id)
        if policy != "nobody":
            raise Refused("Posts cannot be quoted here", field="quote_approval_policy")
        return status(tx, look_of(call), post)

    return await call.db.read(work)


async def favourited_by(call: Call) -> Any:
    """GET /api/v1/statuses/:id/favourited_by"""
    return await _who(call, "favourites")


async def reblogged_by(call: Call) -> Any:
    """GET /api/v1/statuses/:id/reblogged_by"""
    return await _who(call, "boosts")


async def _who(call: Call, deed: str) -> Any:
    post_id, page = call.path_id(), call.page(default=40, most=80)

    def work(tx: Tx) -> tuple[list[Json], list[int]]:
        post = seen(tx, call.viewer, post_id).post
        rows = shelves.who(
            tx,
            call.viewer,
            post.id,
            post.author_id,
            deed,
            max_id=page.max_id,
            since_id=page.since_id or page.min_id,
            limit=page.limit,
        )
        people = accounts(tx, look_of(call), [person for _, person in rows])
        return people, [cursor for cursor, _ in rows]

    found, cursors = await call.db.read(work)
    return call.paged(found, page, cursors)


# -- what one does with a post


async def _react(call: Call, action: Callable[[Tx, int, int], Any]) -> Json:
    post_id, me = call.path_id(), call.me

    def work(tx: Tx) -> Json:
        post = seen(tx, me, post_id).post
        action(tx, me, post.id)
        return status(tx, look_of(call), seen(tx, me, post.id))

    return await call.db.write(work)


async def favourite(call: Call) -> Json:
    """POST /api/v1/statuses/:id/favourite"""
    return await _react(call, reactions.favourite)


async def unfavourite(call: Call) -> Json:
    """POST /api/v1/statuses/:id/unfavourite"""
    return await _react(call, reactions.unfavourite)


async def bookmark(call: Call) -> Json:
    """POST /api/v1/statuses/:id/bookmark"""
    return await _react(call, reactions.bookmark)


async def unbookmark(call: Call) -> Json:
    """POST /api/v1/statuses/:id/unbookmark"""
    return await _react(call, reactions.unbookmark)


async def pin(call: Call) -> Json:
    """POST /api/v1/statuses/:id/pin"""
    return await _react(call, reactions.pin)


async def unpin(call: Call) -> Json:
    """POST /api/v1/statuses/:id/unpin"""
    return await _react(call, reactions.unpin)


async def mute(call: Call) -> Json:
    """POST /api/v1/statuses/:id/mute: the whole conversation."""
    return await _react(call, reactions.mute_thread)


async def unmute(call: Call) -> Json:
    """POST /api/v1/statuses/:id/unmute"""
    return await _react(call, reactions.unmute_thread)


async def reblog(call: Call) -> Json:
    """POST /api/v1/statuses/:id/reblog: for a request one is asked to carry, the `yes` (RULES R16).

    Answers the boost with the status inside. Who carries sees no boost of their own: there the wrapper has
    the status' own id.
    """
    post_id, member = call.path_id(), call.member

    def work(tx: Tx) -> Json:
        boost_id = reactions.boost(tx, member.id, post_id)
        found = seen(tx, member.id, boost_id)
        shown = status(tx, look_of(call), found)
        if found.boost is not None:
            return shown
        return wrapped(
            look_of(call),
            shown,
            boost_id=found.post.id,
            uri=found.post.uri,
            created_at=moment(tx.now),
            by=account(look_of(call), member.person),
        )

    return await call.db.write(work)


async def unreblog(call: Call) -> Json:
    """POST /api/v1/statuses/:id/unreblog: answers the status itself."""
    post_id, me = call.path_id(), call.me

    def work(tx: Tx) -> Json:
        kept = PostId(reactions.unboost(tx, me, post_id))
        return status(tx, look_of(call), seen(tx, me, kept))

    return await call.db.write(work)
