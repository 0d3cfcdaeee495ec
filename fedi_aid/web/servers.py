"""Rules about other servers: what would be cut before it is decided, lists in and out; and the charter."""

from typing import Final

from starlette.responses import Response

from fedi_aid.actions import charters, domains
from fedi_aid.errors import Refused
from fedi_aid.model.charter import Rule, Words
from fedi_aid.model.moderation import SEVERITIES, Cut, DomainRule, Severity
from fedi_aid.storage import domain_rules
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx
from fedi_aid.web.moderation import _page
from fedi_aid.web.pages import PATHS
from fedi_aid.web.render import headers
from fedi_aid.web.rooms import Form, Guest, form, only, only_form, page

SERVERS: Final = f"{PATHS.moderation}/servers"
CHARTER: Final = f"{PATHS.moderation}/charter"
SHOWN: Final = 200
LIST_BYTES: Final = 2_000_000
NEW_RULES: Final = 2  # empty places at the end of the form

PROBLEMS: Final = {"domain": "domain_unknown"}
CHARTER_PROBLEMS: Final = {
    "blank": "charter_blank",
    "too_long": "text_too_long",
    "changed": "charter_overtaken",
}


# -- rules about servers


async def show(guest: Guest) -> Response:
    """GET /moderation/servers; `domain` shows what a rule about it would cut, and its form."""
    return await _servers(guest, guest.query.get("domain", "").strip()[:500])


async def _servers(guest: Guest, domain: str, problem: str = "", found_in_list: str = "") -> Response:
    def work(tx: Tx) -> tuple[list[DomainRule], Cut | None, DomainRule | None, str]:
        rules = domain_rules.page_of(tx, Page(limit=SHOWN), allow=False)
        if not domain:
            return rules, None, None, ""
        name = domains.name_of(tx, domain)
        return rules, domains.preview(tx, name), domain_rules.by_domain(tx, name), name

    try:
        rules, cut, standing, name = await guest.db.read(work)
    except Refused:
        rules, cut, standing, name, problem = *(await _rules_alone(guest)), "domain_unknown"
    return await guest.page(
        "rooms/servers.html",
        "moderation",
        status=422 if problem else 200,
        rules=rules,
        typed=domain,
        name=name,
        cut=cut,
        standing=standing,
        severities=SEVERITIES,
        problem=problem,
        in_list=found_in_list,
    )


async def _rules_alone(guest: Guest) -> tuple[list[DomainRule], None, None, str]:
    return await guest.db.read(domain_rules.page_of, Page(limit=SHOWN), allow=False), None, None, ""


async def change(guest: Guest, sent: Form) -> Response:
    """POST /moderation/servers: `act` is put, lift or import (a file, its rules as they stand in it)."""
    act, domain = sent.get("act"), sent.get("domain").strip()[:500]
    try:
        if act == "put":
            given = sent.get("severity")
            severity: Severity = next((one for one in SEVERITIES if one == given), "limit")
            wish = domains.Wish(
                severity=severity,
                reject_media=sent.ticked("reject_media"),
                reject_reports=sent.ticked("reject_reports"),
                obfuscate=sent.ticked("obfuscate"),
                public_comment=sent.get("public_comment"),
                private_comment=sent.get("private_comment"),
            )
            await guest.db.write(domains.put_rule, guest.id, domain, wish)
        elif act == "lift":
            await guest.db.write(domains.lift_rule, guest.id, domain)
        elif act == "import":
            await _import(guest, sent)
    except (Refused, UnicodeDecodeError) as refused:
        problem = (
            "list_unreadable" if act == "import" else PROBLEMS.get(getattr(refused, "field", ""), "other")
        )
        return await _servers(guest, domain if act == "put" else "", problem)
    return guest.go(SERVERS, "saved")


async def _import(guest: Guest, sent: Form) -> None:
    files = sent.files.get("list", ())
    text = (await files[0].read()).decode("utf-8-sig") if files else ""
    if not text.strip():
        raise Refused("Choose a file with a list of servers.", field="list")

    def work(tx: Tx) -> None:
        for name, wish in domains.new_in_list(tx, text):
            domains.put_rule(tx, guest.id, name, wish)

    await guest.db.write(work)


async def export(guest: Guest) -> Response:
    """GET /moderation/servers.csv."""
    rules = await guest.db.read(domain_rules.all_of)
    return Response(
        domains.written(rules),
        headers={**headers(), "Content-Disposition": 'attachment; filename="servers.csv"'},
        media_type="text/csv",
    )


# -- the charter


async def show_charter(guest: Guest) -> Response:
    """GET /moderation/charter: every text in both languages, to be changed."""
    holds = await guest.db.read(charters.current)
    return await _charter(guest, holds.preamble, holds.rules, holds.version)


async def _charter(
    guest: Guest,
    preamble: Words,
    rules: tuple[Rule, ...],
    version: str,
    problem: str = "",
    at: str = "",
) -> Response:
    empty = Words(en="", fr="")
    room = tuple(Rule(id="", title=empty, hint=empty) for _ in range(NEW_RULES))
    return await guest.page(
        "rooms/charter_edit.html",
        "moderation",
        status=422 if problem else 200,
        preamble=preamble,
        rules=(*rules, *room),
        version=version,
        problem=problem,
        at=at,
    )


async def change_charter(guest: Guest, sent: Form) -> Response:
    """POST /moderation/charter: a rule without any text is left out."""
    preamble = Words(en=sent.get("preamble-en").strip(), fr=sent.get("preamble-fr").strip())
    columns = [sent.all(name) for name in ("id", "title-en", "title-fr", "hint-en", "hint-fr")]
    rules = tuple(
        Rule(
            id=rule_id,
            title=Words(en=title_en.strip(), fr=title_fr.strip()),
            hint=Words(en=hint_en.strip(), fr=hint_fr.strip()),
        )
        for rule_id, title_en, title_fr, hint_en, hint_fr in zip(*columns, strict=False)
        if any(text.strip() for text in (title_en, title_fr, hint_en, hint_fr))
    )
    try:
        await guest.db.write(charters.publish, guest.member, preamble, rules, based_on=sent.get("version"))
    except Refused as refused:
        problem = CHARTER_PROBLEMS.get(refused.code or "", "other")
        return await _charter(guest, preamble, rules, sent.get("version"), problem, refused.field or "")
    return guest.go(PATHS.charter, "saved")


ROUTES: Final = (
    ("GET", SERVERS, _page(show)),
    ("POST", SERVERS, form(only_form("moderator", change), max_file=LIST_BYTES)),
    ("GET", SERVERS + ".csv", _page(export)),
    ("GET", CHARTER, page(only("admin", show_charter))),
    ("POST", CHARTER, form(only_form("admin", change_charter))),
)
