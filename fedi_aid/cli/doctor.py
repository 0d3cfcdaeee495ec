"""`fedi_aid doctor`: what is wrong here, and what to do. It creates nothing and changes nothing.

The checks are in `examine`. `--health` is what a container asks every half minute, and loads none of them.
"""

import urllib.error
import urllib.request
from urllib.parse import urlsplit

import click
import msgspec

from fedi_aid.cli.output import answer, json_option
from fedi_aid.errors import Refused

HEALTH_SECONDS = 5


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at; `advice` says what to do when it is not right."""

    name: str
    ok: bool
    found: str
    advice: str = ""


@click.command()
@click.option("--health", metavar="URL", help="Only ask whether the server at this address is healthy.")
@json_option
@click.pass_obj
def doctor(config: str | None, health: str | None, as_json: bool) -> None:
    """Say what is wrong, and what to do about it; the exit code is 1 if something is."""
    checks = _everything(config) if health is None else [_health(health)]
    lines = [
        f"ok     {one.name}: {one.found}" if one.ok else f"WRONG  {one.name}: {one.found} {one.advice}"
        for one in checks
    ]
    wrong = [one.name for one in checks if not one.ok]
    answer(as_json, "\n".join(lines), {"ok": not wrong, "checks": msgspec.to_builtins(checks)})
    if wrong:
        raise Refused(f"{'This is' if len(wrong) == 1 else 'These are'} wrong: {', '.join(wrong)}.")


def _everything(config: str | None) -> list[Check]:
    from fedi_aid.cli.examine import examine
    from fedi_aid.cli.running import run

    return run(examine(config))


def _health(url: str) -> Check:
    """The server answers, and its database does."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise click.UsageError("--health takes an address, such as http://127.0.0.1:8080/health.")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=HEALTH_SECONDS) as got:
            status = got.status
    except urllib.error.HTTPError as failure:
        status = failure.code
        failure.close()
    except (OSError, ValueError) as failure:
        reason = getattr(failure, "reason", failure)
        found = f"{url} does not answer ({reason})."
        return Check(name="health", ok=False, found=found, advice="Is it running?")
    found = f"{url} answers {status}."
    return Check(name="health", ok=status == 200, found=found, advice="Look at the server's log.")
