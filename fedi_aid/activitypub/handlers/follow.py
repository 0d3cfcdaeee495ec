"""Follow: somebody elsewhere asks a member here. The member decides; nothing happens by itself (A09)."""

from fedi_aid.actions import ties
from fedi_aid.activitypub import actors, documents
from fedi_aid.activitypub.arrived import Arrived
from fedi_aid.errors import Refused
from fedi_aid.model.people import Member
from fedi_aid.model.text import plain
from fedi_aid.storage.tx import Tx


def asked(tx: Tx, arrived: Arrived) -> None:
    member = member_at(tx, arrived.object_uri())
    word = plain(documents.text(arrived.activity, "content") or "")
    ties.follow_arrived(tx, arrived.actor().id, member.id, uri=arrived.uri, word=word)


def member_at(tx: Tx, uri: str) -> Member:
    """The member here with this id; `Refused` for anybody else, the butler and the instance included."""
    prefix = tx.house.person("")
    member = actors.member_named(tx, uri.removeprefix(prefix)) if uri.startswith(prefix) else None
    if member is None or member.person.uri != uri:
        raise Refused("Nobody here has this address.", log="not a member here")
    return member
