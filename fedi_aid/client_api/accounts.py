"""Accounts: who they are, how one stands with them, what they wrote, and one's own profile."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

from fedi_aid.actions import access, files, marks, people, registration, ties
from fedi_aid.client_api.answer import answer_json
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.account import (
    accounts,
    own_account,
    own_profile,
    relationship,
    relationships,
)
from fedi_aid.client_api.entities.filter import is_hidden
from fedi_aid.client_api.entities.look import Json, Look
from fedi_aid.client_api.entities.small import sphere, token
from fedi_aid.client_api.entities.status import statuses
from fedi_aid.client_api.forms import Form
from fedi_aid.client_api.media import made_of
from fedi_aid.client_api.statuses import look_of
from fedi_aid.errors import NotFound, Refused
from fedi_aid.media.addresses import Place
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import BUTLER, Member, Person, Relation
from fedi_aid.model.text import fold_tag
from fedi_aid.storage import faces, lists, timelines
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx

SEARCHED: Final = 200  # known people looked at for one search
PLACES: Final[tuple[Place, ...]] = ("avatar", "header")
_HIDDEN_KINDS: Final = frozenset({"application"})


def someone(tx: Tx, person_id: int) -> Person:
    """A person one may look up; the house itself, the suspended and the missing are alike."""
    found = people_rows.by_id(tx, person_id)
    if found is None or found.kind in _HIDDEN_KINDS or found.suspended_at is not None:
        raise NotFound
    return found


def _look(call: Call) -> Look:
    return Look(viewer=call.viewer, house=call.instance.house, locale=call.locale)


# -- reading


async def show(call: Call) -> Json:
    """GET /api/v1/accounts/:id"""
    person_id = call.path_id()

    def work(tx: Tx) -> Json:
        return accounts(tx, _look(call), [someone(tx, person_id)])[0]

    return await call.db.read(work)


async def many(call: Call) -> list[Json]:
    """GET /api/v1/accounts?id[]="""
    wanted = call.form.ids("id", limit=40)

    def work(tx: Tx) -> list[Json]:
        known = people_rows.many(tx, wanted)
        shown = [known[PersonId(one)] for one in wanted if one in known]
        visible = [one for one in shown if one.kind not in _HIDDEN_KINDS and one.suspended_at is None]
        return accounts(tx, _look(call), visible)

    return await call.db.read(work)


async def verify_credentials(call: Call) -> Json:
    """GET /api/v1/accounts/verify_credentials"""
    return await call.db.read(own_account, _look(call), call.member)


async def lookup(call: Call) -> Json:
    """GET /api/v1/accounts/lookup?acct= : only who is known here, no look-up elsewhere."""
    username, _, domain = call.form.text("acct", limit=500).strip().lstrip("@").partition("@")
    own = domain.lower() in ("", call.instance.settings.domain)

    def work(tx: Tx) -> Json:
        found = people_rows.by_handle(tx, username, "" if own else domain)
        if found is None:
            raise NotFound
        return accounts(tx, _look(call), [someone(tx, found.id)])[0]

    return await call.db.read(work)


async def search(call: Call) -> list[Json]:
    """GET /api/v1/accounts/search"""
    words = call.form.text("q", limit=500).strip()
    limit = call.form.number("limit", 40, low=1, high=80)
    offset = call.form.number("offset", 0, high=10_000)
    following = call.form.flag("following")
    named = words.lstrip("@").count("@") == 1
    if call.form.flag("resolve") and call.api.resolve is not None and named and call.may_look_up():
        await call.api.resolve(words)
    return await call.db.read(
        found_people, _look(call), words, limit=limit, offset=offset, following=following
    )


def found_people(
    tx: Tx, look: Look, words: str, *, limit: int, offset: int = 0, following: bool = False
) -> list[Json]:
    """Who matches, as far as this viewer may come upon them: nobody is found by the beginning of their name
    who did not wish to be, except by those they know; an exact handle always finds (PRODUCT S2)."""
    if not words:
        return []
    exact = words.strip().lstrip("@").lower().removesuffix(f"@{look.house.domain}")
    known = people_rows.search(tx, exact, limit=SEARCHED)
    relations = tie_rows.relations(tx, look.viewer, [one.id for one in known]) if look.viewer else {}
    kept = [one for one in known if _may_find(one, exact, relations.get(one.id))]
    if following:
        kept = [one for one in kept if one.id in relations and relations[one.id].following]
    kept.sort(key=lambda one: (one.handle.lower() != exact, not _near(relations.get(one.id)), one.handle))
    return accounts(tx, look, kept[offset : offset + limit])


def _near(relation: Relation | None) -> bool:
    return relation is not None and (relation.following or relation.followed_by or relation.requested_by)


def _may_find(person: Person, exact: str, relation: Relation | None) -> bool:
    is_butler = person.local and person.username == BUTLER
    return person.discoverable or is_butler or person.handle.lower() == exact or _near(relation)


async def relations(call: Call) -> list[Json]:
    """GET /api/v1/accounts/relationships?id[]="""
    wanted = call.form.ids("id", limit=200)

    def work(tx: Tx) -> list[Json]:
        known = people_rows.many(tx, wanted)
        found = tie_rows.relations(tx, call.me, [one for one in wanted if one in known])
        return relationships(found.values())

    return await call.db.read(work)


async def written(call: Call) -> Any:
    """GET /api/v1/accounts/:id/statuses"""
    person_id, page, form = call.path_id(), call.page(), call.form
    tagged = form.maybe("tagged", limit=200)
    filters = {
        "exclude_replies": form.flag("exclude_replies"),
        "only_media": form.flag("only_media"),
        "pinned": form.flag("pinned"),
        "tag": fold_tag(tagged.lstrip("#")) if tagged else None,
    }

    def work(tx: Tx) -> tuple[list[Json], list[int]]:
        someone(tx, person_id)
        views = timelines.by_author(tx, call.viewer, person_id, page, **filters)  # type: ignore[arg-type]
        shown = statuses(tx, look_of(call, "account"), views)
        return [one for one in shown if not is_hidden(one)], [view.post.id for view in views]

    found, cursors = await call.db.read(work)
    return call.paged(found, page, cursors)


async def followers(call: Call) -> Any:
    """GET /api/v1/accounts/:id/followers: one's own; who knows whom is nobody else's business."""
    return await _tied(call, tie_rows.followers)


async def following(call: Call) -> Any:
    """GET /api/v1/accounts/:id/following: one's own."""
    return await _tied(call, tie_rows.following)


async def _tied(call: Call, question: Callable[..., list[tuple[int, Person]]]) -> Any:
    person_id, page = call.path_id(), call.page(default=40, most=80)

    def work(tx: Tx) -> tuple[list[Json], list[int]]:
        someone(tx, person_id)
        if person_id != call.viewer:
            return [], []
        return _people_page(tx, _look(call), question(tx, person_id, **_bounds(page)))

    found, cursors = await call.db.read(work)
    return call.paged(found, page, cursors)


def _bounds(page: Page) -> dict[str, int | None]:
    """For lists of people, which know no `min_id` of their own."""
    return {"max_id": page.max_id, "since_id": page.since_id or page.min_id, "limit": page.limit}


def _people_page(tx: Tx, look: Look, rows: Sequence[tuple[int, Person]]) -> tuple[list[Json], list[int]]:
    return accounts(tx, look, [person for _, person in rows]), [cursor for cursor, _ in rows]


async def _own_people(call: Call, question: Callable[..., list[tuple[int, Person]]], **more: Any) -> Any:
    page = call.page(default=40, most=80)

    def work(tx: Tx) -> tuple[list[Json], list[int]]:
        return _people_page(tx, _look(call), question(tx, call.me, **_bounds(page), **more))

    found, cursors = await call.db.read(work)
    return call.paged(found, page, cursors)


async def blocks(call: Call) -> Any:
    """GET /api/v1/blocks"""
    return await _own_people(call, tie_rows.blocked_people)


async def mutes(call: Call) -> Any:
    """GET /api/v1/mutes"""
    return await _own_people(call, faces.muted_people)


async def follow_requests(call: Call) -> Any:
    """GET /api/v1/follow_requests: each with the word of introduction, `fedi_aid.word`"""
    page = call.page(default=40, most=80)

    def work(tx: Tx) -> tuple[list[Json], list[int]]:
        rows = tie_rows.followers(tx, call.me, state="asked", **_bounds(page))
        words = tie_rows.words_to(tx, call.me, [person.id for _, person in rows])
        shown, cursors = _people_page(tx, _look(call), rows)
        for (_, person), one in zip(rows, shown, strict=True):
            one["fedi_aid"] |= {"word": words.get(person.id, "")}
        return shown, cursors

    found, cursors = await call.db.read(work)
    return call.paged(found, page, cursors)


async def lists_with(call: Call) -> list[Json]:
    """GET /api/v1/accounts/:id/lists"""
    person_id = call.path_id()

    def work(tx: Tx) -> list[Json]:
        someone(tx, person_id)
        return [sphere(row) for row in lists.containing(tx, call.me, person_id)]

    return await call.db.read(work)


async def directory(call: Call) -> list[Json]:
    """GET /api/v1/directory: members who wish to be found, the newest first whatever `order` says: who was
    active when is nobody's business (RULES R7). Those a block keeps apart do not meet here."""
    limit = call.form.number("limit", 40, low=1, high=80)
    offset = call.form.number("offset", 0, high=10_000)

    def work(tx: Tx) -> list[Json]:
        found = people_rows.listed(tx, limit=limit, offset=offset)
        if call.viewer is not None:
            apart = tie_rows.relations(tx, call.viewer, [one.id for one in found])
            found = [one for one in found if not (apart[one.id].blocking or apart[one.id].blocked_by)]
        return accounts(tx, _look(call), found)

    return await call.db.read(work)


# -- ties


async def _tie(call: Call, action: Callable[..., Relation], **more: Any) -> Json:
    return relationship(await call.db.write(action, call.me, call.path_id(), **more))


async def follow(call: Call) -> Json:
    """POST /api/v1/accounts/:id/follow; `fedi_aid[word]` is a word of introduction."""
    form = call.form
    return await _tie(
        call,
        ties.follow,
        word=form.group("fedi_aid").text("word", limit=2_000),
        show_boosts=form.maybe_flag("reblogs"),
        notify=form.maybe_flag("notify"),
    )


async def unfollow(call: Call) -> Json:
    """POST /api/v1/accounts/:id/unfollow"""
    return await _tie(call, ties.unfollow)


async def remove_from_followers(call: Call) -> Json:
    """POST /api/v1/accounts/:id/remove_from_followers"""
    return await _tie(call, ties.remove_follower)


async def block(call: Call) -> Json:
    """POST /api/v1/accounts/:id/block"""
    return await _tie(call, ties.block)


async def unblock(call: Call) -> Json:
    """POST /api/v1/accounts/:id/unblock"""
    return await _tie(call, ties.unblock)


async def mute(call: Call) -> Json:
    """POST /api/v1/accounts/:id/mute; `duration` in seconds, 0 for ever."""
    seconds = call.form.number("duration", 0, high=10 * 365 * 86_400)
    silent = call.form.flag("notifications", True)
    duration = timedelta(seconds=seconds) if seconds else None
    return await _tie(call, ties.mute, notifications=silent, duration=duration)


async def unmute(call: Call) -> Json:
    """POST /api/v1/accounts/:id/unmute"""
    return await _tie(call, ties.unmute)


async def authorize(call: Call) -> Json:
    """POST /api/v1/follow_requests/:id/authorize: accepting is mutual (RULES R26)."""
    return await _tie(call, ties.accept)


async def reject(call: Call) -> Json:
    """POST /api/v1/follow_requests/:id/reject"""
    return await _tie(call, ties.refuse)


# -- oneself


async def update_credentials(call: Call) -> Json:
    """PATCH /api/v1/accounts/update_credentials"""
    return await _changed(call, own_account)


async def profile(call: Call) -> Json:
    """GET /api/v1/profile: one's own, as one typed it"""
    return await call.db.read(own_profile, _look(call), call.member)


async def update_profile(call: Call) -> Json:
    """PATCH /api/v1/profile: the same fields as `update_credentials`"""
    return await _changed(call, own_profile)


async def _changed(call: Call, shape: Callable[[Tx, Look, Member], Json]) -> Json:
    form = call.form
    source, own = form.group("source"), form.group("fedi_aid")
    privacy = source.text("privacy", "private", limit=100)
    if privacy not in ("public", "unlisted", "private", "direct"):
        raise Refused("Privacy is not included in the list", field="source[privacy]")
    changes: dict[str, Any] = {
        "display_name": form.maybe("display_name", limit=1_000),
        "bio_source": form.maybe("note"),
        "fields": _fields(form),
        "bot": form.maybe_flag("bot"),
        "discoverable": form.maybe_flag("discoverable"),
        "indexable": form.maybe_flag("indexable"),
        "avatar_alt": form.maybe("avatar_description", limit=10_000),
        "header_alt": form.maybe("header_description", limit=10_000),
        "default_sensitive": source.maybe_flag("sensitive"),
        "default_language": source.maybe("language", limit=35),
        "default_intimacy": own.maybe_number("default_intimacy"),
        "show_counts": own.maybe_flag("show_counts"),
        "show_friends": own.maybe_flag("show_friends"),
        "accepts_carried": own.maybe_flag("accepts_carried"),
        "butler_silent": own.maybe_flag("butler_silent"),
    }
    given = {name: value for name, value in changes.items() if value is not None}

    pictures: list[tuple[Place, files.Stored]] = []
    for place in PLACES:
        made = await made_of(call, place, place)
        if made is not None:
            pictures.append((place, await files.store(call.instance, made)))

    def work(tx: Tx) -> Json:
        for place, stored in pictures:
            files.put_on_profile(tx, call.me, place, stored)
        return shape(tx, _look(call), people.update_profile(tx, call.me, **given))

    try:
        return await call.db.write(work)
    except Refused:
        for _, stored in pictures:
            await files.discard(call.instance, stored)
        raise


async def remove_avatar(call: Call) -> Json:
    """DELETE /api/v1/profile/avatar"""
    return await _remove_picture(call, "avatar")


async def remove_header(call: Call) -> Json:
    """DELETE /api/v1/profile/header"""
    return await _remove_picture(call, "header")


async def _remove_picture(call: Call, place: Place) -> Json:
    def work(tx: Tx) -> Json:
        return own_account(tx, _look(call), files.put_on_profile(tx, call.me, place, None))

    return await call.db.write(work)


def _fields(form: Form) -> list[tuple[str, str]] | None:
    if "fields_attributes" not in form:
        return None
    return [(one.text("name"), one.text("value")) for one in form.groups("fields_attributes", limit=20)]


async def sign_up(call: Call) -> Any:
    """POST /api/v1/accounts, with an app's own token: a new member and a token for them.

    Needs `agreement` to the charter (GET /api/v1/instance/rules). The member may wait for approval; the token
    works from then on.
    """
    form = call.form
    details = {
        name: [{"error": "ERR_BLANK", "description": "can't be blank"}]
        for name in ("username", "email", "password")
        if not form.text(name, limit=1_000).strip()
    }
    if not form.flag("agreement"):
        details["agreement"] = [{"error": "ERR_ACCEPTED", "description": "must be accepted"}]
    if details:
        told = ", ".join(f"{name.capitalize()} {why[0]['description']}" for name, why in details.items())
        return answer_json({"error": f"Validation failed: {told}", "details": details}, status=422)
    assert call.caller is not None
    app, scopes = call.caller.app, " ".join(call.caller.scopes)
    hashed = await asyncio.to_thread(registration.hash_password, form.text("password"))
    keys = await asyncio.to_thread(registration.new_keys)

    def work(tx: Tx) -> access.NewToken:
        member = registration.sign_up(
            tx,
            username=form.text("username", limit=1_000),
            email=form.text("email", limit=1_000),
            password_hash=hashed,
            keys=keys,
            locale=form.text("locale", "en", limit=35)[:2].lower(),
            time_zone=form.text("time_zone", "UTC", limit=100),
            word=form.text("reason"),
            invitation=form.text("invite_code", form.text("invitation", limit=200), limit=200),
            address=call.request.client.host if call.request.client else "",
        )
        return access.give_token(tx, member.id, scopes=scopes, app=app)

    return token(await call.db.write(work))


async def confirm_again(_call: Call) -> Json:
    """POST /api/v1/emails/confirmations: no address waits for a confirmation here"""
    raise Refused("This method is only available while the e-mail is awaiting confirmation", code="forbidden")


async def is_confirmed(_call: Call) -> bool:
    """GET /api/v1/emails/check_confirmation: no address waits for a confirmation here"""
    return True


async def preferences(call: Call) -> Json:
    """GET /api/v1/preferences"""
    me = call.member
    return {
        "posting:default:visibility": "private",
        "posting:default:sensitive": me.default_sensitive,
        "posting:default:language": me.default_language,
        "posting:default:quote_policy": "nobody",
        "reading:expand:media": "default",
        "reading:expand:spoilers": False,
        "reading:autoplay:gifs": False,
    }


async def note(call: Call) -> Json:
    """POST /api/v1/accounts/:id/note"""
    return relationship(await call.db.write(marks.note, call.me, call.path_id(), call.form.text("comment")))
