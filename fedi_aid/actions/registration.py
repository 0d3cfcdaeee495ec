"""Joining: accounts for people, the butler, and the instance's own actor.

Hashing a password and making keys take long and touch no rows: callers do both before the transaction, in a
thread.
"""

import re
from zoneinfo import available_timezones

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from fedi_aid.actions import entry, moderation
from fedi_aid.errors import Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.model.names import clean_name, valid_local_username
from fedi_aid.model.people import BUTLER, Member, Person
from fedi_aid.storage import invites
from fedi_aid.storage import people as people_rows
from fedi_aid.storage.tx import Tx

APPLICATION = "instance"
# Names that would be mistaken for the house or its staff, or that are pages of the web app.
RESERVED = frozenset(
    "about actor admin administrator api application auth butler charter federation help home inbox instance "
    "login majordome media moderator nodeinfo oauth outbox postmaster root security settings setup signup "
    "static support system tags users webmaster".split()
)
PASSWORD_MIN = 10
PASSWORD_MAX = 200
LOCALES = ("en", "fr")
REASON_MAX = 1000
DISPLAY_NAME_MAX = 100
_EMAIL = re.compile(r"[^@\s<>,;:\"()\[\]\\]{1,64}@[^@\s<>,;:\"()\[\]\\]{1,190}")
_hasher = PasswordHasher()


class NewKeys(msgspec.Struct, frozen=True, kw_only=True):
    """A new actor's keys: RSA-2048 for HTTP signatures, Ed25519 for object proofs."""

    rsa_private_pem: str
    rsa_public_pem: str
    ed25519_private_pem: str


def new_keys() -> NewKeys:
    """Make an actor's keys. Takes tenths of a second: call it in a thread, outside a transaction."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return NewKeys(
        rsa_private_pem=_private_pem(private),
        rsa_public_pem=private.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode("ascii"),
        ed25519_private_pem=_private_pem(ed25519.Ed25519PrivateKey.generate()),
    )


def _private_pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode("ascii")


def hash_password(password: str) -> str:
    """Argon2id; refuses passwords that are too short or too long. Slow on purpose: call it in a thread."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise Refused(
            f"The password must have between {PASSWORD_MIN} and {PASSWORD_MAX} characters.", field="password"
        )
    return _hasher.hash(password)


def check_password(password_hash: str | None, password: str) -> bool:
    """Whether the password is right; takes the same time when there is no account. Call it in a thread."""
    try:
        return _hasher.verify(password_hash or _nobody(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


_NOBODY: list[str] = []


def _nobody() -> str:
    if not _NOBODY:
        _NOBODY.append(_hasher.hash("nobody has this password"))
    return _NOBODY[0]


def sign_up(
    tx: Tx,
    *,
    username: str,
    email: str,
    password_hash: str,
    keys: NewKeys,
    display_name: str = "",
    locale: str = "en",
    time_zone: str = "UTC",
    word: str = "",
    invitation: str = "",
    role: str = "member",
    trusted: bool = False,
    charter_version: str | None = None,
    address: str = "",
) -> Member:
    """Create a member. `trusted`: made by an admin, whatever the registration mode. `address` is where they
    call from; it is looked at and not kept.

    Refused, naming the field, when the name is taken or reserved, the address is no address, known or barred,
    registration is closed, or the invitation is not good. With approval the member waits.
    """
    username = username.strip().lower()
    email = email.strip().lower()
    state = "active" if trusted else _entry(tx, invitation, word, address)
    if not valid_local_username(username):
        raise Refused(
            "A user name has 1 to 30 small letters without accents, digits or underscores.", field="username"
        )
    if people_rows.by_handle(tx, username) is not None or (username in RESERVED and not trusted):
        raise Refused("This user name is taken.", code="taken", field="username")
    if not _EMAIL.fullmatch(email):
        raise Refused("This is not an e-mail address.", field="email")
    if people_rows.email_taken(tx, email):
        raise Refused("This e-mail address is taken.", code="taken", field="email")
    if not trusted:
        entry.check_email(tx, email)
    if len(word) > REASON_MAX:
        raise Refused(f"At most {REASON_MAX} characters, please.", field="reason")
    person_id = _insert_actor(
        tx, username, keys, kind="person", display_name=clean_name(display_name, DISPLAY_NAME_MAX)
    )
    people_rows.insert_member(
        tx,
        person_id=person_id,
        email=email,
        password_hash=password_hash,
        role=role,
        state=state,
        locale=locale if locale in LOCALES else "en",
        time_zone=time_zone if time_zone in available_timezones() else "UTC",
        rsa_private_pem=keys.rsa_private_pem,
        ed25519_private_pem=keys.ed25519_private_pem,
        default_language=locale if locale in LOCALES else None,
        charter_version=charter_version,
        word_to_moderators=word or None,
        password_changed_at=tx.now,
    )
    if invitation and not trusted:
        invites.use(tx, invitation)
    if not trusted:
        moderation.tell_moderators(tx, "admin.sign_up", person_id, person_id)
    member = people_rows.member(tx, person_id)
    assert member is not None
    return member


def _entry(tx: Tx, invitation: str, word: str, address: str) -> str:
    mode, standing = tx.house.registration, entry.standing_of(tx, address)
    if mode == "closed":
        raise Refused("Registration is closed here.", code="forbidden", field="")
    if standing in ("no_sign_up", "no_access"):
        raise Refused("Nobody can sign up from this address.", code="forbidden", field="")
    if invitation or mode == "invite":
        if not invites.is_good(tx, invitation):
            raise Refused("This invitation is not valid.", field="invitation")
        return "waiting" if standing == "approval" else "active"
    if mode == "approval":
        if not word.strip():
            raise Refused("Please write a word to the moderators.", code="blank", field="reason")
        return "waiting"
    return "waiting" if standing == "approval" else "active"


def _insert_actor(
    tx: Tx, username: str, keys: NewKeys, *, kind: str, display_name: str = "", uri: str = ""
) -> PersonId:
    house = tx.house
    uri = uri or house.person(username)
    return people_rows.insert(
        tx,
        uri=uri,
        username=username,
        domain="",
        kind=kind,
        display_name=display_name,
        url=house.profile_page(username),
        locked=True,
        discoverable=False,
        public_key_pem=keys.rsa_public_pem,
        public_key_id=f"{uri}#main-key",
        ed25519_key_id=f"{uri}#ed25519-key",
        inbox=f"{uri}/inbox",
        shared_inbox=house.shared_inbox(),
        followers_uri=f"{uri}/followers",
    )


def needs_setup(tx: Tx) -> bool:
    """The application actor and the butler do not stand yet."""
    return people_rows.by_handle(tx, APPLICATION) is None or people_rows.by_handle(tx, BUTLER) is None


def ensure_instance(tx: Tx, application_keys: NewKeys, butler_keys: NewKeys) -> None:
    """Create the instance's own actor and the butler unless they stand already."""
    for username, keys, kind, uri in (
        (APPLICATION, application_keys, "application", tx.house.application()),
        (BUTLER, butler_keys, "bot", ""),
    ):
        if people_rows.by_handle(tx, username) is not None:
            continue
        person_id = _insert_actor(tx, username, keys, kind=kind, uri=uri)
        people_rows.insert_member(
            tx,
            person_id=person_id,
            email=f"{username}@localhost.invalid",
            password_hash=None,
            role="service",
            state="active",
            rsa_private_pem=keys.rsa_private_pem,
            ed25519_private_pem=keys.ed25519_private_pem,
        )


def application(tx: Tx) -> Person:
    """The actor that signs the instance's own requests."""
    return _service(tx, APPLICATION)


def butler(tx: Tx) -> Person:
    """The butler: a local account that never federates."""
    return _service(tx, BUTLER)


def _service(tx: Tx, username: str) -> Person:
    found = people_rows.by_handle(tx, username)
    if found is None:
        raise Refused("This instance is not set up yet: start it once with `fedi_aid serve`.")
    return found


def login(tx: Tx, name_or_email: str) -> tuple[Member, str | None] | None:
    """The member behind a login and the hash to check, or None. The butler and the house cannot log in."""
    member = people_rows.member_by_login(tx, name_or_email)
    if member is None or member.person.kind not in ("person", "bot") or member.role == "service":
        return None
    return member, people_rows.password_hash(tx, member.id)
