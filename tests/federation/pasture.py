"""The example objects of the PyPI package `fediverse-pasture-inputs`, and what one of ours becomes of each."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.interop.pypi import NotHere, environment

__all__ = ["GOLDEN", "NotHere", "adapted", "examples"]

GOLDEN = Path(__file__).parents[2] / "tests" / "golden" / "pasture.json"
PACKAGE = "fediverse-pasture-inputs==0.3.0"
_PRINT = """
import json
from fediverse_pasture_inputs import available
print(json.dumps({name: data.examples for name, data in available.items()}))
"""


def examples() -> dict[str, list[dict[str, Any]]]:
    """Every example by the name of its group; `NotHere` when no registry can be asked."""
    python = environment("pasture", PACKAGE)
    found = subprocess.run([python, "-c", _PRINT], capture_output=True, check=True, text=True)
    groups: dict[str, list[dict[str, Any]]] = json.loads(found.stdout)
    return dict(sorted(groups.items()))


def adapted(group: str, example: dict[str, Any], *, author: str, reader: str) -> dict[str, Any]:
    """The example with our names in it. Its own actor is who wrote it; among mentions, who is mentioned."""
    actor = reader if group == "mentions" else author
    host = author.partition("/users/")[0]
    text = json.dumps(example)
    text = text.replace("http://pasture-one-actor/actor", actor).replace("http://pasture-one-actor", host)
    made: dict[str, Any] = json.loads(text)
    return made
