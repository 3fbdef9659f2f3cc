"""`kill-switch`: read, engage and release it."""

import typer

from runtime.errors import Unavailable
from studio.cli.acting import acting
from studio.cli.options import As, AsJson, Reason
from studio.cli.output import tell
from studio.services.accounts import Accounts
from tasks.access import Permission, require
from tasks.control import switch
from tasks.control.switch import SwitchStatus

group = typer.Typer(
    name="kill-switch", help="Read, engage and release the kill switch.", no_args_is_help=True
)


@group.command("status")
def status(*, name: As = "", as_json: AsJson = False) -> None:
    """Say whether it is engaged, by whom, since when and why; exit code 3 when it cannot be read."""
    with acting(name) as at:
        require(at.actor, Permission.READ)
        read = switch.switch_status(at.control)
    tell(read, [_sentence(read)], as_json=as_json)
    if read.state == "unknown":
        raise Unavailable("Neither its row nor its key can be read, so nothing starts.")


@group.command("engage")
def engage(*, reason: Reason, name: As = "", as_json: AsJson = False) -> None:
    """Stop everything that runs and let nothing new start."""
    with acting(name) as at:
        engaged = switch.engage(at.control, at.actor, reason)
    halt = engaged.halt
    lines = [
        _sentence(engaged.status),
        f"Halt {halt.id} reached {len(halt.hit)} runs; "
        + ("all are proved to have stopped." if halt.proved else "not all are proved to have stopped yet."),
    ]
    tell(engaged, lines, as_json=as_json)


@group.command("release")
def release(*, reason: Reason, name: As = "", as_json: AsJson = False) -> None:
    """Let things start again; asks for the account's password. What was stopped stays stopped."""
    with acting(name) as at:
        # Before the password: who may not release it must not learn whether they guessed it.
        require(at.actor, Permission.RELEASE)
        password = typer.prompt("Password", hide_input=True, err=True)
        proof = Accounts(at.control.database, at.control.clock).reauthenticate(at.actor, password)
        released = switch.release(at.control, at.actor, reason, proof)
    tell(released, [_sentence(released)], as_json=as_json)


def _sentence(read: SwitchStatus) -> str:
    who = f" by {read.by}" if read.by else ""
    when = f" at {read.at:%Y-%m-%d %H:%M:%S} UTC" if read.at else ""
    why = f": {read.reason}" if read.reason else ""
    return f"The kill switch is {read.state if read.state != 'unknown' else 'not known'}{who}{when}{why}"
