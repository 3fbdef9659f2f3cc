"""`token`: API tokens of the account that acts."""

from typing import Annotated

import typer

from persistence.tokens import TokenRecord
from studio.cli.acting import Acting, acting
from studio.cli.options import As, AsJson
from studio.cli.output import table, tell
from studio.services.tokens import Tokens

group = typer.Typer(
    name="token", help="Make, list and revoke API tokens of an account.", no_args_is_help=True
)


@group.command("create")
def create(
    token_name: Annotated[str, typer.Argument(metavar="NAME", help="What the token is for.")],
    *,
    scope: Annotated[
        list[str] | None, typer.Option(help="A permission; may be repeated. Reading is always in.")
    ] = None,
    days: Annotated[int, typer.Option(help="How long it lives.")] = 30,
    name: As = "",
    as_json: AsJson = False,
) -> None:
    """Make a token; its secret is printed this once."""
    with acting(name) as at:
        made = _tokens(at).create(at.actor, token_name, scope or [], days=days)
    record = made.record
    lines = [
        made.secret,
        f"May {', '.join(record.scopes)} until {record.expires_at:%Y-%m-%d}. It is not shown again.",
    ]
    tell(made, lines, as_json=as_json)


@group.command("list")
def list_tokens(*, name: As = "", as_json: AsJson = False) -> None:
    """List the account's tokens, newest first."""
    with acting(name) as at:
        records = _tokens(at).of(at.actor)
    rows = [
        (one.id, one.name, one.hint, " ".join(one.scopes), f"{one.expires_at:%Y-%m-%d}", _state(one))
        for one in records
    ]
    tell(records, table(("id", "name", "begins", "scopes", "until", "revoked"), rows), as_json=as_json)


@group.command("revoke")
def revoke(token_id: str, *, name: As = "", as_json: AsJson = False) -> None:
    """Make a token useless, at once and everywhere."""
    with acting(name) as at:
        _tokens(at).revoke(at.actor, token_id)
    tell({"id": token_id, "revoked": True}, [f"Token {token_id} is revoked."], as_json=as_json)


def _tokens(at: Acting) -> Tokens:
    return Tokens(at.control.database, at.control.clock)


def _state(token: TokenRecord) -> str | None:
    return None if token.revoked_at is None else f"{token.revoked_at:%Y-%m-%d %H:%M}"
