"""People as the rest of the project sees them: here or elsewhere, and what only members here have."""

from datetime import datetime
from typing import Literal

import msgspec

from fedi_aid.model.emojis import Emoji
from fedi_aid.model.ids import PersonId

PersonKind = Literal["person", "bot", "application", "group", "organization"]
Role = Literal["member", "moderator", "admin", "service"]
MemberState = Literal["active", "waiting", "disabled", "suspended", "deleted"]
CarryConsent = Literal["ask", "always", "never"]

CARRY_ABILITY = "https://w3id.org/fedi-aid/carry/1"
BUTLER = "butler"


class Field(msgspec.Struct, frozen=True):
    """One name–value pair of a profile; `value` is sanitised HTML. `verified_at`: when a page that it links
    to was last seen linking back (rel="me")."""

    name: str
    value: str
    verified_at: datetime | None = None


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Anybody: a member here, somebody elsewhere, the butler, or the instance's application actor."""

    id: PersonId
    uri: str
    username: str
    domain: str  # "" for our own
    kind: PersonKind
    display_name: str
    bio: str
    url: str
    avatar_url: str | None
    header_url: str | None
    fields: tuple[Field, ...]
    locked: bool
    discoverable: bool
    public_key_pem: str | None
    public_key_id: str | None
    ed25519_multikey: str | None
    ed25519_key_id: str | None
    inbox: str | None
    shared_inbox: str | None
    followers_uri: str | None
    implements: tuple[str, ...]
    created_at: datetime
    fetched_at: datetime | None
    suspended_at: datetime | None
    vouched_at: datetime | None = None  # known by a carrier's word alone, never looked up (RULES R20)
    limited_at: datetime | None = None  # kept out of public places
    sensitive_at: datetime | None = None  # all they write is shown as sensitive
    indexable: bool = False
    memorial: bool = False
    suspended_there: bool = False  # by their own server
    emojis: tuple[Emoji, ...] = ()
    avatar_alt: str = ""  # what the picture shows, in words
    header_alt: str = ""

    @property
    def local(self) -> bool:
        return not self.domain

    @property
    def handle(self) -> str:
        """`amina` here, `bruno@two.example` elsewhere (the API's acct)."""
        return self.username if self.local else f"{self.username}@{self.domain}"

    @property
    def name(self) -> str:
        """What to call them in a sentence."""
        return self.display_name or self.username

    @property
    def speaks_fedi_aid(self) -> bool:
        """Their server understands the extension (FEP-844e), or is ours."""
        return self.local or CARRY_ABILITY in self.implements


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """What the instance keeps of one of its own; private keys stay in storage."""

    person: Person
    email: str
    role: Role
    state: MemberState
    locale: str
    time_zone: str
    bio_source: str
    fields_source: tuple[Field, ...]
    default_intimacy: int
    default_sensitive: bool
    default_language: str | None
    weekly_budget: int
    quiet_from: int
    quiet_until: int
    carry_consent: CarryConsent
    accepts_carried: bool
    silent_refusals: bool
    paused_until: datetime | None
    butler_silent: bool
    daily_ration: int | None
    show_counts: bool
    show_friends: bool
    plain_confidants: bool
    created_at: datetime

    @property
    def id(self) -> PersonId:
        return self.person.id


class SigningKeys(msgspec.Struct, frozen=True):
    """A local actor's private keys, for the wire alone."""

    person_id: PersonId
    actor_uri: str
    rsa_private_pem: str
    ed25519_private_pem: str


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """How two people stand, seen by the first (the API's Relationship)."""

    person_id: PersonId
    following: bool = False
    requested: bool = False
    followed_by: bool = False
    requested_by: bool = False
    blocking: bool = False
    blocked_by: bool = False
    muting: bool = False
    muting_notifications: bool = False
    domain_muting: bool = False
    close: bool = False
    recommended: bool = False
    show_boosts: bool = True
    notify: bool = False
    note: str = ""

    @property
    def friends(self) -> bool:
        return self.following and self.followed_by
