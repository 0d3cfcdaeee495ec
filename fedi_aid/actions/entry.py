"""Who may not come in: networks, providers of mail, and single mail addresses, of which a digest is kept."""

import ipaddress
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.moderation import EntryKind, EntryRule, EntrySeverity, email_digest
from fedi_aid.model.names import domain_to_ascii
from fedi_aid.storage import domain_rules, entry_rules, moderation
from fedi_aid.storage.database import Database
from fedi_aid.storage.tx import Announcement, Tx

NETWORK_SEVERITIES: Final[tuple[EntrySeverity, ...]] = ("approval", "no_sign_up", "no_access")
COMMENT_MAX: Final = 2_000
LONGEST: Final = timedelta(days=3_650)
# A wider network would bar a continent; that is never what was meant.
WIDEST: Final = {4: 8, 6: 16}
LOOKED_UP_EVERY: Final = timedelta(minutes=1)
CHANGED: Final = "entry_rules"  # announced when a rule about networks changed
_DIGEST = re.compile(r"[0-9a-f]{64}")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


# -- rules


def rule(tx: Tx, kind: EntryKind, rule_id: int) -> EntryRule:
    """A rule by its id. NotFound."""
    found = entry_rules.by_id(tx, kind, rule_id)
    if found is None:
        raise NotFound
    return found


def bar_network(
    tx: Tx,
    by_id: int | None,
    address: str,
    severity: str,
    *,
    comment: str = "",
    lasts: timedelta | None = None,
) -> EntryRule:
    """Keep an address or a network from signing up, or out altogether. Refused for what is none, is far too
    wide, or is barred already."""
    network = _network(address)
    values = _values(tx, severity, comment, lasts)
    new_id = entry_rules.insert(tx, "ip", str(network), **values)
    if new_id is None:
        raise Refused("Ip has already been taken", code="taken", field="ip")
    return _noted(tx, by_id, "ip", new_id)


def change_network(
    tx: Tx,
    by_id: int | None,
    rule_id: int,
    *,
    address: str | None = None,
    severity: str | None = None,
    comment: str | None = None,
    lasts: timedelta | None = None,
) -> EntryRule:
    """Change what is given. NotFound, and refused as `bar_network`."""
    known = rule(tx, "ip", rule_id)
    values = _values(tx, severity or known.severity, known.comment if comment is None else comment, lasts)
    if lasts is None:
        values["expires_at"] = known.expires_at
    if address is not None:
        values["value"] = str(_network(address))
        taken = [one for one in entry_rules.by_values(tx, "ip", [values["value"]]) if one.id != known.id]
        if taken:
            raise Refused("Ip has already been taken", code="taken", field="ip")
    entry_rules.change(tx, known.id, **values)
    return _noted(tx, by_id, "ip", known.id)


def _network(address: str) -> Network:
    try:
        found = ipaddress.ip_network(address.strip(), strict=False)
    except ValueError:
        raise Refused("Ip is not a valid IP address or network", field="ip") from None
    if found.prefixlen < WIDEST[found.version]:
        raise Refused(f"Ip is too wide: at least /{WIDEST[found.version]}", field="ip")
    return found


def _values(tx: Tx, severity: str, comment: str, lasts: timedelta | None) -> dict[str, Any]:
    if severity not in NETWORK_SEVERITIES:
        raise Refused("Severity is not included in the list", field="severity")
    if len(comment) > COMMENT_MAX:
        raise Refused(f"Comment has at most {COMMENT_MAX} characters", field="comment")
    if lasts is not None and not timedelta() <= lasts <= LONGEST:
        raise Refused("Expires in is not a number of seconds within ten years", field="expires_in")
    until = tx.now + lasts if lasts else None
    return {"severity": severity, "comment": comment.strip(), "expires_at": until}


def bar_provider(tx: Tx, by_id: int | None, domain: str) -> EntryRule:
    """Nobody may sign up with mail of this provider, or of one below it. Refused for what is no domain."""
    found = domain_to_ascii(domain.strip().lower().removeprefix("@")) if len(domain) < 500 else None
    if found is None or "." not in found or ":" in found:
        raise Refused("Domain is not a valid domain name", field="domain")
    new_id = entry_rules.insert(tx, "email_domain", found, severity="block", comment="")
    if new_id is None:
        raise Refused("Domain has already been taken", code="taken", field="domain")
    return _noted(tx, by_id, "email_domain", new_id)


def bar_email(tx: Tx, by_id: int | None, *, email: str = "", digest: str = "") -> EntryRule:
    """Nobody may sign up with this address, however it is written; only its digest is kept."""
    digest = digest.strip().lower() or (email_digest(email) if "@" in email else "")
    if not _DIGEST.fullmatch(digest):
        raise Refused("Canonical email hash is not the digest of an address", field="canonical_email_hash")
    new_id = entry_rules.insert(tx, "canonical_email", digest, severity="block", comment="")
    if new_id is None:
        raise Refused("Canonical email hash has already been taken", code="taken", field="email")
    return _noted(tx, by_id, "canonical_email", new_id)


def meant(tx: Tx, email: str) -> Sequence[EntryRule]:
    """Rules about single addresses that mean this one."""
    return entry_rules.by_values(tx, "canonical_email", [email_digest(email)])


def keep_out_email(tx: Tx, email: str) -> None:
    """Somebody was suspended: they cannot simply sign up again."""
    entry_rules.insert(tx, "canonical_email", email_digest(email), severity="block", comment="suspended")


def let_in_email(tx: Tx, email: str) -> None:
    entry_rules.drop(tx, "canonical_email", value=email_digest(email))


def lift(tx: Tx, by_id: int | None, kind: EntryKind, rule_id: int) -> EntryRule:
    """End a rule. NotFound."""
    known = rule(tx, kind, rule_id)
    entry_rules.drop(tx, kind, rule_id=rule_id)
    moderation.note(tx, by_id, "unbar", subject=f"{kind} {known.value}")
    if kind == "ip":
        tx.announce(CHANGED)
    return known


def _noted(tx: Tx, by_id: int | None, kind: EntryKind, rule_id: int) -> EntryRule:
    found = rule(tx, kind, rule_id)
    moderation.note(tx, by_id, "bar", subject=f"{kind} {found.value}", details={"severity": found.severity})
    if kind == "ip":
        tx.announce(CHANGED)
    return found


# -- at the door


def check_email(tx: Tx, email: str) -> None:
    """Refused for an address that may not sign up."""
    provider = email.rpartition("@")[2]
    names = domain_rules.names_above(domain_to_ascii(provider) or provider)
    if entry_rules.by_values(tx, "email_domain", names) or meant(tx, email):
        raise Refused("This e-mail address cannot be used here.", field="email")


def standing_of(tx: Tx, address: str) -> EntrySeverity | None:
    """The strictest rule about an address; None for one that nobody minds, and for what is no address."""
    found = _address(address)
    if found is None:
        return None
    severities = [
        one.severity for one in entry_rules.networks(tx) if found in ipaddress.ip_network(one.value)
    ]
    return max(severities, key=NETWORK_SEVERITIES.index, default=None)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # What came over IPv6 may be an IPv4 address in disguise.
    return found.ipv4_mapped or found if isinstance(found, ipaddress.IPv6Address) else found


class Door:
    """Which addresses are kept out altogether: looked up once a minute, and at once after a change here."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._shut: list[Network] = []
        self._read_at: datetime | None = None
        db.on_commit(self._heard)

    def _heard(self, announcements: Sequence[Announcement], _lanes: object) -> None:
        if any(one.topic == CHANGED for one in announcements):
            self._read_at = None

    async def is_shut(self, address: str) -> bool:
        """Nothing is answered to this address."""
        now = self._db.clock()
        if self._read_at is None or now - self._read_at >= LOOKED_UP_EVERY:
            self._read_at = now
            rules = await self._db.read(entry_rules.networks)
            self._shut = [ipaddress.ip_network(one.value) for one in rules if one.severity == "no_access"]
        if not self._shut:
            return False
        found = _address(address)
        return found is not None and any(found in network for network in self._shut)
