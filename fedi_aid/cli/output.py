"""How a command answers: a sentence for a person, or one JSON object for a program."""

from collections.abc import Mapping
from typing import Any

import click
import msgspec

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def answer(as_json: bool, sentence: str, data: Mapping[str, Any]) -> None:
    """Write the result to standard output."""
    click.echo(msgspec.json.encode(data).decode() if as_json else sentence)
