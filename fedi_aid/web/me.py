"""The room "Me": how I am shown, what I can help with, how the butler may speak to me, who vouches for me,
where I am logged in."""

from collections.abc import Callable
from typing import Any, Final, get_args
from zoneinfo import available_timezones

from starlette.responses import Response

from fedi_aid.actions import abilities, access, carry_consent, endorsements, files, people
from fedi_aid.butler import cards
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.abilities import KINDS as HELP_KINDS
from fedi_aid.model.abilities import SHOWN_TO
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import CarryConsent
from fedi_aid.storage import cards as card_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import ties
from fedi_aid.storage.tx import Tx
from fedi_aid.web import shown
from fedi_aid.web.foreseen import STEPS
from fedi_aid.web.i18n import LANGUAGES
from fedi_aid.web.pages import PATHS
from fedi_aid.web.rooms import Form, Guest, form, page
from fedi_aid.web.visit import row_id

PROFILE: Final = f"{PATHS.me}/profile"
ABILITIES: Final = f"{PATHS.me}/abilities"
BUTLER: Final = f"{PATHS.me}/butler"
BADGES: Final = f"{PATHS.me}/badges"
SESSIONS: Final = f"{PATHS.me}/sessions"
PICTURE_BYTES: Final = 16_000_000
FIELDS: Final = 4
CONSENTS: Final[tuple[CarryConsent, ...]] = get_args(CarryConsent)

# field of `Refused` → key of the catalogue's `problem` table
PROBLEMS: Final = {
    "display_name": "display_name_invalid",
    "note": "text_too_long",
    "file": "picture_unreadable",
    "skills": "words_many",
    "not_my_thing": "words_many",
    "causes": "causes_many",
    "languages": "languages_unknown",
    "availability": "text_too_long",
}


def problem_of(refused: Refused) -> str:
    return PROBLEMS.get(refused.field or "", "other")


async def show(guest: Guest) -> Response:
    """GET /me."""
    return await guest.page("rooms/me.html", "me")


# -- how I am shown


async def show_profile(guest: Guest) -> Response:
    """GET /me/profile."""
    return await _profile(guest, {})


async def _profile(guest: Guest, typed: dict[str, str], problem: str = "", at: str = "") -> Response:
    member = guest.member
    fields = [(one.name, one.value) for one in member.fields_source]
    return await guest.page(
        "rooms/me_profile.html",
        "me",
        scripts=("busy.js",),
        status=422 if problem else 200,
        member=member,
        typed={"display_name": member.person.display_name, "bio": member.bio_source} | typed,
        fields=[*fields, *[("", "")] * (FIELDS - len(fields))],
        zones=sorted(available_timezones()),
        problem=problem,
        at=at,
    )


async def change_profile(guest: Guest, sent: Form) -> Response:
    """POST /me/profile."""
    typed = {"display_name": sent.get("display_name").strip(), "bio": sent.get("bio")}
    names, values = sent.all("field_name"), sent.all("field_value")
    zone, locale = sent.get("time_zone"), sent.get("locale")
    changes: dict[str, Any] = {
        "display_name": typed["display_name"],
        "bio_source": typed["bio"],
        "fields": [(name, value) for name, value in zip(names, values, strict=False) if name.strip()],
        "discoverable": sent.ticked("discoverable"),
        "show_friends": sent.ticked("show_friends"),
        "show_counts": sent.ticked("show_counts"),
    }
    if zone in available_timezones():
        changes["time_zone"] = zone
    if locale in LANGUAGES:
        changes["locale"] = locale
        guest.visit.keep_language("fr" if locale == "fr" else "en")
    stored = None
    try:
        stored = await _portrait(guest, sent)
        await guest.db.write(_change_profile, guest.id, changes, stored)
    except Refused as refused:
        if stored is not None:
            await files.discard(guest.visit.instance, stored)
        return await _profile(guest, typed, problem_of(refused), refused.field or "")
    return guest.go(PROFILE, "saved")


async def _portrait(guest: Guest, sent: Form) -> files.Stored | None:
    chosen = sent.files.get("portrait", ())
    if sent.oversized:
        raise Refused("The file is too large", code="too_large", field="file")
    if not chosen:
        return None
    made = await guest.visit.desk.workshop.make(await chosen[0].read(), shape="avatar")
    return await files.store(guest.visit.instance, made)


def _change_profile(tx: Tx, me: PersonId, changes: dict[str, Any], stored: files.Stored | None) -> None:
    if stored is not None:
        files.put_on_profile(tx, me, "avatar", stored)
    people.update_profile(tx, me, **changes)


# -- what I can help with


async def show_abilities(guest: Guest) -> Response:
    """GET /me/abilities."""
    return await _abilities(guest)


async def _abilities(
    guest: Guest, typed: dict[str, str] | None = None, problem: str = "", at: str = ""
) -> Response:
    found = await guest.db.read(abilities.show, guest.id, guest.visit.language)
    said = {name: ", ".join(getattr(found, name)) for name in LISTS} | {"availability": found.availability}
    return await guest.page(
        "rooms/me_abilities.html",
        "me",
        status=422 if problem else 200,
        found=found,
        typed=said | (typed or {}),
        kinds=HELP_KINDS,
        shown_to=SHOWN_TO,
        problem=problem,
        at=at,
    )


LISTS: Final = ("skills", "not_my_thing", "languages", "causes")


async def change_abilities(guest: Guest, sent: Form) -> Response:
    """POST /me/abilities."""
    typed = {name: sent.get(name) for name in (*LISTS, "availability")}
    said: dict[str, Any] = {
        name: [one.strip() for one in typed[name].split(",") if one.strip()] for name in LISTS
    }
    wish = abilities.Wish(
        **said,
        kinds=[one for one in sent.all("kind") if one],
        availability=typed["availability"],
        shown_to=sent.get("shown_to", "friends"),
        shared_with_friends_servers=sent.ticked("shared"),
    )
    try:
        await guest.db.write(abilities.change, guest.id, wish)
    except Refused as refused:
        return await _abilities(guest, typed, problem_of(refused), refused.field or "")
    return guest.go(ABILITIES, "saved")


# -- the butler, budgets, consent


async def show_butler(guest: Guest) -> Response:
    """GET /me/butler."""

    def work(tx: Tx) -> tuple[Any, Any, Any]:
        friends = [one for one in ties.friends_of(tx, guest.id) if one.kind != "bot"]
        return cards.wanted(tx, guest.id), ties.carried_for_always(tx, guest.id), friends

    wanted, always, friends = await guest.db.read(work)
    house = guest.visit.instance.house
    return await guest.page(
        "rooms/me_butler.html",
        "me",
        member=guest.member,
        cards=wanted,
        names={kind: cards.NAMES[kind][guest.visit.language] for kind in wanted},
        consents=CONSENTS,
        steps=STEPS,
        friends=[(str(one.id), shown.person(house, one).name, one.id in always) for one in friends],
        paused=guest.member.paused_until is not None and guest.member.paused_until > guest.db.clock(),
    )


NUMBERS: Final = {
    "weekly_budget": (1, 7),
    "quiet_from": (0, 23),
    "quiet_until": (0, 23),
    "default_intimacy": (0, 4),
    "daily_ration": (5, 500),
}
FLAGS: Final = ("accepts_carried", "silent_refusals", "butler_silent", "plain_confidants")


async def change_butler(guest: Guest, sent: Form) -> Response:
    """POST /me/butler: numbers out of range stay as they are."""
    changes: dict[str, Any] = {name: sent.ticked(name) for name in FLAGS}
    for name, (low, high) in NUMBERS.items():
        given = sent.get(name)
        if given.isdecimal() and len(given) < 5 and low <= int(given) <= high:
            changes[name] = int(given)
    consent = next((one for one in CONSENTS if one == sent.get("carry_consent")), None)
    if consent is not None:
        changes["carry_consent"] = consent
    if sent.ticked("end_pause"):
        changes["paused_until"] = None

    def work(tx: Tx) -> None:
        for kind in cards.NAMES:
            card_rows.choose(tx, guest.id, kind, sent.ticked(f"card_{kind}"))
        carry_consent.always_for(tx, guest.id, sent.ids("always"))
        people.update_profile(tx, guest.id, **changes)

    await guest.db.write(work)
    return guest.go(BUTLER, "saved")


# -- what others vouch for


async def show_badges(guest: Guest) -> Response:
    """GET /me/badges."""

    def work(tx: Tx) -> list[tuple[Any, str]]:
        found = endorsements.received(tx, guest.id)
        known = people_rows.many(tx, {one.from_id for one in found})
        return [(one, known[one.from_id].name) for one in found if one.from_id in known]

    found = await guest.db.read(work)
    return await guest.page(
        "rooms/me_badges.html",
        "me",
        waiting=[pair for pair in found if pair[0].state == "offered"],
        accepted=[pair for pair in found if pair[0].state == "accepted"],
    )


async def change_badges(guest: Guest, sent: Form) -> Response:
    """POST /me/badges."""
    act = ON_BADGES.get(sent.get("act"))
    if act is None:
        raise NotFound
    await guest.db.write(act, guest.id, row_id(sent.get("id")))
    return guest.go(BADGES, "saved")


ON_BADGES: Final[dict[str, Callable[[Tx, int, int], Any]]] = {
    "accept": endorsements.accept,
    "hide": endorsements.hide,
    "decline": endorsements.decline,
}


# -- where I am logged in


async def show_sessions(guest: Guest) -> Response:
    """GET /me/sessions."""
    found = await guest.db.read(access.sessions, guest.id)
    return await guest.page(
        "rooms/me_sessions.html",
        "me",
        sessions=[(one, *browser_of(one.agent or "")) for one in found],
        here=guest.session.csrf,
    )


# What a browser says → what people call it; the first that fits, since most claim to be others too.
BROWSERS: Final = (
    *(("Firefox/", "Firefox"), ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet")),
    *(("Chrome/", "Chrome"), ("CriOS", "Chrome"), ("FxiOS", "Firefox"), ("Safari/", "Safari")),
)
SYSTEMS: Final = (
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows")),
    *(("Mac OS", "Mac"), ("CrOS", "Chromebook"), ("Linux", "Linux")),
)


def browser_of(agent: str) -> tuple[str, str]:
    """(browser, system) as people call them, of what a browser says of itself; "" for what is not known."""
    browser = next((name for sign, name in BROWSERS if sign in agent), "")
    return browser, next((name for sign, name in SYSTEMS if sign in agent), "")


async def close_sessions(guest: Guest, _sent: Form) -> Response:
    """POST /me/sessions: every browser but this one is logged out."""

    def work(tx: Tx) -> None:
        mine = next((one for one in access.sessions(tx, guest.id) if one.csrf == guest.session.csrf), None)
        access.close_other_sessions(tx, guest.id, but=mine.id if mine else None)

    await guest.db.write(work)
    return guest.go(SESSIONS, "done")


ROUTES: Final = (
    ("GET", PATHS.me, page(show)),
    ("GET", PROFILE, page(show_profile)),
    ("POST", PROFILE, form(change_profile, max_file=PICTURE_BYTES)),
    ("GET", ABILITIES, page(show_abilities)),
    ("POST", ABILITIES, form(change_abilities)),
    ("GET", BUTLER, page(show_butler)),
    ("POST", BUTLER, form(change_butler)),
    ("GET", BADGES, page(show_badges)),
    ("POST", BADGES, form(change_badges)),
    ("GET", SESSIONS, page(show_sessions)),
    ("POST", SESSIONS, form(close_sessions)),
)
