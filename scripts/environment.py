"""Make `.venv` from a lock file: `python scripts/environment.py serve` (to run) or `dev` (to work on it).

Nothing is resolved: the lock names every file by its hash. uv does it, from the places that pip is told of on
this machine; where uv cannot, pip does. `make` calls this when the lock or pyproject.toml changed.
"""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV_BIN = VENV / "bin" / "uv"
UV = "uv==0.13.9"
LOCKS = {"serve": "requirements.lock", "dev": "requirements-dev.lock"}

# pip's setting → uv's option, once per word of the value
OPTIONS = {
    "index-url": "--default-index",
    "extra-index-url": "--index",
    "find-links": "--find-links",
    "trusted-host": "--allow-insecure-host",
}
# pip's setting → the variable that says the same to uv
VARIABLES = {
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
}


def main() -> int:
    what = sys.argv[1] if len(sys.argv) == 2 else ""
    if what not in LOCKS:
        return _fail("say what for: serve or dev.")
    lock = ROOT / LOCKS[what]
    if not _works(str(PYTHON), "-c", "import pip"):
        _say(f"making .venv with Python {sys.version.split()[0]}")
        shutil.rmtree(VENV, ignore_errors=True)
        if _run(sys.executable, "-m", "venv", str(VENV)):
            return _fail(".venv could not be made: is Python's venv module installed (Debian: python3-venv)?")
    _say(f"installing {lock.name}")
    installers = [_uv, _pip] if _works(str(UV_BIN), "--version") or not _pip("install", UV) else [_pip]
    for words in (("--require-hashes", "--no-deps", "-r", str(lock)), ("--no-deps", "--editable", str(ROOT))):
        if not any(install("install", *words) == 0 for install in installers):
            return _fail(f"{words[-1]} could not be installed: the reason stands above.")
    return 0


def _uv(*words: str) -> int:
    """`uv pip …`, with what pip is told here."""
    options, variables = _as_pip_is_told()
    return _run(
        *(
            str(UV_BIN),
            "--no-config",
            "--quiet",
            "pip",
            *words,
            "--compile-bytecode",
            "--python",
            str(PYTHON),
            *options,
        ),
        environ={**variables, **os.environ},
    )


def _pip(*words: str) -> int:
    return _run(str(PYTHON), "-m", "pip", "--quiet", "--disable-pip-version-check", *words)


def _as_pip_is_told() -> tuple[list[str], dict[str, str]]:
    """uv's options and variables for this machine's pip configuration."""
    listed = subprocess.run(
        [str(PYTHON), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout.splitlines()
    told: dict[str, str] = {}
    # What the environment says comes last, for it wins.
    for line in sorted(listed, key=lambda line: line.startswith(":env:")):
        name, _, value = line.partition("=")
        told[name.rpartition(".")[2]] = str(ast.literal_eval(value))
    # pip takes the best of all places; uv would stop at the first. The hashes say which files are right.
    options = ["--index-strategy", "unsafe-best-match"]
    for name, option in OPTIONS.items():
        for word in told.get(name, "").split():
            options += [option, word]
    if told.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        options.append("--no-index")
    return options, {VARIABLES[name]: value for name, value in told.items() if name in VARIABLES}


def _works(*words: str) -> bool:
    try:
        return subprocess.run(words, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _run(*words: str, environ: dict[str, str] | None = None) -> int:
    return subprocess.run(words, check=False, cwd=ROOT, env=environ).returncode


def _say(sentence: str) -> None:
    print(f"fedi_aid: {sentence}", file=sys.stderr, flush=True)


def _fail(sentence: str) -> int:
    _say(sentence)
    return 1


if __name__ == "__main__":
    sys.exit(main())
