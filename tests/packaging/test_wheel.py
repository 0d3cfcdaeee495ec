"""The wheel: built from the tree, installed elsewhere, it serves; with the Dockerfile's own commands."""

import json
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.cli.operator import Operator, Serving

ROOT = Path(__file__).parent.parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")


def run(*words: str) -> None:
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), ".")
    [found] = folder.glob("*.whl")
    return found


def test_wheel_has_all_that_is_not_python(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
    tree = [*ROOT.glob("fedi_aid/**/*"), *ROOT.glob("migrations/**/*")]
    wanted = {
        str(path.relative_to(ROOT))
        if path.is_relative_to(ROOT / "fedi_aid")
        else f"fedi_aid/{path.relative_to(ROOT)}"
        for path in tree
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted <= names
    assert {"fedi_aid/py.typed", "fedi_aid/migrations/env.py", "fedi_aid/web/static/style.css"} <= names
    assert {name.split("/")[0] for name in names} == {"fedi_aid", "fedi_aid-0.1.0.dist-info"}
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_wheel_serves(wheel: Path, tmp_path: Path) -> None:
    """Its own environment, whose dependencies are those of the tests; the tree is not on its path."""
    home = tmp_path / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", str(home))
    python = home / "bin" / "python"
    site = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        str(wheel),
    )
    # After our own site-packages: what is installed there wins. The tree's own .pth is not read from here.
    (site / "of_the_tests.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    operator = Operator(folder, program=(str(home / "bin" / "fedi_aid"),))
    operator.environ.pop("PYTHONPATH", None)
    shown = subprocess.run(
        [str(python), "-c", "import fedi_aid; print(fedi_aid.__file__)"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        env=operator.environ,
        timeout=90,
    )
    assert Path(shown.stdout.strip()).is_relative_to(home)
    serve, health = container_commands()
    operator.environ["FEDI_AID_DATA_DIR"] = str(tmp_path / "data")
    with Serving(operator, *serve) as server:
        status, page = server.get("/")
        assert (status, b"<html" in page) == (200, True)
        assert server.get("/static/style.css")[0] == 200
        assert server.api("/api/v2/instance")["domain"] == f"localhost:{server.port}"
        asked = operator.run(*(word.replace(":8080/", f":{server.port}/") for word in health))
        assert asked.returncode == 0, asked.stdout
        assert server.stop() == 0
    assert operator.files() == []


def container_commands() -> tuple[list[str], list[str]]:
    """What the Dockerfile starts (without its port) and what it asks for health, as words for `fedi_aid`."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    [start] = [json.loads(line.removeprefix("CMD ")) for line in lines if line.startswith("CMD ")]
    [health] = [json.loads(line.partition(" CMD ")[2]) for line in lines if line.startswith("HEALTHCHECK ")]
    assert start[:2] == ["fedi_aid", "serve"]
    assert health[0] == "fedi_aid"
    at = start.index("--port")
    return start[2:at] + start[at + 2 :], health[1:]


@pytest.mark.parametrize("name", LOCKS)
def test_lock_names_packages_and_hashes_only(name: str) -> None:
    """No address, no folder of the machine it was made on; every package with its hashes."""
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "--find-links" not in text
    assert "file:" not in text
    entries = text.replace("\\\n", " ").splitlines()
    packages = [line for line in entries if line and not line.startswith("#")]
    assert len(packages) > 40
    for line in packages:
        assert "==" in line.split("--hash")[0], line
        assert "--hash=sha256:" in line, line


def test_locks_agree() -> None:
    """What is tested is what is served with."""
    pinned = [
        {line.split(" ")[0] for line in (ROOT / name).read_text().splitlines() if line[:1].isalnum()}
        for name in LOCKS
    ]
    assert pinned[0] <= pinned[1]
