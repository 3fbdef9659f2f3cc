"""The border where errors become exit codes: 0 done, 1 refused or failed, 2 bad usage, 3 unavailable.

A capability that is off is 1, not 3: asking again does not help. What went wrong is one sentence on stderr.
"""

from enum import IntEnum
from typing import Any

import typer
from pydantic import ValidationError
from redis.exceptions import RedisError
from typer.core import TyperGroup

from runtime.errors import StudioError, Unavailable
from runtime.settings import ENV_PREFIX
from studio.launch.problems import LaunchProblem


class Exit(IntEnum):
    """How a command ends; 2 (bad usage) is typer's own."""

    DONE = 0
    REFUSED = 1
    UNAVAILABLE = 3


class Front(TyperGroup):
    """The root of all commands."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401  typer's own signature
        """Run a command; what is raised on purpose ends with its sentence and its exit code."""
        try:
            return super().invoke(ctx)
        except StudioError as error:
            code = Exit.UNAVAILABLE if isinstance(error, Unavailable) else Exit.REFUSED
            raise _ended(error.message, code) from error
        except RedisError as error:
            raise _ended(f"Redis does not answer: {error}.", Exit.UNAVAILABLE) from error
        except BrokenPipeError:
            # Whoever read the output has enough of it; typer ends quietly.
            raise
        except (LaunchProblem, OSError) as error:
            raise _ended(str(error), Exit.REFUSED) from error
        except ValidationError as error:
            raise _ended(settings_sentence(error), Exit.REFUSED) from error


def settings_sentence(error: ValidationError) -> str:
    """Return what is wrong with the environment, by variable; never a value, which may be a secret."""
    found = [f"{ENV_PREFIX}{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in error.errors()]
    return f"The settings cannot be read. {'; '.join(found)}. Correct the environment and try again."


def _ended(sentence: str, code: Exit) -> typer.Exit:
    typer.echo(sentence, err=True)
    return typer.Exit(int(code))
