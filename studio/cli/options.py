"""Options that many commands have, in one wording."""

from typing import Annotated

import typer

As = Annotated[
    str,
    typer.Option(
        "--as", metavar="NAME", help="The account that acts; without it, the token in ALPHASWARM_TOKEN."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; goes into the audit log.")]
