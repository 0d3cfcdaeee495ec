"""The command line: `fedi_aid COMMAND`. The top of the layers; nobody imports it.

Reading order: this file (the table of commands, and where every failure becomes one sentence), `running`
(what commands share), `serve`, then one file per command.

Exit codes: 0 done; 1 not done, for the reason given; 2 a setting or the call itself is wrong, and nothing was
created; 130 interrupted.
"""

import importlib
import os
import sys
from typing import Final, NoReturn

import click

from fedi_aid import __version__
from fedi_aid.errors import BadSetting, FediAidError
from fedi_aid.settings import load

# command → (where it is, what `--help` says of it); a module is imported when its command is called.
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "serve": ("fedi_aid.cli.serve:serve", "Run the instance."),
    "people": ("fedi_aid.cli.people:people", "Members: create, token, list."),
    "peers": ("fedi_aid.cli.peers:peers", "Other servers: block, allow, list, import, export."),
    "demo": ("fedi_aid.cli.demo:demo", "Three instances, and a request that travels through them."),
    "doctor": ("fedi_aid.cli.doctor:doctor", "Say what is wrong, and what to do about it."),
    "db": ("fedi_aid.cli.db:db", "The database: migrate."),
    "work": ("fedi_aid.cli.work:work", "The queue of jobs: status, retry."),
    "butler": ("fedi_aid.cli.butler:butler", "The butler: why a request went as it did."),
    "audience": ("fedi_aid.cli.audience:audience", "The engine: show, refit, reset what it has learned."),
    "causes": ("fedi_aid.cli.causes:causes", "The vocabulary of causes: list, add, merge."),
    "announce": ("fedi_aid.cli.announcements:announce", "Announcements to all members: add, list, remove."),
    "settings": ("fedi_aid.cli.settings_cmd:settings", "List every setting."),
}
# These work with wrong settings too: they are how one finds out.
WHATEVER_THE_SETTINGS: Final = frozenset({"demo", "doctor", "settings"})


class _Commands(click.Group):
    """The group of all commands, from the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A wrong setting is told at once, before a command is imported or its own words are read."""
        needs_settings = args[0] in COMMANDS and args[0] not in WHATEVER_THE_SETTINGS
        if needs_settings and not {"-h", "--help"} & set(args):
            load(os.environ, ctx.params["config"])
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, said) for name, (_, said) in COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fedi_aid", message="%(prog)s %(version)s")
@click.option("--config", metavar="FILE", help="A TOML file with settings (also FEDI_AID_CONFIG).")
@click.option("--debug", is_flag=True, help="Show the full trace of an unexpected failure.")
@click.pass_context
def commands(context: click.Context, config: str | None, debug: bool) -> None:
    """A decentralised server for mutual aid.

    Settings come from FEDI_AID_… variables and a TOML file: see `fedi_aid settings`.
    """
    context.obj = config


def main() -> NoReturn:
    """The entry point: run a command and exit. The one place where a failure becomes a sentence."""
    sys.exit(_run(sys.argv[1:]))


def _run(words: list[str]) -> int:
    try:
        code = commands.main(args=words, prog_name="fedi_aid", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.NoArgsIsHelpError as failure:
        click.echo(failure.format_message(), err=True)
        return 2
    except click.UsageError as failure:
        path = failure.ctx.command_path if failure.ctx else "fedi_aid"
        return _say(f"{failure.format_message()} See `{path} --help`.", 2)
    except click.ClickException as failure:
        return _say(failure.format_message(), 2)
    except (click.Abort, KeyboardInterrupt):
        return _say("Interrupted.", 130)
    except BadSetting as failure:
        return _say(failure.sentence, 2)
    except FediAidError as failure:
        return _say(failure.sentence, 1)
    except BrokenPipeError:
        # Whoever read us has left; without this, Python complains once more when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as failure:
        if "--debug" in words[:4]:
            raise
        told = " ".join(f"{type(failure).__name__}: {failure}".split())[:300]
        return _say(f"This was not expected: {told} (run it again with `fedi_aid --debug …`).", 1)


def _say(sentence: str, code: int) -> int:
    click.echo(f"fedi_aid: {sentence}", err=True)
    return code
