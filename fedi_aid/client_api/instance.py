"""The instance: who it is, its charter, and the many things that are empty here on purpose."""

import io
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from html import escape
from typing import Any, Final

from PIL import Image
from starlette.responses import Response

from fedi_aid.actions import charters
from fedi_aid.client_api.answer import answer_json
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.instance import instance_v1, instance_v2, rounded, rules
from fedi_aid.client_api.entities.look import Json, midnight
from fedi_aid.model.people import BUTLER
from fedi_aid.model.privacy import PRIVACY
from fedi_aid.storage import people

MONTH: Final = timedelta(days=30)
WEEKS: Final = 12
LANGUAGE_NAMES: Final = {"en": "English", "fr": "Français"}


def _language(call: Call) -> str:
    """The viewer's language, or what a browser asks for."""
    if call.viewer is not None:
        return call.locale
    wished = call.request.headers.get("accept-language", "")[:2].lower()
    return wished if wished in ("en", "fr") else call.locale


async def _members(call: Call) -> tuple[int, int]:
    """How many members there are, and were here within a month: looked up once a day, so that the number does
    not tell when somebody came (RULES R7)."""
    day, members, active = call.api.members
    now = call.db.clock()
    if day != now.date():
        members = await call.db.read(people.count_members)
        active = await call.db.read(people.count_members, active_since=now - MONTH)
        call.api.members = (now.date(), members, active)
    return members, active


async def v2(call: Call) -> Json:
    """GET /api/v2/instance"""
    _, active = await _members(call)
    key = call.instance.house.vapid.public
    charter = await call.db.read(charters.current)
    language = _language(call)
    return instance_v2(call.instance.settings, charter, locale=language, active=active, vapid_key=key)


async def v1(call: Call) -> Response:
    """GET /api/v1/instance"""
    members, _ = await _members(call)
    charter = await call.db.read(charters.current)
    body = instance_v1(call.instance.settings, charter, locale=_language(call), members=members)
    return answer_json(body, headers={"Deprecation": "@1668384000"})


async def charter(call: Call) -> list[Json]:
    """GET /api/v1/instance/rules"""
    return rules(await call.db.read(charters.current), _language(call))


async def extended_description(call: Call) -> Json:
    """GET /api/v1/instance/extended_description: what the admin says, and how the charter begins."""
    charter = await call.db.read(charters.current)
    said = [call.instance.settings.instance_description, charter.said_in(_language(call)).preamble]
    return await _text(call, [one for one in said if one.strip()])


async def privacy_policy(call: Call) -> Json:
    """GET /api/v1/instance/privacy_policy"""
    return await _text(call, [words.said_in(_language(call)) for words in PRIVACY])


async def _text(call: Call, paragraphs: Sequence[str]) -> Json:
    """Paragraphs as HTML; they stand as long as the instance does."""
    house = await call.db.read(people.by_handle, BUTLER)
    since = house.created_at if house else call.db.clock()
    return {
        "content": "".join(f"<p>{escape(one)}</p>" for one in paragraphs),
        "updated_at": midnight(since),
    }


async def languages(_call: Call) -> list[Json]:
    """GET /api/v1/instance/languages: those the instance speaks."""
    return [{"code": code, "name": name} for code, name in LANGUAGE_NAMES.items()]


async def translation_languages(_call: Call) -> Json:
    """GET /api/v1/instance/translation_languages: nothing is sent anywhere to be translated."""
    return {}


async def activity(call: Call) -> list[Json]:
    """GET /api/v1/instance/activity: twelve weeks, the present one first. Who joined is rounded up to tens;
    what is written and who comes by is nobody's business (RULES R7)."""
    today = call.db.clock().replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=today.weekday())
    weeks = [monday - timedelta(weeks=back) for back in range(WEEKS)]
    joined = await call.db.read(people.joined_since, weeks[-1], before=today)
    return [
        {
            "week": str(int(week.timestamp())),
            "statuses": "0",
            "logins": "0",
            "registrations": str(rounded(sum(week <= one < week + timedelta(weeks=1) for one in joined))),
        }
        for week in weeks
    ]


async def empty_list(_call: Call) -> list[Any]:
    """What there is none of here: clients ask at start and must get a list, not an error."""
    return []


async def not_found(_call: Call) -> Response:
    """Whatever there is not under /api: in the API's shape and readable from any site."""
    return answer_json({"error": "Not Found"}, status=404)


@cache
def _plain_header() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (150, 50), (226, 232, 228)).save(out, "PNG")
    return out.getvalue()


async def missing_header(_call: Call) -> Response:
    """GET /headers/original/missing.png: clients know this name and show nothing of it."""
    return Response(
        _plain_header(), media_type="image/png", headers={"Cache-Control": "public, max-age=604800"}
    )
