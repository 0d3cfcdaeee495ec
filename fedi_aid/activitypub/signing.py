"""Signing what we send: POSTs as the acting member, GETs as the instance itself, never a member (F15)."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub.signatures import cavage, keys
from fedi_aid.errors import TryLater
from fedi_aid.model.people import SigningKeys
from fedi_aid.net.client import Sign
from fedi_aid.storage import people
from fedi_aid.storage.tx import Tx

MAIN_KEY = "#main-key"
ED25519_KEY = "#ed25519-key"


def headers_for(
    signer: SigningKeys, method: str, url: str, body: bytes | None, now: datetime
) -> Mapping[str, str]:
    """The headers of one request, signed with the signer's RSA key over the address as it is sent."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    request = cavage.Outgoing(method=method, host=parts.netloc, target=target, body=body)
    private = keys.load_private(signer.rsa_private_pem)
    signed = cavage.sign(request, key_id=signer.actor_uri + MAIN_KEY, private_key=private, now=now)
    return dict(signed)


def application_keys(tx: Tx) -> SigningKeys:
    """The instance's own keys; `TryLater` until it has been set up."""
    actor = people.by_uri(tx, tx.house.application())
    found = people.signing_keys(tx, actor.id) if actor else None
    if found is None:
        raise TryLater("This instance is not set up yet.", log="no application actor")
    return found


async def application_signer(instance: Instance) -> Sign:
    """For `Net.get(sign=…)`: signs each hop anew, as the instance."""
    signer = await instance.db.read(application_keys)

    def sign(method: str, url: str) -> Mapping[str, str]:
        return headers_for(signer, method, url, None, instance.db.clock())

    return sign
