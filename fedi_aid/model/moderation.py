"""The words of looking after an instance: what is decided about people, servers and doors (PRODUCT S4c)."""

import hashlib
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

import msgspec

from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.people import Role

# What may be decided about somebody. `none` is a word to them; `remove` erases what a report names of theirs;
# `disable` closes their login.
Action = Literal["none", "remove", "sensitive", "disable", "limit", "suspend"]
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)

# What may be decided about a server: noted only, out of public places, nothing exchanged any more.
Severity = Literal["none", "limit", "suspend"]
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)

# What an address on the network, or a provider of mail, is kept from.
EntryKind = Literal["ip", "email_domain", "canonical_email"]
EntrySeverity = Literal["approval", "no_sign_up", "no_access", "block"]

SeveranceKind = Literal["domain", "account"]

# How far somebody's word goes: nobody decides about a peer or somebody above.
RANKS: Final[dict[Role, int]] = {"member": 0, "moderator": 1, "admin": 2, "service": 3}

# So long a suspension can be taken back; then what they wrote here is erased.
REVERSIBLE_FOR: Final = timedelta(days=30)

PURGE: Final = "purge"
Deed = Literal[
    "none",
    "remove",
    "sensitive",
    "unsensitive",
    "disable",
    "enable",
    "limit",
    "unlimit",
    "suspend",
    "unsuspend",
    "purge",
    "approve",
    "reject",
    "role",
    "assign",
    "unassign",
    "resolve",
    "reopen",
    "sort",
    "view",
    "domain",
    "undomain",
    "allow",
    "disallow",
    "bar",
    "unbar",
    "charter",
    "appeal_accepted",
    "appeal_refused",
]
# What the public log tells of: decisions, never who looked at what, and never at whom.
PUBLIC_DEEDS: Final[tuple[Deed, ...]] = (
    *("none", "remove", "sensitive", "unsensitive", "disable", "enable", "limit", "unlimit"),
    *("suspend", "unsuspend", "purge", "charter", "appeal_accepted", "appeal_refused"),
)


class DomainRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule about a server and all below it. `severity` "allow": on the list of limited federation."""

    id: int
    domain: str
    severity: Literal["allow", "none", "limit", "suspend"]
    reject_media: bool = False
    reject_reports: bool = False
    obfuscate: bool = False
    public_comment: str = ""
    private_comment: str = ""
    created_at: datetime

    @property
    def digest(self) -> str:
        """SHA-256 of the name: who knows a name can look whether it is meant."""
        return hashlib.sha256(self.domain.encode()).hexdigest()

    @property
    def shown(self) -> str:
        """The name as the public may read it."""
        return obfuscated(self.domain) if self.obfuscate else self.domain


def obfuscated(domain: str) -> str:
    """Beginning and end of a name, with stars for what is between; dots stay."""
    keep = len(domain) // 4
    last = len(domain) - keep
    return "".join(sign if at < keep or at >= last or sign == "." else "*" for at, sign in enumerate(domain))


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """What a suspension would cut, in numbers: for whoever decides, before they do."""

    people: int  # known of that server
    members: int  # here, who have a tie there
    friendships: int
    following: int  # follows of ours there, friendships included
    followers: int
    posts: int
    waiting: int  # jobs that need that server


class EntryRule(msgspec.Struct, frozen=True, kw_only=True):
    """Who may not come in, and how far."""

    id: int
    kind: EntryKind
    value: str
    severity: EntrySeverity
    comment: str
    expires_at: datetime | None
    created_at: datetime


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Something decided about somebody, with the reason that they are told."""

    id: int
    report_id: int | None
    about_id: PersonId
    by_id: PersonId | None
    action: Action
    reason: str
    rule_ids: tuple[str, ...]
    post_ids: tuple[PostId, ...]
    created_at: datetime
    lifted_at: datetime | None


class Appeal(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says against a decision about them, and what they were answered. One for each of them."""

    id: int
    decision_id: int
    text: str
    answer: str | None
    answered_by: PersonId | None
    accepted: bool | None
    created_at: datetime
    answered_at: datetime | None


class Severance(msgspec.Struct, frozen=True, kw_only=True):
    """Ties that a decision cut, for the one member whose they were. Final (A24)."""

    id: int
    member_id: PersonId
    kind: SeveranceKind
    target: str
    followed: tuple[str, ...]
    followers: tuple[str, ...]
    created_at: datetime


def canonical_email(email: str) -> str:
    """One spelling for every way to write an address that reaches the same person: small letters, no dots
    and nothing after a plus sign in the name."""
    name, _, domain = email.strip().lower().rpartition("@")
    return f"{name.partition('+')[0].replace('.', '')}@{domain}"


def email_digest(email: str) -> str:
    """What is kept of an address that may not come back."""
    return hashlib.sha256(canonical_email(email).encode()).hexdigest()


def covers(rule: str, domain: str) -> bool:
    """A rule about a name is about everything below it."""
    return domain == rule or domain.endswith(f".{rule}")
