"""`doctor`: checks the whole installation and says what to do."""

import typer

from studio.cli.front import Exit
from studio.cli.health import examine
from studio.cli.options import AsJson
from studio.cli.output import tell

group = typer.Typer()


@group.command("doctor")
def doctor(*, as_json: AsJson = False) -> None:
    """Check the whole installation and say what is wrong, and what to do; exit code 1 when anything is."""
    findings = list(examine())
    lines = [
        f"{'ok' if one.ok else 'WRONG':<5}  {one.part}: {one.found}{f'  ->  {one.todo}' if one.todo else ''}"
        for one in findings
    ]
    tell(findings, lines, as_json=as_json)
    if not all(one.ok for one in findings):
        raise typer.Exit(int(Exit.REFUSED))
