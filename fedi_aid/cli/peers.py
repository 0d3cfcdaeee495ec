"""`fedi_aid peers`: rules about other servers. Through the same acts as the API of apps for admins."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from fedi_aid.actions import domains
from fedi_aid.actions.domains import Wish
from fedi_aid.cli.output import answer, json_option
from fedi_aid.cli.running import instance, run
from fedi_aid.errors import Refused
from fedi_aid.model.moderation import SEVERITIES, Cut, DomainRule, Severity
from fedi_aid.storage import domain_rules
from fedi_aid.storage.tx import Tx

T = TypeVar("T")


@click.group()
def peers() -> None:
    """Other servers: whom this instance federates with."""


def _write(config: str | None, act: Callable[[Tx], T]) -> T:
    async def work() -> T:
        async with instance(config) as running:
            return await running.instance.db.write(act)

    return run(work())


def _read(config: str | None, ask: Callable[[Tx], T]) -> T:
    async def work() -> T:
        async with instance(config) as running:
            return await running.instance.db.read(ask)

    return run(work())


def _told(rule: DomainRule) -> dict[str, Any]:
    return {
        "domain": rule.domain,
        "severity": rule.severity,
        "reject_media": rule.reject_media,
        "reject_reports": rule.reject_reports,
        "obfuscate": rule.obfuscate,
        "public_comment": rule.public_comment,
        "private_comment": rule.private_comment,
        "created_at": rule.created_at,
    }


def _in_words(cut: Cut) -> str:
    return (
        f"{cut.people} people are known there, with {cut.posts} posts. It ends {cut.friendships} friendships "
        f"of {cut.members} members here ({cut.following} follow somebody there, {cut.followers} are "
        f"followed), for good: lifting it later does not bring them back."
    )


@peers.command("list")
@json_option
@click.pass_obj
def list_(config: str | None, as_json: bool) -> None:
    """List the rules."""
    found = _read(config, domain_rules.all_of)
    lines = [f"{one.severity:<8}  {one.domain:<40}  {one.public_comment}".rstrip() for one in found]
    answer(as_json, "\n".join(lines) or "There are no rules.", {"rules": [_told(one) for one in found]})


@peers.command()
@click.argument("domain")
@json_option
@click.pass_obj
def preview(config: str | None, domain: str, as_json: bool) -> None:
    """Say what suspending DOMAIN would cut; changes nothing."""
    cut = _read(config, lambda tx: domains.preview(tx, domain))
    answer(as_json, _in_words(cut), {"domain": domain, "cut": cut})


@peers.command()
@click.argument("domain")
@click.option("--severity", type=click.Choice(SEVERITIES), default="suspend", show_default=True)
@click.option("--reject-media", is_flag=True, help="Show none of its pictures.")
@click.option("--reject-reports", is_flag=True, help="Do not read its reports.")
@click.option("--obfuscate", is_flag=True, help="Hide a part of its name in public lists.")
@click.option("--public-comment", default="", help="Why, for everybody.")
@click.option("--private-comment", default="", help="Why, for admins.")
@click.option("--yes", is_flag=True, help="Do not ask before friendships end.")
@json_option
@click.pass_obj
def block(
    config: str | None,
    domain: str,
    severity: Severity,
    reject_media: bool,
    reject_reports: bool,
    obfuscate: bool,
    public_comment: str,
    private_comment: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Limit or suspend DOMAIN and all below it; says first what it cuts."""
    if severity == "suspend" and not yes:
        _ask(config, domain)
    wish = Wish(
        severity=severity,
        reject_media=reject_media,
        reject_reports=reject_reports,
        obfuscate=obfuscate,
        public_comment=public_comment,
        private_comment=private_comment,
    )
    rule = _write(config, lambda tx: domains.put_rule(tx, None, domain, wish))
    answer(as_json, f"{rule.domain}: {rule.severity}.", _told(rule))


def _ask(config: str | None, domain: str) -> None:
    cut = _read(config, lambda tx: domains.preview(tx, domain))
    if not cut.members:
        return
    if not sys.stdin.isatty():
        raise Refused(f"{_in_words(cut)} Say --yes if that is meant.")
    click.echo(_in_words(cut), err=True)
    click.confirm("Suspend it?", abort=True, err=True)


@peers.command()
@click.argument("domain")
@json_option
@click.pass_obj
def unblock(config: str | None, domain: str, as_json: bool) -> None:
    """End the rule about DOMAIN."""
    rule = _write(config, lambda tx: domains.lift_rule(tx, None, domain))
    answer(as_json, f"There is no rule about {rule.domain} any more.", {"domain": rule.domain})


@peers.command()
@click.argument("domain")
@json_option
@click.pass_obj
def allow(config: str | None, domain: str, as_json: bool) -> None:
    """Put DOMAIN on the list of limited federation (setting `limited_federation`)."""
    rule = _write(config, lambda tx: domains.allow(tx, None, domain))
    answer(as_json, f"{rule.domain} is allowed.", _told(rule))


@peers.command()
@click.argument("domain")
@json_option
@click.pass_obj
def disallow(config: str | None, domain: str, as_json: bool) -> None:
    """Take DOMAIN off that list."""
    rule = _write(config, lambda tx: domains.disallow(tx, None, domain))
    answer(as_json, f"{rule.domain} is not on the list any more.", {"domain": rule.domain})


@peers.command("export")
@click.pass_obj
def export(config: str | None) -> None:
    """Write the rules as CSV, as Mastodon's servers read and write them; private comments are left out."""
    click.echo(domains.written(_read(config, domain_rules.all_of)), nl=False)


@peers.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--severity", type=click.Choice(SEVERITIES), help="Instead of what the list says.")
@click.option("--yes", is_flag=True, help="Do not ask before friendships end.")
@json_option
@click.pass_obj
def import_(config: str | None, file: Path, severity: Severity | None, yes: bool, as_json: bool) -> None:
    """Take over the rules of a CSV FILE, or of a list of names: all, or none if a line is wrong. Rules that
    stand already are left as they are."""
    if file.stat().st_size > domains.LIST_BYTES:
        raise Refused("This list is too long.")
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Refused("This list is not UTF-8 text.") from None

    def act(tx: Tx) -> list[str]:
        new = domains.new_in_list(tx, text, severity)
        cut = [domains.preview(tx, name) for name, wish in new if wish.severity == "suspend"]
        ended = sum(one.friendships for one in cut)
        if ended and not yes:
            raise Refused(f"This ends {ended} friendships, for good. Say --yes if that is meant.")
        return [domains.put_rule(tx, None, name, wish).domain for name, wish in new]

    made = _write(config, act)
    answer(as_json, f"{len(made)} new rules.", {"domains": made})
