"""Where a Chromium is: the one of this machine, or Debian's, installed once where that is possible."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 240


def chromium() -> str:
    """The path of a Chromium. Skips, with a reason, where there is none and none can be installed.

    `CHROMIUM` names one. Without any, root on a Debian gets the package `chromium`.
    """
    found = os.environ.get("CHROMIUM") or _here()
    if found is None:
        _install()
        found = _here()
    if found is None:
        pytest.skip("no Chromium here, and the package `chromium` could not be installed")
    return found


def _here() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _install() -> None:
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return
    with Path(tempfile.gettempdir(), "fedi_aid-chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one test process installs, the others find it
        if _here():
            return
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (
            ("update",),
            ("install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"),
        ):
            done = subprocess.run(
                [apt, "-qq", *words], env=quiet, capture_output=True, timeout=SECONDS, check=False
            )
            if done.returncode:
                return
