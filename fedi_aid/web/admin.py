"""The room of admins: what the instance says of itself, its health, its queues, its peers, what lies here,
announcements, invitations."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from starlette.responses import Response

from fedi_aid.actions import announcing, house_settings, inviting
from fedi_aid.errors import NotFound, Refused
from fedi_aid.storage import announcements, host_queues, jobs, oversight
from fedi_aid.storage.tx import Tx
from fedi_aid.web.i18n import LANGUAGES
from fedi_aid.web.pages import PATHS
from fedi_aid.web.rooms import Form, Guest, form, only, only_form, page
from fedi_aid.web.visit import row_id

HOUSE: Final = f"{PATHS.admin}/house"
QUEUES: Final = f"{PATHS.admin}/queues"
PEERS: Final = f"{PATHS.admin}/peers"
TELL: Final = f"{PATHS.admin}/announcements"
INVITES: Final = f"{PATHS.me}/invitations"
REGISTRATIONS: Final = ("open", "approval", "invite", "closed")
BURIED: Final = 30
PAUSE: Final = timedelta(days=1)
PEERS_AT_ONCE: Final = 100
LEAST_FREE: Final = 500_000_000  # bytes

PROBLEMS: Final = {
    "instance_name": "house_name",
    "instance_description": "text_too_long",
    "contact_email": "email_invalid",
    "text": "announcement_words",
    "ends_at": "announcement_over",
}


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """What an admin must know at a glance. `free`: gigabytes."""

    version: str
    database: str
    waiting: int
    failing: int
    buried: int
    oldest: datetime | None
    free: int
    free_ok: bool
    lying: list[oversight.Lying]


async def show(guest: Guest) -> Response:
    """GET /admin: health."""
    settings = guest.visit.instance.settings
    counts, lying, hosts = await guest.db.read(
        lambda tx: (jobs.counts(tx), oversight.lying(tx), host_queues.queues(tx))
    )
    free = shutil.disk_usage(settings.data_dir if settings.data_dir.is_dir() else "/").free
    waiting = [one for one in counts if one.state == "waiting"]
    health = Health(
        version=house_version(),
        database="PostgreSQL" if settings.is_postgres else "SQLite",
        waiting=sum(one.jobs for one in waiting),
        failing=sum(1 for one in hosts if one.failures),
        buried=sum(one.jobs for one in counts if one.state == "buried"),
        oldest=min((one.oldest for one in waiting), default=None),
        free=free // 10**9,
        free_ok=free >= LEAST_FREE,
        lying=lying,
    )
    return await guest.page("rooms/admin.html", "admin", health=health)


def house_version() -> str:
    from importlib.metadata import version

    return version("fedi_aid")


# -- what the instance says of itself


async def show_house(guest: Guest) -> Response:
    """GET /admin/house."""
    return await _house(guest, {})


async def _house(guest: Guest, typed: dict[str, str], problem: str = "", at: str = "") -> Response:
    instance = guest.visit.instance
    now = {name: getattr(instance.settings, name) or "" for name in house_settings.EDITABLE}
    return await guest.page(
        "rooms/admin_house.html",
        "admin",
        status=422 if problem else 200,
        typed=now | typed,
        operators=house_settings.given_by_operator(instance.operator),
        registrations=REGISTRATIONS,
        all_languages=LANGUAGES,
        problem=problem,
        at=at,
    )


async def change_house(guest: Guest, sent: Form) -> Response:
    """POST /admin/house."""
    typed = {name: sent.get(name) for name in house_settings.EDITABLE if name in sent.fields}
    instance = guest.visit.instance
    try:
        await guest.db.write(house_settings.change, guest.member, instance.operator, typed)
    except Refused as refused:
        at = refused.field or ""
        return await _house(guest, typed, PROBLEMS.get(at, "other"), at)
    return guest.go(HOUSE, "saved")


# -- queues


async def show_queues(guest: Guest) -> Response:
    """GET /admin/queues."""

    def work(tx: Tx) -> tuple[list[jobs.Count], list[host_queues.HostQueue], list[jobs.BuriedJob]]:
        return jobs.counts(tx), host_queues.queues(tx), jobs.buried(tx, limit=BURIED)

    counts, hosts, buried = await guest.db.read(work)
    kinds: dict[tuple[str, str], int] = {}
    for one in counts:
        kinds[one.kind, one.state] = kinds.get((one.kind, one.state), 0) + one.jobs
    return await guest.page(
        "rooms/admin_queues.html",
        "admin",
        kinds=sorted((kind, state, number) for (kind, state), number in kinds.items()),
        hosts=hosts,
        buried=buried,
    )


async def change_queues(guest: Guest, sent: Form) -> Response:
    """POST /admin/queues: try again, pause or drop; a job, or all of a host."""
    act = ON_QUEUES.get(sent.get("act"))
    if act is None:
        raise NotFound
    await guest.db.write(act, sent)
    return guest.go(QUEUES, "done")


ON_QUEUES: Final[dict[str, Callable[[Tx, Form], Any]]] = {
    "retry": lambda tx, sent: jobs.dig_up(tx, row_id(sent.get("id"))),
    "drop": lambda tx, sent: jobs.drop(tx, row_id(sent.get("id"))),
    "retry_host": lambda tx, sent: host_queues.try_again(tx, sent.get("host")),
    "pause_host": lambda tx, sent: host_queues.pause(tx, sent.get("host"), tx.now + PAUSE),
    "drop_host": lambda tx, sent: host_queues.drop(tx, sent.get("host")),
}


# -- peers


async def show_peers(guest: Guest) -> Response:
    """GET /admin/peers."""
    after = guest.query.get("after", "")[:300]
    found = await guest.db.read(oversight.peers, after=after, limit=PEERS_AT_ONCE)
    more = found[-1].domain if len(found) == PEERS_AT_ONCE else ""
    return await guest.page("rooms/admin_peers.html", "admin", peers=found, more=more)


# -- announcements


async def show_announcements(guest: Guest) -> Response:
    """GET /admin/announcements."""
    return await _announcements(guest)


async def _announcements(guest: Guest, typed: str = "", problem: str = "") -> Response:
    current = await guest.db.read(announcements.current, guest.id)
    return await guest.page(
        "rooms/admin_announcements.html",
        "admin",
        status=422 if problem else 200,
        current=current,
        typed=typed,
        problem=problem,
    )


async def change_announcements(guest: Guest, sent: Form) -> Response:
    """POST /admin/announcements: `act` is tell, or withdraw with an `id`."""
    try:
        if sent.get("act") == "withdraw":
            await guest.db.write(announcing.withdraw, row_id(sent.get("id")))
        else:
            await guest.db.write(announcing.announce, sent.get("text"), ends_at=_day(sent.get("until")))
    except Refused as refused:
        return await _announcements(guest, sent.get("text"), PROBLEMS.get(refused.field or "", "other"))
    return guest.go(TELL, "done")


def _day(text: str) -> datetime | None:
    """The end of a day, UTC; None for no day."""
    try:
        return datetime.strptime(f"{text} 23:59", "%Y-%m-%d %H:%M").replace(tzinfo=UTC) if text else None
    except ValueError:
        raise Refused("This is not a day.", field="ends_at") from None


# -- invitations: every member's


async def show_invites(guest: Guest) -> Response:
    """GET /me/invitations."""
    return await _invites(guest)


async def _invites(guest: Guest, problem: str = "") -> Response:
    found = await guest.db.read(inviting.mine, guest.member)
    return await guest.page(
        "rooms/me_invitations.html",
        "me",
        status=422 if problem else 200,
        invites=found,
        link=f"{guest.visit.instance.settings.base_url}{PATHS.signup}?invitation=",
        problem=problem,
    )


async def change_invites(guest: Guest, sent: Form) -> Response:
    """POST /me/invitations: `act` is invite, or end with a `code`."""
    try:
        if sent.get("act") == "end":
            await guest.db.write(inviting.end, guest.member, sent.get("code"))
        else:
            await guest.db.write(inviting.invite, guest.member)
    except Refused as refused:
        return await _invites(guest, "closed_to_new" if refused.code == "closed" else "too_many_today")
    return guest.go(INVITES, "done")


def _page(handler: Any) -> Any:
    return page(only("admin", handler))


def _form(handler: Any) -> Any:
    return form(only_form("admin", handler))


ROUTES: Final = (
    ("GET", PATHS.admin, _page(show)),
    ("GET", HOUSE, _page(show_house)),
    ("POST", HOUSE, _form(change_house)),
    ("GET", QUEUES, _page(show_queues)),
    ("POST", QUEUES, _form(change_queues)),
    ("GET", PEERS, _page(show_peers)),
    ("GET", TELL, _page(show_announcements)),
    ("POST", TELL, _form(change_announcements)),
    ("GET", INVITES, page(show_invites)),
    ("POST", INVITES, form(change_invites)),
)
