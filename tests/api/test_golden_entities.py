"""Every entity of the API as it looks, in tests/golden/entities: a difference is to be read like code.

`scripts/entities.py` writes the files anew.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from fedi_aid.client_api.entities.instance import software_version
from tests.api.conftest import Maker
from tests.api.entity_samples import Samples, samples

pytestmark = pytest.mark.anyio

FOLDER = Path(__file__).parents[1] / "golden" / "entities"


def file_of(entity: str) -> str:
    return f"{entity.replace('::', '-')}.json"


# What is another every time, or with another version of a library.
VARIES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(re.escape(software_version())), "VERSION"),
    (re.compile(r"(?<=/media/)[A-Za-z0-9_-]{40,}"), "SEALED"),
    (re.compile(r'(?<="blurhash": ")[^"]+'), "BLURHASH"),
    (re.compile(r'(?<="client_id": ")[^"]+'), "CLIENT_ID"),
    (re.compile(r'(?<="client_secret": ")[^"]+'), "CLIENT_SECRET"),
    (re.compile(r'(?<="access_token": ")[^"]+'), "ACCESS_TOKEN"),
    (re.compile(r"\bB[A-Za-z0-9_-]{86}=?"), "PUSH_KEY"),
    (re.compile(r'(?<="id": )[0-9]+'), "1"),
)
NUMBER = re.compile(r"(?<![0-9])[0-9]{18}(?![0-9])")
NAME = re.compile(r"(?<=[/-])[a-z0-9]{26}(?![a-z0-9])")


def written(found: dict[str, Any]) -> str:
    """As it stands in the file; ids and random names are numbered as they come, so that the same is the same."""
    text = json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True)
    for pattern, said in VARIES:
        text = pattern.sub(said, text)
    text = numbered(text, NUMBER, "1{:017d}")
    return numbered(text, NAME, "name-{:02d}") + "\n"


def numbered(text: str, pattern: re.Pattern[str], shape: str) -> str:
    order = {one: place for place, one in enumerate(dict.fromkeys(pattern.findall(text)), 1)}
    return pattern.sub(lambda found: shape.format(order[found.group()]), text)


async def test_entities_look_as_they_did(make_world: Maker) -> None:
    """If this fails: python scripts/entities.py, and read the difference."""
    found: Samples = await samples(await make_world(allow_public_posts=True))
    if os.environ.get("FEDI_AID_WRITE_GOLDEN"):
        FOLDER.mkdir(parents=True, exist_ok=True)
        for old in FOLDER.glob("*.json"):
            old.unlink()
        for entity, named in found.items():
            (FOLDER / file_of(entity)).write_text(written(named), encoding="utf-8")
    for entity, named in found.items():
        assert written(named) == (FOLDER / file_of(entity)).read_text(encoding="utf-8"), entity
    assert {file_of(entity) for entity in found} == {path.name for path in FOLDER.glob("*.json")}
