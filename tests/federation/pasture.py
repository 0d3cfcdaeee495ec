"""The example objects of the PyPI package `fediverse-pasture-inputs`, and what one of ours becomes of each.

The package has old pins of its own, so it lives in a virtual environment beside ours, `.interop/pasture`,
which is made when it is first needed.
"""

import fcntl
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".interop" / "pasture"
GOLDEN = ROOT / "tests" / "golden" / "pasture.json"
PACKAGE = "fediverse-pasture-inputs==0.3.0"
INSTALL_SECONDS = 150
_PRINT = """
import json
from fediverse_pasture_inputs import available
print(json.dumps({name: data.examples for name, data in available.items()}))
"""


class NotHere(Exception):
    """The package cannot be had here, and why."""


def examples() -> dict[str, list[dict[str, Any]]]:
    """Every example by the name of its group; `NotHere` when no registry can be asked."""
    python = HOME / "bin" / "python"
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME.parent / "pasture.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (HOME / "ready").exists():
            _install(python)
    found = subprocess.run([python, "-c", _PRINT], capture_output=True, check=True, text=True)
    groups: dict[str, list[dict[str, Any]]] = json.loads(found.stdout)
    return dict(sorted(groups.items()))


def _install(python: Path) -> None:
    try:
        subprocess.run([sys.executable, "-m", "venv", HOME], check=True, capture_output=True, text=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE],
            check=True,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
        )
    except subprocess.SubprocessError as problem:
        said = str(getattr(problem, "stderr", "") or problem).strip().splitlines()
        raise NotHere(f"{PACKAGE} cannot be installed: {said[-1] if said else problem}") from problem
    (HOME / "ready").touch()


def adapted(group: str, example: dict[str, Any], *, author: str, reader: str) -> dict[str, Any]:
    """The example with our names in it. Its own actor is who wrote it; among mentions, who is mentioned."""
    actor = reader if group == "mentions" else author
    host = author.partition("/users/")[0]
    text = json.dumps(example)
    text = text.replace("http://pasture-one-actor/actor", actor).replace("http://pasture-one-actor", host)
    made: dict[str, Any] = json.loads(text)
    return made
