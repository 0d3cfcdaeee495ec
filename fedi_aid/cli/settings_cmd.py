"""`fedi_aid settings`: every setting, from the table that reads them."""

import textwrap

import click
import msgspec

from fedi_aid.cli.output import answer, json_option
from fedi_aid.settings import SettingHelp, explain


@click.command()
@json_option
def settings(as_json: bool) -> None:
    """List every setting: its variable, what it takes, its default, and what it is for.

    In a TOML file (--config, FEDI_AID_CONFIG, or fedi_aid.toml in the data folder) it goes by its name in
    small letters, without FEDI_AID_.
    """
    found = explain()
    answer(as_json, "\n\n".join(map(_entry, found)), {"settings": msgspec.to_builtins(found)})


def _entry(one: SettingHelp) -> str:
    about = textwrap.fill(one.help, width=100, initial_indent="    ", subsequent_indent="    ")
    return f"{one.variable} = {one.default or '(nothing)'}\n    Takes {one.accepts}.\n{about}"
