"""Programs from PyPI whose pins are not ours: each in a virtual environment of its own, below `.interop/`.

Made when first needed, by the first test that needs it; the others wait. `make clean` removes them.
"""

import fcntl
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".interop"
SECONDS = 240


class NotHere(Exception):
    """The packages cannot be had here, and why."""


def environment(name: str, *packages: str) -> Path:
    """The Python of an environment with exactly these `package==version`s; `NotHere` without a registry."""
    home = CACHE / name
    python = home / "bin" / "python"
    CACHE.mkdir(exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = home / "ready"
        if not ready.exists() or ready.read_text() != " ".join(packages):
            _install(home, python, packages)
            ready.write_text(" ".join(packages))
    return python


def _install(home: Path, python: Path, packages: tuple[str, ...]) -> None:
    try:
        _run(sys.executable, "-m", "venv", "--clear", str(home))
        _run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages)
    except subprocess.SubprocessError as problem:
        said = str(getattr(problem, "stderr", "") or problem).strip().splitlines()
        raise NotHere(
            f"{' '.join(packages)} cannot be installed: {said[-1] if said else problem}"
        ) from problem


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, text=True, timeout=SECONDS)
