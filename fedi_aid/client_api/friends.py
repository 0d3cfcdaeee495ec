"""Our own endpoints between friends: what one can help with, endorsements, thanks, introductions, counsel."""

from typing import Final

from fedi_aid.actions import abilities, endorsements, introductions, suggesting, thanks
from fedi_aid.actions.abilities import Wish
from fedi_aid.client_api.accounts import someone
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities import friends as entities
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.statuses import look_of
from fedi_aid.storage.tx import Tx

LONGEST: Final = 2_000


# -- what one can help with


async def mine(call: Call) -> Json:
    """GET /api/v1/fedi_aid/abilities"""
    look, me = look_of(call), call.me
    return await call.db.read(lambda tx: entities.abilities(tx, look, abilities.show(tx, me, look.locale)))


async def change(call: Call) -> Json:
    """PATCH /api/v1/fedi_aid/abilities: what is not sent stays; lists replace what was said before"""
    form, look, me = call.form, look_of(call), call.me
    wish = Wish(
        skills=_list(call, "skills"),
        not_my_thing=_list(call, "not_my_thing"),
        languages=_list(call, "languages"),
        causes=_list(call, "causes"),
        kinds=_list(call, "kinds"),
        availability=form.maybe("availability", limit=LONGEST),
        only_through=form.ids("only_through", limit=100) if "only_through" in form else None,
        shown_to=form.maybe("shown_to", limit=100),
        shared_with_friends_servers=form.maybe_flag("shared_with_friends_servers"),
    )

    def work(tx: Tx) -> Json:
        abilities.change(tx, me, wish)
        return entities.abilities(tx, look, abilities.show(tx, me, look.locale))

    return await call.db.write(work)


def _list(call: Call, name: str) -> list[str] | None:
    return call.form.texts(name, limit=100) if name in call.form else None


async def of_somebody(call: Call) -> Json:
    """GET /api/v1/fedi_aid/accounts/:id/abilities: what they let me see of it"""
    look, person_id = look_of(call), call.path_id()

    def work(tx: Tx) -> Json:
        someone(tx, person_id)
        return entities.abilities_shown(look, abilities.shown(tx, call.me, person_id, look.locale))

    return await call.db.read(work)


# -- endorsements


async def endorsed(call: Call) -> list[Json]:
    """GET /api/v1/fedi_aid/endorsements: what others vouch for of me; `given`: what I vouch for of others"""
    look, me, given = look_of(call), call.me, call.form.flag("given")

    def work(tx: Tx) -> list[Json]:
        found = endorsements.given(tx, me) if given else endorsements.received(tx, me)
        return entities.endorsements(tx, look, found, given=given)

    return await call.db.read(work)


async def endorse(call: Call) -> Json:
    """POST /api/v1/fedi_aid/accounts/:id/endorse: vouch for a friend: `name`, `kind`, `words`"""
    form, look, me, person_id = call.form, look_of(call), call.me, call.path_id()
    name, kind = form.text("name", limit=LONGEST), form.text("kind", "skill", limit=100)
    words = form.text("words", limit=LONGEST)

    def work(tx: Tx) -> Json:
        someone(tx, person_id)
        made = endorsements.endorse(tx, me, person_id, name=name, kind=kind, word=words)
        return entities.endorsements(tx, look, [made], given=True)[0]

    return await call.db.write(work)


async def accept_endorsement(call: Call) -> Json:
    """POST /api/v1/fedi_aid/endorsements/:id/accept: it counts, and is shown to whom I show such things"""
    look, me, which = look_of(call), call.me, call.path_id()
    return await call.db.write(
        lambda tx: entities.endorsements(tx, look, [endorsements.accept(tx, me, which)])[0]
    )


async def hide_endorsement(call: Call) -> Json:
    """POST /api/v1/fedi_aid/endorsements/:id/hide: shown to nobody; nobody is told"""
    look, me, which = look_of(call), call.me, call.path_id()
    return await call.db.write(
        lambda tx: entities.endorsements(tx, look, [endorsements.hide(tx, me, which)])[0]
    )


async def decline_endorsement(call: Call) -> Json:
    """POST /api/v1/fedi_aid/endorsements/:id/decline: for good; nobody is told"""
    await call.db.write(endorsements.decline, call.me, call.path_id())
    return {}


async def withdraw_endorsement(call: Call) -> Json:
    """DELETE /api/v1/fedi_aid/endorsements/:id: take back what I vouched for"""
    await call.db.write(endorsements.withdraw, call.me, call.path_id())
    return {}


# -- thanks


async def thank(call: Call) -> Json:
    """POST /api/v1/fedi_aid/accounts/:id/thank: `for`, `words`, `status_id`; `endorse`: I vouch for it too"""
    form, look, member, person_id = call.form, look_of(call), call.member, call.path_id()
    name, words = form.text("for", limit=LONGEST), form.text("words", limit=LONGEST)
    post_id, endorse_too = form.maybe_id("status_id"), form.flag("endorse")

    def work(tx: Tx) -> Json:
        someone(tx, person_id)
        made = thanks.thank(
            tx, member, person_id, name=name, word=words, post_id=post_id, endorse=endorse_too
        )
        return entities.thanks(tx, look, [made], to=True)[0]

    return await call.db.write(work)


async def thanked(call: Call) -> list[Json]:
    """GET /api/v1/fedi_aid/thanks: who thanked me, newest first"""
    look, me = look_of(call), call.me
    return await call.db.read(lambda tx: entities.thanks(tx, look, thanks.received(tx, me)))


# -- introductions


async def introduce(call: Call) -> Json:
    """POST /api/v1/fedi_aid/accounts/:id/introduce: two friends of mine to each other: `to`, `words`"""
    form, me, person_id = call.form, call.me, call.path_id()
    other_id, words = form.maybe_id("to") or 0, form.text("words", limit=LONGEST)

    def work(tx: Tx) -> None:
        someone(tx, person_id)
        someone(tx, other_id)
        introductions.introduce(tx, me, person_id, other_id, word=words)

    await call.db.write(work)
    return {}


async def introductions_to_me(call: Call) -> list[Json]:
    """GET /api/v1/fedi_aid/introductions: to whom friends introduce me, until I answer"""
    look, me = look_of(call), call.me
    return await call.db.read(lambda tx: entities.introductions(tx, look, introductions.waiting(tx, me)))


async def meet(call: Call) -> Json:
    """POST /api/v1/fedi_aid/introductions/:id/yes: we become friends if the other says so too"""
    await call.db.write(introductions.accept, call.me, call.path_id())
    return {}


async def do_not_meet(call: Call) -> Json:
    """POST /api/v1/fedi_aid/introductions/:id/no: nobody is told"""
    await call.db.write(introductions.decline, call.me, call.path_id())
    return {}


# -- counsel


async def counsel(call: Call) -> list[Json]:
    """GET /api/v1/fedi_aid/counsel: whom I might meet, ask for advice, or let rest from it, and why"""
    look, me = look_of(call), call.me

    def work(tx: Tx) -> list[Json]:
        found = [
            *suggesting.to_heed(tx, me, locale=look.locale),
            *suggesting.to_meet(tx, me, limit=3, locale=look.locale),
            *suggesting.to_rest(tx, me),
        ]
        return entities.suggested(tx, look, found)

    return await call.db.read(work)
