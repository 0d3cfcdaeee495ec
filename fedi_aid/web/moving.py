"""Moving house: other accounts one names as one's own, going to one of them, arriving from one, coming back.

A move is a grave step, so it asks for the password, and the page says first what it does and what it leaves.
"""

from collections.abc import Callable
from typing import Final

from starlette.responses import Response

from fedi_aid.actions import moves
from fedi_aid.errors import Refused
from fedi_aid.storage.tx import Tx
from fedi_aid.web import shown
from fedi_aid.web.my_data import DATA, password_problem
from fedi_aid.web.pages import PATHS
from fedi_aid.web.rooms import Form, Guest, form, page

MOVE: Final = f"{PATHS.me}/move"
ALIAS: Final = f"{MOVE}/alias"
OUT: Final = f"{MOVE}/out"
IN: Final = f"{MOVE}/in"
STAY: Final = f"{MOVE}/stay"
ACCT_MAX: Final = 500

# code of `Refused` → key of the table `problem`
PROBLEMS: Final = {
    "nobody": "person_unknown",
    "yourself": "move_yourself",
    "unreachable": "move_unreachable",
    "aliases_full": "move_aliases_full",
    "alias_first": "move_alias_first",
    "not_named": "move_not_named",
    "moved_on": "move_moved_on",
    "lives_here": "move_lives_here",
    "moved_already": "move_too_soon",
    "too_soon": "move_too_soon",
}


async def show(guest: Guest) -> Response:
    """GET /me/move."""
    return await _move(guest)


async def _move(
    guest: Guest, problem: str = "", at: str = "", typed: str = "", *, status: int = 200
) -> Response:
    """`problem` stands at the form `at` ("alias", "out" or "in"), which keeps what was `typed`."""
    dwelling = await guest.db.read(moves.dwelling_of, guest.id)
    house, person = guest.visit.instance.house, guest.member.person
    return await guest.page(
        "rooms/me_move.html",
        "me",
        status=status,
        mine=f"@{person.username}@{house.domain}",
        aliases=[(one.id, shown.person(house, one)) for one in dwelling.aliases],
        gone=shown.person(house, dwelling.moved_to) if dwelling.moved_to is not None else None,
        free_at=dwelling.free_at,
        problem=problem,
        at=at,
        typed=typed,
        addresses={"alias": ALIAS, "out": OUT, "in": IN, "stay": STAY, "data": DATA},
    )


async def change_alias(guest: Guest, sent: Form) -> Response:
    """POST /me/move/alias: `acct` is mine too; or, with `drop`, it is not any more."""
    dropped = sent.ids("drop")
    if dropped:
        await guest.db.write(moves.drop_alias, guest.id, dropped[0])
        return guest.go(MOVE, "saved")
    return await _with_other(guest, sent, "alias", moves.add_alias)


async def move_out(guest: Guest, sent: Form) -> Response:
    """POST /me/move/out: I live at `acct` from now on; with my `password`."""
    return await _grave(guest, sent, "out", moves.move_out)


async def move_in(guest: Guest, sent: Form) -> Response:
    """POST /me/move/in: I lived at `acct`, which cannot say so itself; with my `password`."""
    return await _grave(guest, sent, "in", moves.move_in)


async def stay(guest: Guest, _sent: Form) -> Response:
    """POST /me/move/stay: I live here after all. Sent twice, it is said once."""
    try:
        await guest.db.write(moves.stay, guest.id)
    except Refused:
        return guest.go(MOVE)
    return guest.go(MOVE, "moved_back")


Act = Callable[[Tx, int, int], None]


async def _grave(guest: Guest, sent: Form, at: str, act: Act) -> Response:
    problem = await password_problem(guest, sent)
    if problem:
        return await _move(guest, problem, at, sent.get("acct")[:ACCT_MAX], status=422)
    return await _with_other(guest, sent, at, act)


SAID: Final = {"alias": "saved", "out": "moved_out", "in": "moved_in"}


async def _with_other(guest: Guest, sent: Form, at: str, act: Act) -> Response:
    """One act towards another account, which is asked for anew: what it says of itself counts."""
    acct = sent.get("acct").strip()[:ACCT_MAX]
    if not guest.visit.may_look_up(guest.id):
        return await _move(guest, "too_often", at, acct, status=429)
    other = await guest.visit.desk.look_up(acct, fresh=True) if acct else None
    if other is None:
        return await _move(guest, "person_unknown", at, acct, status=422)
    try:
        await guest.db.write(act, guest.id, other)
    except Refused as refused:
        return await _move(guest, PROBLEMS.get(refused.code, "other"), at, acct, status=422)
    return guest.go(MOVE, SAID[at])


ROUTES: Final = (
    ("GET", MOVE, page(show)),
    ("POST", ALIAS, form(change_alias)),
    ("POST", OUT, form(move_out)),
    ("POST", IN, form(move_in)),
    ("POST", STAY, form(stay)),
)
