"""What an admin may say of the instance in the browser; the operator's own settings go before it.

A setting that the operator gave (environment, command line, file) is theirs: a page shows it and does not
change it. What is changed here holds in every process of the instance at once: the topic `house` tells them.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from fedi_aid.errors import BadSetting, Refused
from fedi_aid.model.people import Member
from fedi_aid.settings import Settings, load
from fedi_aid.storage import house_settings
from fedi_aid.storage.tx import Tx

EDITABLE: Final = (
    "instance_name",
    "instance_description",
    "default_language",
    "contact_email",
    "registration",
)
TOPIC: Final = "house"
MOST: Final[Mapping[str, int]] = {"instance_name": 100, "instance_description": 2_000, "contact_email": 254}


def given_by_operator(settings: Settings) -> frozenset[str]:
    """Which of these the operator gave: those that differ from what a setting is without a word."""
    plain = Settings()
    return frozenset(name for name in EDITABLE if getattr(settings, name) != getattr(plain, name))


def dressed(settings: Settings, kept: Mapping[str, Any]) -> Settings:
    """The operator's settings, with what was said in the browser where they are silent. What is kept and no
    longer valid is passed over."""
    theirs = given_by_operator(settings)
    said = {name: value for name, value in kept.items() if name in EDITABLE and name not in theirs}
    try:
        _check(said)
    except Refused:
        return settings
    return msgspec.structs.replace(settings, **said)


def change(tx: Tx, by: Member | None, settings: Settings, values: Mapping[str, str]) -> None:
    """Say it anew. `settings`: the operator's. Refused, naming the field, for what cannot be; by anybody but
    an admin (403); `by` None is the first set-up."""
    if by is not None and by.role != "admin":
        raise Refused("Only admins change this.", code="forbidden")
    theirs = given_by_operator(settings)
    said = {name: value.strip() for name, value in values.items() if name in EDITABLE and name not in theirs}
    _check(said)
    house_settings.put(tx, said)
    tx.announce(TOPIC)


def _check(said: Mapping[str, Any]) -> None:
    """By the settings' own rules."""
    for name, most in MOST.items():
        if len(str(said.get(name, ""))) > most:
            raise Refused(f"At most {most} characters.", field=name)
    if "instance_name" in said and not said["instance_name"]:
        raise Refused("The instance needs a name.", field="instance_name")
    for name, value in said.items():
        try:
            load({}, None, {"data_dir": "/", name: value or None})
        except BadSetting as failure:
            raise Refused(failure.sentence, field=name) from None
