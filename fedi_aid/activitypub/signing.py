"""Signing what we send: POSTs as the acting member, GETs as the instance itself, never a member (F15).

Two kinds of signatures are in use, and no server says reliably which it takes: whoever is refused with one
knocks again with the other, and remembers per host what worked. Ed25519 keys are used only where actors say
that their server verifies such signatures: each costs a tenth of one with RSA.
"""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub.signatures import cavage, keys, rfc9421
from fedi_aid.errors import TryLater
from fedi_aid.model.people import SigningKeys
from fedi_aid.net.client import Sign
from fedi_aid.storage import people
from fedi_aid.storage.federation import Dialect
from fedi_aid.storage.tx import Tx

MAIN_KEY = "#main-key"
ED25519_KEY = "#ed25519-key"

# Every server takes it; the other kind only some.
FIRST: Dialect = "cavage"
# With which a server may refuse the kind of signature.
REFUSALS = frozenset({400, 401, 403})


def other(dialect: Dialect) -> Dialect:
    """With what to knock again. Who refuses Ed25519 after all gets the kind that every server takes."""
    return "rfc9421" if dialect == "cavage" else "cavage"


def knocks_again(status: int, known: Dialect | None) -> bool:
    """Whether a refusal may be for the kind of signature, so that the other kind is worth a try.

    A 401 may always be; a 400 or 403 only while no kind is known to work there: after that it has another
    reason. The request is the same, sent at most twice.
    """
    return status == 401 or (known is None and status in REFUSALS)


def headers_for(
    signer: SigningKeys,
    method: str,
    url: str,
    body: bytes | None,
    now: datetime,
    dialect: Dialect = FIRST,
    extra: tuple[tuple[str, str], ...] = (),
) -> Mapping[str, str]:
    """The headers of one request, signed over the address as it is sent, with the signer's RSA key unless the
    kind says otherwise; `extra` headers are signed and sent besides."""
    if dialect == "ed25519":
        key_id, private = signer.actor_uri + ED25519_KEY, keys.load_private(signer.ed25519_private_pem)
    else:
        key_id, private = signer.actor_uri + MAIN_KEY, keys.load_private(signer.rsa_private_pem)
    if dialect != "cavage":
        return dict(rfc9421.sign(method, url, body, key_id=key_id, private_key=private, now=now, extra=extra))
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    request = cavage.Outgoing(method=method, host=parts.netloc, target=target, body=body, extra=extra)
    return dict(cavage.sign(request, key_id=key_id, private_key=private, now=now))


def application_keys(tx: Tx) -> SigningKeys:
    """The instance's own keys; `TryLater` until it has been set up."""
    actor = people.by_uri(tx, tx.house.application())
    found = people.signing_keys(tx, actor.id) if actor else None
    if found is None:
        raise TryLater("This instance is not set up yet.", log="no application actor")
    return found


async def application_signer(instance: Instance, dialect: Dialect = FIRST) -> Sign:
    """For `Net.get(sign=…)`: signs each hop anew, as the instance."""
    signer = await instance.db.read(application_keys)

    def sign(method: str, url: str) -> Mapping[str, str]:
        return headers_for(signer, method, url, None, instance.db.clock(), dialect)

    return sign
