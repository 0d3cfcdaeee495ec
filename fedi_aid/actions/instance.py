"""What the wire layers hold of the running instance; made by the composition root, one per process."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from fedi_aid.actions.house_settings import dressed
from fedi_aid.bus import Bus
from fedi_aid.model.house import House
from fedi_aid.net.client import Net
from fedi_aid.settings import Settings
from fedi_aid.storage.database import Database


@dataclass(slots=True)
class Instance:
    """Settings and the doors: the database, the network, the bus.

    `operator` are the settings as the operator gave them; `settings` are those with what an admin said in the
    browser, and may change while the instance runs.
    """

    settings: Settings
    db: Database
    net: Net
    bus: Bus
    operator: Settings = field(init=False)

    def __post_init__(self) -> None:
        self.operator = self.settings

    @property
    def house(self) -> House:
        return self.db.house

    def dress(self, kept: Mapping[str, Any]) -> None:
        """From now on, what an admin said holds (`storage.house_settings.all_of`)."""
        self.settings = dressed(self.operator, kept)
        self.db.house = msgspec.structs.replace(
            self.db.house,
            registration=self.settings.registration,
            default_language=self.settings.default_language,
        )
