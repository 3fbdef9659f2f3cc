"""All commands in one application. A module of `studio.cli.commands` brings a `group`; one without a name adds to the top."""

import importlib
import pkgutil

import typer

import studio.cli.commands
from studio.cli.front import Front


def build_app() -> typer.Typer:
    """Return the application with every command."""
    whole = typer.Typer(
        name="alphaswarm",
        cls=Front,
        help="AlphaSwarm Studio from the command line.",
        epilog="Exit codes: 0 done, 1 refused or failed, 2 bad usage, 3 a part that is needed does not answer.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for found in pkgutil.iter_modules(studio.cli.commands.__path__, prefix="studio.cli.commands."):
        whole.add_typer(importlib.import_module(found.name).group)
    return whole


app = build_app()
