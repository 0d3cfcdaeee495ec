"""What the wire layers hold of the running instance; made by the composition root, one per process."""

from dataclasses import dataclass

from fedi_aid.bus import Bus
from fedi_aid.model.house import House
from fedi_aid.net.client import Net
from fedi_aid.settings import Settings
from fedi_aid.storage.database import Database


@dataclass(frozen=True, slots=True)
class Instance:
    """Settings and the doors: the database, the network, the bus."""

    settings: Settings
    db: Database
    net: Net
    bus: Bus

    @property
    def house(self) -> House:
        return self.db.house
