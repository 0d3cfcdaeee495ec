"""Rules about other servers: what is not exchanged with them, and what that cuts.

A suspension takes effect at once and whole: with its transaction nothing comes in and nothing goes out any
more, and what came from there is hidden. Only telling members what it cut may take a few more (severing).
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from fedi_aid.actions import severing
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.moderation import SEVERITIES, Cut, DomainRule, Severity, covers
from fedi_aid.model.names import domain_to_ascii
from fedi_aid.storage import domain_rules, moderation
from fedi_aid.storage.tx import Tx

COMMENT_MAX: Final = 2_000
LIST_MAX: Final = 100_000  # rules in one list
LIST_BYTES: Final = 20_000_000
# A program for tables takes a cell that begins so for a formula (X03).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
# The columns of Mastodon's lists; the severities there are in its words.
_COLUMNS: Final = ("domain", "severity", "reject_media", "reject_reports", "public_comment", "obfuscate")
_THEIR_WORDS: Final[dict[Severity, str]] = {"none": "noop", "limit": "silence", "suspend": "suspend"}
_OUR_WORDS: Final[dict[str, Severity]] = {word: severity for severity, word in _THEIR_WORDS.items()}


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted of a rule; None leaves what stands."""

    severity: Severity | None = None
    reject_media: bool | None = None
    reject_reports: bool | None = None
    obfuscate: bool | None = None
    public_comment: str | None = None
    private_comment: str | None = None


def name_of(tx: Tx, text: str) -> str:
    """The name of another server as rules spell it. Refused for what is none, for ours and what it is in."""
    text = text.strip().lower()
    found = domain_to_ascii(text.removeprefix("*.").removeprefix("@")) if len(text) < 500 else None
    if found is None or ("." not in found and ":" not in found):
        raise Refused("Domain is not a valid domain name", field="domain")
    if covers(found, tx.house.domain) or covers(found, tx.house.domain.rsplit(":", 1)[0]):
        raise Refused("Domain is the one of this server", field="domain")
    return found


def preview(tx: Tx, domain: str) -> Cut:
    """What suspending a server would cut, in numbers, before it is decided."""
    return domain_rules.cut(tx, name_of(tx, domain))


def put_rule(tx: Tx, by_id: int | None, domain: str, wish: Wish) -> DomainRule:
    """Make a rule about a server, or change the one that stands. Refused for bad words."""
    name, values = name_of(tx, domain), _values(wish)
    before = domain_rules.by_domain(tx, name)
    if before is None or before.severity == "allow":
        values.setdefault("severity", "limit")
    rule = domain_rules.put(tx, name, **values)
    _apply(tx, before, rule)
    details = {"severity": rule.severity, "media": rule.reject_media, "reports": rule.reject_reports}
    moderation.note(tx, by_id, "domain", subject=name, details=details)
    return rule


def _values(wish: Wish) -> dict[str, Any]:
    values = {name: value for name, value in msgspec.structs.asdict(wish).items() if value is not None}
    if wish.severity is not None and wish.severity not in SEVERITIES:
        raise Refused("Severity is not included in the list", field="severity")
    for field in ("public_comment", "private_comment"):
        text = values.get(field, "").strip()
        if len(text) > COMMENT_MAX:
            raise Refused(f"Comments have at most {COMMENT_MAX} characters", field=field)
        if field in values:
            values[field] = text
    return values


def _apply(tx: Tx, before: DomainRule | None, rule: DomainRule) -> None:
    was = before.severity if before is not None else None
    if rule.severity == "suspend":
        _cut_off(tx, rule.domain)
    elif was == "suspend":
        domain_rules.free_people(tx, rule.domain, suspended=True, limited=False)
    if rule.severity == "limit":
        domain_rules.limit_people(tx, rule.domain)
    elif was == "limit":
        domain_rules.free_people(tx, rule.domain, suspended=False, limited=True)
    if rule.reject_media:
        domain_rules.forget_pictures(tx, rule.domain)


def _cut_off(tx: Tx, domain: str) -> None:
    """Hide what came from a server, end what it held, forget what waits for it, cut the ties (A23, A24)."""
    domain_rules.suspend_people(tx, domain)
    domain_rules.end_access(tx, domain)
    domain_rules.drop_jobs(tx, domain)
    severing.sever_server(tx, domain)


def rule(tx: Tx, rule_id: int, *, allow: bool = False) -> DomainRule:
    """A rule by its id. NotFound."""
    found = domain_rules.by_id(tx, rule_id, allow=allow)
    if found is None:
        raise NotFound
    return found


def lift_rule(tx: Tx, by_id: int | None, domain: str) -> DomainRule:
    """End a rule: its people can be seen and asked again; ties that were cut stay cut. NotFound."""
    name = name_of(tx, domain)
    known = domain_rules.by_domain(tx, name)
    if known is None or known.severity == "allow":
        raise NotFound
    domain_rules.drop(tx, name)
    domain_rules.free_people(tx, name, suspended=True, limited=True)
    moderation.note(tx, by_id, "undomain", subject=name)
    return known


# -- limited federation


def allow(tx: Tx, by_id: int | None, domain: str) -> DomainRule:
    """Federate with this server where federation is limited to a list. Refused while a rule bars it."""
    name = name_of(tx, domain)
    known = domain_rules.by_domain(tx, name)
    if known is not None and known.severity != "allow":
        raise Refused("There is a rule against this domain: lift it first", field="domain")
    found = known or domain_rules.put(tx, name, severity="allow")
    domain_rules.free_people(tx, name, suspended=True, limited=False)
    moderation.note(tx, by_id, "allow", subject=name)
    return found


def disallow(tx: Tx, by_id: int | None, domain: str) -> DomainRule:
    """Take a server off the list; where federation is limited, that cuts like a suspension. NotFound."""
    name = name_of(tx, domain)
    known = domain_rules.by_domain(tx, name)
    if known is None or known.severity != "allow":
        raise NotFound
    domain_rules.drop(tx, name)
    if tx.house.limited_federation:
        _cut_off(tx, name)
    moderation.note(tx, by_id, "disallow", subject=name)
    return known


# -- lists


def written(rules: Iterable[DomainRule]) -> str:
    """Rules as a list that other servers can read (CSV). Nothing in it is a formula (X03); what an admin
    noted in private is left out."""
    out = io.StringIO()
    table = csv.writer(out)  # lines end as RFC 4180 has it, so that a lone return is quoted
    table.writerow([f"#{name}" for name in _COLUMNS])
    for one in rules:
        if one.severity == "allow":
            continue
        told = [
            one.domain,
            _THEIR_WORDS[one.severity],
            str(one.reject_media),
            str(one.reject_reports),
            one.public_comment,
            str(one.obfuscate),
        ]
        table.writerow([_harmless(cell) for cell in told])
    return out.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def read_list(tx: Tx, text: str) -> list[tuple[str, Wish]]:
    """The rules of such a list, or of plain names, one a line. Refused, naming the line, for the first that
    cannot be understood: of a list all is taken or nothing."""
    if len(text) > LIST_BYTES:
        raise Refused("This list is too long.")
    try:
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))
    except csv.Error as fault:
        raise Refused(f"This is no list of servers: {fault}.") from None
    header = [cell.strip().lstrip("#").lower() for cell in rows[0]] if rows else []
    named = "domain" in header
    found: list[tuple[str, Wish]] = []
    for number, row in enumerate(rows[1 if named else 0 :], start=2 if named else 1):
        if not row or not row[0].strip() or row[0].startswith("#"):
            continue
        if len(found) >= LIST_MAX:
            raise Refused(f"At most {LIST_MAX} servers in a list.")
        try:
            found.append(_row(tx, header if named else ["domain"], row))
        except Refused as fault:
            raise Refused(f"Line {number}: {fault.sentence}.") from None
    return found


def new_in_list(tx: Tx, text: str, severity: Severity | None = None) -> list[tuple[str, Wish]]:
    """Those of a list about which there is no rule yet, each once; `severity` instead of what it says."""
    found: dict[str, Wish] = {}
    for name, wish in read_list(tx, text):
        if name not in found and domain_rules.by_domain(tx, name) is None:
            found[name] = msgspec.structs.replace(wish, severity=severity or wish.severity)
    return list(found.items())


def _row(tx: Tx, header: Sequence[str], row: Sequence[str]) -> tuple[str, Wish]:
    cells = {name: cell.strip() for name, cell in zip(header, row, strict=False)}
    word = cells.get("severity", "") or "suspend"
    if word not in _OUR_WORDS:
        raise Refused("Severity is not noop, silence or suspend")
    comment = cells.get("public_comment", "")
    wish = Wish(
        severity=_OUR_WORDS[word],
        reject_media=_yes(cells.get("reject_media", "")),
        reject_reports=_yes(cells.get("reject_reports", "")),
        obfuscate=_yes(cells.get("obfuscate", "")),
        public_comment=comment[1:] if comment[:1] == "'" and comment[1:].startswith(_FORMULA) else comment,
    )
    _values(wish)
    return name_of(tx, cells["domain"].removeprefix("'")), wish


def _yes(word: str) -> bool:
    if word.lower() in ("true", "1"):
        return True
    if word.lower() in ("false", "0", ""):
        return False
    raise Refused("What stands there is neither true nor false")
