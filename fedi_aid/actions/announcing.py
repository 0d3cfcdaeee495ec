"""What the people who run the instance tell everybody, and the signs that members answer it with."""

import unicodedata
from datetime import datetime
from typing import Final

from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.model.text import render
from fedi_aid.storage import announcements
from fedi_aid.storage.tx import Tx

SIGNS_MAX: Final = 8  # different ones on one announcement
SIGN_CHARS: Final = 16
TEXT_MAX: Final = 5_000
_KEYCAP: Final = "\u20e3"


def is_sign(name: str) -> bool:
    """One emoji, as keyboards write it: a picture with its modifiers, a flag, or a keycap."""
    if not 0 < len(name) <= SIGN_CHARS:
        return False
    if name.endswith(_KEYCAP):
        return name[0] in "0123456789#*" and all(one in "\ufe0f" + _KEYCAP for one in name[1:])
    kinds = [unicodedata.category(sign) for sign in name]
    return kinds[0] == "So" and all(kind in ("So", "Sk", "Mn", "Me", "Cf", "Sm") for kind in kinds)


def announce(tx: Tx, text: str, *, starts_at: datetime | None = None, ends_at: datetime | None = None) -> int:
    """Tell every member something, from now on until `ends_at`; its id. Refused for nothing, or too much."""
    if not text.strip():
        raise Refused("An announcement needs words.", field="text")
    if len(text) > TEXT_MAX:
        raise Refused(f"An announcement has at most {TEXT_MAX} characters.", field="text")
    if ends_at is not None and ends_at <= max(tx.now, starts_at or tx.now):
        raise Refused("It would be over before it begins.", field="ends_at")
    html = render(text.strip(), {}, tx.house.tag_page)
    new_id = announcements.publish(tx, html, starts_at=starts_at, ends_at=ends_at)
    tx.announce("said", announcement_id=new_id)
    return new_id


def withdraw(tx: Tx, announcement_id: int) -> None:
    """Take an announcement back, with all signs on it. NotFound."""
    if not announcements.remove(tx, announcement_id):
        raise NotFound
    tx.announce("unsaid", announcement_id=announcement_id)


def react(tx: Tx, me: PersonId, announcement_id: int, name: str) -> None:
    """Answer an announcement with a sign; twice is once. NotFound; Refused for no emoji, or too many."""
    _check(tx, me, announcement_id)
    if not is_sign(name):
        raise Refused("Name is not a recognized emoji", field="name")
    known = announcements.signs(tx, me, [announcement_id]).get(announcement_id, [])
    if len(known) >= SIGNS_MAX and all(sign.name != name for sign in known):
        raise Refused("Limit of different reactions reached", field="base")
    announcements.put_sign(tx, me, announcement_id, name)
    tx.announce("answered", announcement_id=announcement_id, name=name)


def react_no_more(tx: Tx, me: PersonId, announcement_id: int, name: str) -> None:
    """Take a sign back. NotFound for an announcement, or a sign, that is not there."""
    _check(tx, me, announcement_id)
    if not announcements.drop_sign(tx, me, announcement_id, name):
        raise NotFound
    tx.announce("answered", announcement_id=announcement_id, name=name)


def _check(tx: Tx, me: PersonId, announcement_id: int) -> None:
    if not announcements.current(tx, me, only_id=announcement_id):
        raise NotFound
