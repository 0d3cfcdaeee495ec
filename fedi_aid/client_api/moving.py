"""Our own endpoints for moving house: the other accounts one names, going there, coming back."""

import asyncio
from collections.abc import Callable

from fedi_aid.actions import moves, registration
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.account import accounts
from fedi_aid.client_api.entities.look import Json, maybe_moment
from fedi_aid.client_api.statuses import look_of
from fedi_aid.errors import Refused
from fedi_aid.storage import people as people_rows
from fedi_aid.storage.tx import Tx


async def show(call: Call) -> Json:
    """GET /api/v1/fedi_aid/move: the accounts I name as mine too, and where I have gone."""
    return await call.db.read(_dwelling, call)


async def add_alias(call: Call) -> Json:
    """POST /api/v1/fedi_aid/move/aliases: names another account, `acct`, as mine too."""
    return await _with_other(call, moves.add_alias)


async def drop_alias(call: Call) -> Json:
    """DELETE /api/v1/fedi_aid/move/aliases/:id: takes that back."""
    other_id = call.path_id()

    def work(tx: Tx) -> Json:
        moves.drop_alias(tx, call.me, other_id)
        return _dwelling(tx, call)

    return await call.db.write(work)


async def leave(call: Call) -> Json:
    """POST /api/v1/fedi_aid/move: I live at `acct` now, which has to name this one; needs my `password`."""
    await _check_password(call)
    return await _with_other(call, moves.move_out)


async def arrive(call: Call) -> Json:
    """POST /api/v1/fedi_aid/move/from: I lived at `acct`, which cannot say so itself; needs my `password`."""
    await _check_password(call)
    return await _with_other(call, moves.move_in)


async def stay(call: Call) -> Json:
    """DELETE /api/v1/fedi_aid/move: I live here after all."""

    def work(tx: Tx) -> Json:
        moves.stay(tx, call.me)
        return _dwelling(tx, call)

    return await call.db.write(work)


async def _check_password(call: Call) -> None:
    """Whoever holds no more than a token must not send one's friends to another account."""
    known = await call.db.read(people_rows.password_hash, call.me)
    given = call.form.text("password", limit=registration.PASSWORD_MAX)
    if not await asyncio.to_thread(registration.check_password, known, given):
        raise Refused("The password is not right", field="password")


async def _with_other(call: Call, act: Callable[[Tx, int, int], None]) -> Json:
    words = call.form.text("acct", limit=500).strip()
    found = await call.api.resolve(words, fresh=True) if words and call.api.resolve is not None else None
    if found is None or found[0] != "person":
        raise Refused("This account cannot be found", field="acct")
    other_id = found[1]

    def work(tx: Tx) -> Json:
        act(tx, call.me, other_id)
        return _dwelling(tx, call)

    return await call.db.write(work)


def _dwelling(tx: Tx, call: Call) -> Json:
    found, look = moves.dwelling_of(tx, call.me), look_of(call)
    gone = [found.moved_to] if found.moved_to is not None else []
    return {
        "aliases": accounts(tx, look, found.aliases),
        "moved_to": next(iter(accounts(tx, look, gone)), None),
        "free_at": maybe_moment(found.free_at),
    }
