"""Block: somebody elsewhere blocks a member here. Both directions are cut, and the member is not told."""

from fedi_aid.actions import ties
from fedi_aid.activitypub.arrived import Arrived
from fedi_aid.activitypub.handlers.follow import member_at
from fedi_aid.storage.tx import Tx


def member(tx: Tx, arrived: Arrived) -> None:
    blocked = member_at(tx, arrived.object_uri())
    ties.block_arrived(tx, arrived.actor().id, blocked.id, uri=arrived.uri)
