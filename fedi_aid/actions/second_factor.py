"""A second factor at login: six digits of an app on one's phone (TOTP, RFC 6238), or a recovery code.

The secret is sealed with the instance's key, so that a copy of the database alone gives no codes. A code is
good once, and so are the steps before it: who looked over a shoulder comes too late.
"""

import base64
import hashlib
import re
import secrets
from datetime import datetime
from typing import Final

import msgspec
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.storage import people
from fedi_aid.storage import second_factor as rows
from fedi_aid.storage.tx import Tx

SECRET_BYTES: Final = 20
DIGITS: Final = 6
STEP: Final = 30  # seconds
DRIFT: Final = 1  # steps by which a phone's clock may be off
RECOVERY_CODES: Final = 10
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike
_SEALED_AS: Final = "second factor"


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What an authenticator app is given: `secret` in base32 to type, `uri` (otpauth) as a QR code."""

    secret: str
    uri: str


def is_on(tx: Tx, me: PersonId) -> bool:
    """Whether login asks this member for a code."""
    known = rows.of(tx, me)
    return known is not None and known.confirmed_at is not None


def begin(tx: Tx, me: PersonId) -> Setup:
    """A new secret, not in use until `confirm`. Refused while one is in use."""
    if is_on(tx, me):
        raise Refused("It is on already.", field="code")
    rows.put(tx, me, tx.house.seal.word(_SEALED_AS, secrets.token_bytes(SECRET_BYTES)))
    return pending(tx, me)


def pending(tx: Tx, me: PersonId) -> Setup:
    """The secret that waits to be confirmed. NotFound."""
    known, member = rows.of(tx, me), people.member(tx, me)
    if known is None or known.confirmed_at is not None or member is None:
        raise NotFound
    name = f"{member.person.username}@{tx.house.domain}"
    secret = _opened(tx, known)
    return Setup(
        secret=base64.b32encode(secret).decode().rstrip("="),
        uri=_totp(secret).get_provisioning_uri(name, tx.house.domain),
    )


def confirm(tx: Tx, me: PersonId, code: str) -> tuple[str, ...]:
    """Put the pending secret to use; the recovery codes, which are shown this once. Refused (`code`)."""
    known = rows.of(tx, me)
    if known is None or known.confirmed_at is not None:
        raise NotFound
    if not _right_now(tx, me, known, code):
        raise Refused("This code is not the one of this moment.", field="code")
    words = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
    rows.change(tx, me, confirmed_at=tx.now, recovery=[_digest(word) for word in words])
    return words


def check(tx: Tx, me: PersonId, code: str) -> bool:
    """Whether this code is right now, or a recovery code; it is used up by this."""
    known = rows.of(tx, me)
    if known is None or known.confirmed_at is None:
        return False
    if _right_now(tx, me, known, code):
        return True
    digest = _digest(code)
    if digest not in known.recovery:
        return False
    rows.change(tx, me, recovery=[one for one in known.recovery if one != digest])
    return True


def turn_off(tx: Tx, me: PersonId, code: str) -> None:
    """Ask for no code any more. Refused (`code`) without a right one."""
    if not check(tx, me, code):
        raise Refused("This code is not the one of this moment.", field="code")
    rows.remove(tx, me)


def forget(tx: Tx, member_id: PersonId) -> bool:
    """For admins, when phone and recovery codes are lost. Whether there was one."""
    return rows.remove(tx, member_id)


def _right_now(tx: Tx, me: PersonId, known: rows.SecondFactor, code: str) -> bool:
    digits = re.sub(r"[\s-]", "", code)
    if not re.fullmatch(rf"[0-9]{{{DIGITS}}}", digits):
        return False
    totp, now = _totp(_opened(tx, known)), _step(tx.now)
    steps = [now + off for off in range(-DRIFT, DRIFT + 1)]
    found = [step for step in steps if _is_of(totp, step, digits)]
    return any(rows.use_step(tx, me, step) for step in found)


def _is_of(totp: TOTP, step: int, digits: str) -> bool:
    try:
        totp.verify(digits.encode(), step * STEP)
    except InvalidToken:
        return False
    return True


def _step(now: datetime) -> int:
    return int(now.timestamp()) // STEP


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP)  # noqa: S303 - what authenticator apps speak


def _opened(tx: Tx, known: rows.SecondFactor) -> bytes:
    secret = tx.house.seal.content(_SEALED_AS, known.secret)
    if secret is None:
        raise Refused("The key of this instance has changed; an admin has to reset the second factor.")
    return secret


def _recovery_code() -> str:
    letters = "".join(secrets.choice(_LETTERS) for _ in range(12))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def _digest(code: str) -> str:
    return hashlib.sha256(re.sub(r"[\s-]", "", code.lower()).encode()).hexdigest()
