"""An operator with an empty folder."""

from pathlib import Path

import pytest

from tests.cli.operator import Operator


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    folder = tmp_path / "here"
    folder.mkdir()
    return Operator(folder)
