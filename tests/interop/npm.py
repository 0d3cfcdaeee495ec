"""Programs from npm, installed once into `.interop/` beside the tests and run by a Node from npm too."""

import platform
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".interop"
NODE = "24.21.0"
SECONDS = 240


def node_package() -> str:
    """The package of a Node for this machine: what the npm package `node` would choose when installed."""
    system = {"Linux": "linux", "Darwin": "darwin"}.get(platform.system())
    machine = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine())
    if system is None or machine is None:
        pytest.skip(f"no Node on npm for {platform.system()} on {platform.machine()}")
    prefix = "node-bin" if (system, machine) == ("darwin", "arm64") else "node"
    return f"{prefix}-{system}-{machine}"


def installed(name: str, *packages: str) -> tuple[Path, Path]:
    """(node, folder with `node_modules`) with exactly these `package@version`s; skips where npm has none."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    node = node_package()
    folder = CACHE / name
    program = folder / "node_modules" / node / "bin" / "node"
    if not program.exists():
        _install(npm, folder, (*packages, f"{node}@{NODE}"))
    return program, folder


def _install(npm: str, folder: Path, packages: tuple[str, ...]) -> None:
    CACHE.mkdir(exist_ok=True)
    if _run(npm, "view", packages[0], "version", cwd=CACHE).returncode != 0:
        pytest.skip("npm reaches no registry that has what is needed")
    with tempfile.TemporaryDirectory(dir=CACHE) as beside:
        (Path(beside) / "package.json").write_text('{"private": true}')
        # No package's scripts are run: the Node package is only unpacked.
        quiet = ("--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock")
        done = _run(npm, "install", *quiet, "--cache", str(CACHE / "npm"), *packages, cwd=Path(beside))
        if done.returncode != 0:
            pytest.skip(f"{' '.join(packages)} cannot be installed: {done.stderr[-500:]}")
        try:
            Path(beside).rename(folder)
        except OSError:
            assert folder.exists()  # another test was quicker
        else:
            Path(beside).mkdir()  # for the context manager to remove


def _run(npm: str, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [npm, *words], cwd=cwd, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as late:
        return subprocess.CompletedProcess(late.cmd, 1, "", str(late))
