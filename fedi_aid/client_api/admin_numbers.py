"""Numbers for the people who look after the instance: those that can be counted without watching anybody.

Who reads, when, from where and how often is not kept (RULES R7), so there is no measure of it: a measure or
dimension that does not exist is left out of the answer, and there are no cohorts.
"""

import platform
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from importlib.metadata import version
from typing import Any, Final

from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.look import Json, moment
from fedi_aid.errors import Refused
from fedi_aid.storage import reports, roster
from fedi_aid.storage.tx import Tx

DAYS_MOST: Final = 366
_Counted = Callable[[Tx, datetime, datetime], Sequence[datetime]]
MEASURES: Final[dict[str, _Counted]] = {
    "new_users": roster.joined_between,
    "opened_reports": reports.created_between,
    "resolved_reports": reports.closed_between,
}


def _day(call: Call, name: str) -> datetime:
    """A day as `2026-08-01`, or the day of a moment, at its beginning in UTC."""
    text = call.form.text(name, limit=100).strip()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"{name.capitalize()} is not a date", field=name) from None
    return datetime.combine(found.date(), time(), call.db.clock().tzinfo)


async def measures(call: Call) -> list[Json]:
    """POST /api/v1/admin/measures: `keys`: new_users, opened_reports, resolved_reports, by day from
    `start_at` to `end_at`; other keys are left out, because nobody is watched"""
    start, end = _day(call, "start_at"), _day(call, "end_at")
    days = (end - start).days + 1
    if not 0 < days <= DAYS_MOST:
        raise Refused(f"End at is not within {DAYS_MOST} days after the start", field="end_at")
    keys = [key for key in dict.fromkeys(call.form.texts("keys", limit=100)) if key in MEASURES]

    def work(tx: Tx) -> list[Json]:
        return [_measure(tx, key, start, days) for key in keys]

    return await call.db.read(work)


def _measure(tx: Tx, key: str, start: datetime, days: int) -> Json:
    span = timedelta(days=days)
    counted = MEASURES[key](tx, start, start + span)
    before = MEASURES[key](tx, start - span, start)
    by_day = [0] * days
    for one in counted:
        by_day[(one - start).days] += 1
    return {
        "key": key,
        "unit": None,
        "total": str(len(counted)),
        "human_value": None,
        "previous_total": str(len(before)),
        "data": [
            {"date": moment(start + timedelta(days=at)), "value": str(number)}
            for at, number in enumerate(by_day)
        ],
    }


async def dimensions(call: Call) -> list[Json]:
    """POST /api/v1/admin/dimensions: `keys`: software_versions; other keys are left out"""
    _day(call, "start_at"), _day(call, "end_at")
    keys = dict.fromkeys(call.form.texts("keys", limit=100))
    return [{"key": key, "data": _software(call)} for key in keys if key == "software_versions"]


def _software(call: Call) -> list[Json]:
    database = "PostgreSQL" if call.instance.settings.is_postgres else "SQLite"
    told: list[tuple[str, str, Any]] = [
        ("fedi_aid", "fedi_aid", version("fedi_aid")),
        ("python", "Python", platform.python_version()),
        ("database", "Database", database),
    ]
    return [
        {"key": key, "human_key": human, "value": value, "human_value": value} for key, human, value in told
    ]


async def retention(_call: Call) -> list[Json]:
    """POST /api/v1/admin/retention: nobody is watched coming back: always empty"""
    return []
