"""R28: a skip is allowed by `make test`, and fails `make test-all`."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(folder: Path, *options: str) -> int:
    """The exit code of pytest over one test that skips and one that passes, with the hooks of this project."""
    (folder / "test_it.py").write_text(
        'import pytest\n\ndef test_a():\n    pytest.skip("not here")\n\ndef test_b():\n    pass\n'
    )
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", str(folder)]
        + ["-p", "tests.conftest", "-p", "no:cacheprovider", "-n0", *options, str(folder)],
        cwd=ROOT,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    ).returncode


def test_r28_a_skip_is_a_failure_where_none_is_allowed(tmp_path: Path) -> None:
    assert run(tmp_path) == 0
    assert run(tmp_path, "--no-skips") == 1
