"""Like and EmojiReact: a favourite of a post that its sender may see; of anything else, nothing (A12)."""

from fedi_aid.actions import receiving
from fedi_aid.activitypub.arrived import Arrived
from fedi_aid.storage.tx import Tx


def post(tx: Tx, arrived: Arrived) -> None:
    receiving.receive_like(tx, arrived.actor().id, arrived.uri, arrived.object_uri())
