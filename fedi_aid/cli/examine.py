"""The doctor's checks: each looks at one thing, says what it found, and what to do if that is not right."""

import os
import shutil
import socket
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from fedi_aid.app import database_url
from fedi_aid.cli.doctor import Check
from fedi_aid.cli.running import base_url_is_given, check_folders, home_of
from fedi_aid.errors import BadSetting
from fedi_aid.media.recordings import find_ffmpeg
from fedi_aid.settings import Settings, load
from fedi_aid.storage.condition import Condition, look
from fedi_aid.storage.migrate import newest_revision

NEEDED_PYTHON = (3, 11)
FREE_BYTES = 500_000_000
CLOCK_SLACK = timedelta(minutes=2)
LIMIT = 300  # seconds, from which on signatures fail both ways
WITNESSES = 3
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)  # a clock before this is wrong


async def examine(config: str | None) -> list[Check]:
    """Look at everything that can be looked at; a check that needs what is broken is left out."""
    checks = [_python()]
    try:
        settings = load(os.environ, config)
    except BadSetting as failure:
        return [*checks, Check(name="settings", ok=False, found=failure.sentence, advice="Correct it.")]
    checks += [Check(name="settings", ok=True, found="valid."), _folders(settings), _disk(settings)]
    checks.append(_recordings(settings))
    condition = Condition()
    try:
        condition = await look(database_url(settings))
        checks += [_database(condition), _jobs(condition)]
    except BadSetting as failure:
        advice = "Start it, or correct FEDI_AID_DATABASE_URL."
        checks.append(Check(name="database", ok=False, found=failure.sentence, advice=advice))
    return [*checks, _clock(condition), _base_url(settings, condition)]


def _python() -> Check:
    advice = f"Install Python {'.'.join(map(str, NEEDED_PYTHON))} or newer."
    found = f"{sys.version.split()[0]}."
    return Check(name="python", ok=sys.version_info >= NEEDED_PYTHON, found=found, advice=advice)


def _folders(settings: Settings) -> Check:
    try:
        check_folders(settings)
    except BadSetting as failure:
        advice = "Give this user the right to write there, or choose another with FEDI_AID_DATA_DIR."
        return Check(name="data folder", ok=False, found=failure.sentence, advice=advice)
    stands = "" if settings.data_dir.is_dir() else " (made at the first start)"
    return Check(name="data folder", ok=True, found=f"{settings.data_dir}{stands}.")


def _disk(settings: Settings) -> Check:
    folder = settings.data_dir
    while not os.path.isdir(folder) and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    advice = f"Make room: at least {FREE_BYTES / 1e9:.1f} GB."
    return Check(name="disk", ok=free >= FREE_BYTES, found=f"{free / 1e9:.1f} GB free.", advice=advice)


def _recordings(settings: Settings) -> Check:
    """Films and sounds are a choice: only a program that was named and is not there is wrong."""
    found = find_ffmpeg(settings.ffmpeg)
    if not settings.media_max_recording_bytes:
        return Check(name="films", ok=True, found="not taken (FEDI_AID_MEDIA_MAX_RECORDING_BYTES is 0).")
    if found:
        return Check(name="films", ok=True, found=f"made ready with {found}.")
    advice = "Install ffmpeg, or `fedi_aid[recordings]`, which brings one; or correct FEDI_AID_FFMPEG."
    return Check(
        name="films", ok=not settings.ffmpeg, found="no ffmpeg: films and sounds are refused.", advice=advice
    )


def _database(condition: Condition) -> Check:
    if not condition.revision:
        return Check(name="database", ok=True, found="empty; its tables are made at the first start.")
    newest = newest_revision()
    advice = f"This version needs {newest}: run `fedi_aid db migrate`."
    found = f"at {condition.revision}."
    return Check(name="database", ok=condition.revision == newest, found=found, advice=advice)


def _jobs(condition: Condition) -> Check:
    found = f"{condition.buried or 'none'} given up."
    advice = "See why with `fedi_aid work status`, then `fedi_aid work retry ID`."
    return Check(name="jobs", ok=not condition.buried, found=found, advice=advice)


def _clock(condition: Condition) -> Check:
    now = datetime.now(UTC)
    behind = condition.last_turn is not None and condition.last_turn > now + CLOCK_SLACK
    off = drift(condition.clocks)
    odd = ", before what this instance did last" if behind else ""
    if off:
        odd = f", {abs(off) // 60} minutes {'behind' if off > 0 else 'ahead of'} other servers"
    advice = "Set it, and keep it right with NTP: other servers refuse what is dated wrongly."
    ok = now >= WRITTEN and not behind and not off
    return Check(name="clock", ok=ok, found=f"{now:%Y-%m-%d %H:%M:%S} UTC{odd}.", advice=advice)


def drift(clocks: Sequence[int]) -> int:
    """By how many seconds others agree that our clock is behind them, negative when it is ahead; 0 when fewer
    than three say so, or they contradict each other: then theirs are wrong (X04)."""
    for far in ([one for one in clocks if one > LIMIT], [one for one in clocks if one < -LIMIT]):
        if len(far) >= WITNESSES and len(far) * 2 > len(clocks):
            return sorted(far)[len(far) // 2]
    return 0


def _base_url(settings: Settings, condition: Condition) -> Check:
    home = home_of(condition)
    url = settings.base_url if base_url_is_given(settings) else home or settings.base_url
    trouble = _trouble_with(url, home)
    note = " (only people on this machine can reach it)" if _on_this_machine(url) else ""
    return Check(name="base URL", ok=not trouble, found=f"{url}{note}.", advice=trouble)


def _trouble_with(url: str, home: str) -> str:
    """What to do about a base URL, "" when nothing is wrong with it."""
    host = urlsplit(url).hostname or ""
    if home and home != url:
        return f"This database belongs to {home}: set FEDI_AID_BASE_URL to that."
    if _on_this_machine(url):
        return ""
    if _is_address(host):
        return "Other servers want a name, not a number: choose a host name before the first member joins."
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        return f"The name {host} is not found: add it to the DNS, or correct FEDI_AID_BASE_URL."
    return ""


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _on_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if _is_address(host):
        return ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")
