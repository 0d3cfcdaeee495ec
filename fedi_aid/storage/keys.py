"""Private keys of our own actors: the ones in use, and for a week those before them."""

from datetime import datetime

from sqlalchemy import select, update

from fedi_aid.model.people import SigningKeys
from fedi_aid.storage.tables.people import members, people
from fedi_aid.storage.tx import Tx


def replace(tx: Tx, person_id: int, rsa_private: str, rsa_public: str, ed25519_private: str) -> None:
    """New keys for HTTP signatures and proofs. The ids of the keys stay: they are part of other addresses."""
    tx.run(
        update(members)
        .where(members.c.person_id == person_id)
        .values(
            former_rsa_private_pem=members.c.rsa_private_pem,
            rsa_private_pem=rsa_private,
            ed25519_private_pem=ed25519_private,
            keys_changed_at=tx.now,
        )
    )
    tx.run(update(people).where(people.c.id == person_id).values(public_key_pem=rsa_public))


def former(tx: Tx, now: SigningKeys) -> SigningKeys | None:
    """The keys with the RSA key before the present one, while it is kept to announce the change."""
    found: str | None = tx.scalar(
        select(members.c.former_rsa_private_pem).where(members.c.person_id == now.person_id)
    )
    return SigningKeys(now.person_id, now.actor_uri, found, now.ed25519_private_pem) if found else None


def forget_former(tx: Tx, changed_before: datetime) -> int:
    """How many old keys were deleted."""
    return tx.run(
        update(members)
        .where(members.c.former_rsa_private_pem.is_not(None), members.c.keys_changed_at < changed_before)
        .values(former_rsa_private_pem=None)
    )
