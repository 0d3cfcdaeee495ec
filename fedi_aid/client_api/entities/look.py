"""Who reads, and how ids and dates are written (CLIENT_API: strings of one length, milliseconds and a Z)."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from fedi_aid.model.filters import Place
from fedi_aid.model.house import House
from fedi_aid.model.posts import Viewer

Json = dict[str, Any]


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One viewer looking: all of a response is for them alone. `locale` is the language of sentences; `place`
    is where statuses are shown, for the viewer's filters: None asks for those of all places."""

    viewer: Viewer
    house: House
    locale: str
    place: Place | None = None

    @property
    def base_url(self) -> str:
        return self.house.base_url


def moment(when: datetime) -> str:
    """`2026-08-01T13:51:02.123Z`, the one form every client can read."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def maybe_moment(when: datetime | None) -> str | None:
    return moment(when) if when is not None else None


def day(when: datetime) -> str:
    """`2026-08-01`."""
    return when.astimezone(UTC).date().isoformat()


def midnight(when: datetime) -> str:
    """The day as a moment: when an account was made is nobody's business to the second."""
    return f"{day(when)}T00:00:00.000Z"
