"""`flags`: where the orchestration settings stand, and flips behind their checks, as on the settings page."""

from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from runtime.settings import SettingValue
from studio.cli.acting import acting
from studio.cli.front import Exit
from studio.cli.options import As, AsJson, Reason
from studio.cli.output import table, tell
from tasks.control.rollout import rollout
from tasks.control.rollout.checks import CheckResult
from tasks.control.rollout.rollout import Flipped, Rollout

group = typer.Typer(
    name="flags",
    help="Look at the orchestration settings, check, flip and revert them.",
    no_args_is_help=True,
)
_WORDS: dict[str, bool | None] = {"on": True, "true": True, "off": False, "false": False, "default": None}


@group.command("list")
def list_flags(*, name: As = "", as_json: AsJson = False) -> None:
    """Show every setting: its value, where that comes from, and its phase."""
    with acting(name) as at:
        standing = rollout.rollout(at.control, at.actor)
    tell(standing, _standing(standing), as_json=as_json)


@group.command("check")
def check_flags(
    names: Annotated[list[str], typer.Argument()], *, name: As = "", as_json: AsJson = False
) -> None:
    """Run what has to be true before settings are switched on. Changes nothing; exit code 1 when a check fails."""
    with acting(name) as at:
        results = rollout.preflight(at.control, at.actor, names)
    tell(results, _checks(results), as_json=as_json)
    if not all(check.ok for check in results):
        raise typer.Exit(int(Exit.REFUSED))


@group.command("set")
def set_flags(
    values: Annotated[
        list[str], typer.Argument(metavar="NAME=VALUE...", help="on, off, a number, or default.")
    ],
    *,
    reason: Reason,
    override: Annotated[str, typer.Option(help="Why it may be done although a check failed.")] = "",
    name: As = "",
    as_json: AsJson = False,
) -> None:
    """Set settings together. What is switched on is checked first, and nothing is changed when a check fails."""
    wanted = dict(_pair(text) for text in values)
    with acting(name) as at:
        flipped = rollout.flip(at.control, at.actor, wanted, reason, override=override)
    tell(flipped, _flipped(flipped), as_json=as_json)


@group.command("revert")
def revert_flags(*, reason: Reason, name: As = "", as_json: AsJson = False) -> None:
    """Give every setting back to its default in one act; what the environment pins is named."""
    with acting(name) as at:
        flipped = rollout.full_revert(at.control, at.actor, reason)
    tell(flipped, _flipped(flipped), as_json=as_json)


def _pair(text: str) -> tuple[str, SettingValue | None]:
    name, equals, told = text.partition("=")
    value = told.strip().lower()
    if not equals or not value:
        raise typer.BadParameter(f"{text!r} is not NAME=VALUE.", param_hint="NAME=VALUE")
    if value in _WORDS:
        return name.strip(), _WORDS[value]
    for number in (int, float):
        try:
            return name.strip(), number(value)
        except ValueError:
            continue
    raise typer.BadParameter(f"{told!r} is not on, off, a number or default.", param_hint="NAME=VALUE")


def _standing(standing: Rollout) -> list[str]:
    rows = [
        (view.name, view.value, view.default, view.source, view.phase, view.variable)
        for view in standing.settings
    ]
    return [
        *table(("setting", "value", "default", "from", "phase", "variable"), rows),
        f"Every flag up to phase {standing.current} that is not optional is on.",
    ]


def _flipped(flipped: Flipped) -> Iterable[str]:
    yield from _checks(flipped.checks)
    yield from _standing(flipped.rollout)
    if flipped.overridden:
        yield "A check failed and was overridden in writing."
    if flipped.pinned:
        yield f"The environment holds on: {', '.join(flipped.pinned)}. Unset it there."


def _checks(results: Sequence[CheckResult]) -> list[str]:
    return [f"{'ok' if check.ok else 'FAILED':<6}  {check.title}: {check.evidence}" for check in results]
