"""Friends in common, suggestions, and whom one recommends. A tie is shown where both of its ends show it."""

from typing import Any, Final

from fedi_aid.actions import nearby, suggesting
from fedi_aid.client_api.accounts import someone
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.account import accounts, relationship
from fedi_aid.client_api.entities.friends import counsel_words
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.statuses import look_of
from fedi_aid.storage import nearby as rows
from fedi_aid.storage.tx import Tx

FAMILIAR_MOST: Final = 40


async def familiar_followers(call: Call) -> list[Json]:
    """GET /api/v1/accounts/familiar_followers: friends in common, where they and the account both show their
    friends (`fedi_aid[show_friends]`)"""
    wanted = list(dict.fromkeys(call.form.ids("id", limit=FAMILIAR_MOST)))

    def work(tx: Tx) -> list[Json]:
        found = rows.in_common(tx, call.me, wanted)
        look = look_of(call)
        return [{"id": str(one), "accounts": accounts(tx, look, found.get(one, []))} for one in wanted]

    return await call.db.read(work)


async def _suggested(call: Call) -> list[tuple[Json, Json]]:
    """(account, why) of each."""
    limit = call.form.number("limit", 40, low=1, high=80)
    look, me = look_of(call), call.me

    def work(tx: Tx) -> list[tuple[Json, Json]]:
        found = suggesting.to_meet(tx, me, limit=limit, locale=look.locale)
        shown = accounts(tx, look, [one.person for one in found])
        return [(account, counsel_words(look, one)) for account, one in zip(shown, found, strict=True)]

    return await call.db.read(work)


async def suggestions_v1(call: Call) -> list[Json]:
    """GET /api/v1/suggestions"""
    return [account for account, _ in await _suggested(call)]


async def suggestions(call: Call) -> list[Json]:
    """GET /api/v2/suggestions: whom friends know, of those who wish to be found, by the counsel they give and
    by friends in common; every tie that leads there is shown by both of its ends"""
    return [
        {
            "source": "past_interactions",
            "sources": ["friends_of_friends"],
            "account": account,
            "fedi_aid": why,
        }
        for account, why in await _suggested(call)
    ]


async def pass_over(call: Call) -> Json:
    """DELETE /api/v1/suggestions/:account_id"""
    await call.db.write(nearby.pass_over, call.me, call.path_id("account_id"))
    return {}


# -- recommended


async def endorsed(call: Call) -> Any:
    """GET /api/v1/endorsements: whom I recommend"""
    return await _endorsed(call, call.me)


async def endorsed_by(call: Call) -> Any:
    """GET /api/v1/accounts/:id/endorsements: whom they recommend, of those who show their friends too"""
    return await _endorsed(call, call.path_id())


async def _endorsed(call: Call, person_id: int) -> Any:
    page = call.page(default=40, most=80)

    def work(tx: Tx) -> tuple[list[Json], list[int]]:
        someone(tx, person_id)
        found = rows.recommended_by(
            tx,
            person_id,
            call.viewer,
            max_id=page.max_id,
            since_id=page.since_id or page.min_id,
            limit=page.limit,
        )
        return accounts(tx, look_of(call), [person for _, person in found]), [row for row, _ in found]

    found, cursors = await call.db.read(work)
    return call.paged(found, page, cursors)


async def endorse(call: Call) -> Json:
    """POST /api/v1/accounts/:id/endorse: somebody I follow, on my profile"""
    return relationship(await call.db.write(nearby.recommend, call.me, call.path_id()))


async def unendorse(call: Call) -> Json:
    """POST /api/v1/accounts/:id/unendorse"""
    return relationship(await call.db.write(nearby.recommend_no_more, call.me, call.path_id()))
