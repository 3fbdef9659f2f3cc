"""Every error the product raises on purpose, in one tree.

StudioError
├── UserError                     the caller can mend it; the message says how
│   ├── InvalidSpec               a workflow spec breaks a rule (names the field)
│   ├── InvalidName               a name that cannot be used
│   ├── InvalidValue              any other bad field (names it)
│   ├── NotFound                  no such workflow, run, version, node …
│   ├── AlreadyExists             the name is taken
│   ├── StaleRevision             somebody else changed it meanwhile
│   ├── KeyReused                 an idempotency key was used for something else
│   ├── DrawingRefused            the drawing has errors and cannot run
│   ├── NotReproducible           a replay would not be the same run
│   ├── ChecksFailed              what must be true before a flip is not (lists what was found)
│   ├── AlreadyAnswered           somebody else, or the end of the run, was faster
│   ├── TooLarge                  over a stated limit
│   ├── SignInRequired            nobody is signed in
│   ├── AccessDenied              signed in, but the role may not
│   └── TooManyAttempts           slow down
├── CapabilityOff                 a flag is off (names the variable)
├── Unavailable                   a part the request needs does not answer
└── RunFailure                    ends one run; never leaves `WorkflowRuntime.run`
    ├── NodeFailed                a node raised (names the node)
    ├── ComputeFailed             a computation's process died, or what it works on cannot travel
    ├── GuardrailBreached         a limit of the spec was crossed
    ├── RunHalted                 a halt source said stop
    └── WriteRefused              a write came too late: the run was halted, has ended or was taken over

`HaltRequested` and `AnswerAwaited` inherit from BaseException, so that no `except Exception` of a node can eat them.
"""

from asyncio import CancelledError
from collections.abc import Collection
from difflib import get_close_matches


def did_you_mean(name: str, known: Collection[str]) -> str:
    """Return a sentence that names the nearest known name, or the known ones when few."""
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {near[0]!r}?"
    if 0 < len(known) <= 12:  # noqa: PLR2004  a longer list helps nobody
        return f"Known: {', '.join(sorted(known))}."
    return ""


class StudioError(Exception):
    """Base of all errors raised on purpose; `code` is stable and public."""

    code = "studio-error"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes whole: subclasses take other arguments than the message."""
        return (_rebuilt, (type(self), self.args, self.__dict__))

    def __str__(self) -> str:
        """Return the message as it is, whatever else an error inherits from."""
        return self.message


def _rebuilt(kind: type[StudioError], args: tuple[object, ...], fields: dict[str, object]) -> StudioError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(fields)
    return error


class UserError(StudioError):
    """The caller can mend it."""

    code = "bad-request"


class InvalidSpec(UserError):
    """A workflow spec breaks a rule."""

    code = "invalid-spec"


class InvalidName(UserError):
    """A name that cannot be used."""

    code = "invalid-name"


class InvalidValue(UserError):
    """A field holds what it must not."""

    code = "invalid-value"


class NotFound(UserError, KeyError):
    """There is no such thing; a KeyError too, for callers that look things up by name."""

    code = "not-found"

    def __init__(self, what: str, name: str, *, known: Collection[str] = ()) -> None:
        hint = did_you_mean(name, known)
        super().__init__(f"There is no {what} {name!r}.{' ' + hint if hint else ''}")
        self.what = what
        self.name = name


class AlreadyExists(UserError):
    """The name is taken."""

    code = "already-exists"


class StaleRevision(UserError):
    """Somebody else changed it meanwhile."""

    code = "stale-revision"

    def __init__(self, name: str, *, expected: int, current: int, what: str = "Workflow") -> None:
        super().__init__(
            f"{what} {name!r} is at revision {current}, the change was made on revision {expected}. "
            "Load the current revision and make the change again.",
            field="revision",
        )
        self.expected = expected
        self.current = current


class KeyReused(UserError):
    """An idempotency key was used for something else."""

    code = "key-reused"

    def __init__(self, key: str) -> None:
        super().__init__(
            f"Something else was asked for under the idempotency key {key!r}. Choose a new key for a new request.",
            field="Idempotency-Key",
        )
        self.key = key


class DrawingRefused(UserError):
    """The drawing has errors and cannot run; `problems` are its sentences."""

    code = "drawing-refused"

    def __init__(self, problems: tuple[str, ...]) -> None:
        more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""  # noqa: PLR2004
        super().__init__("The drawing cannot run: " + " ".join(problems[:3]) + more, field="params.graph")
        self.problems = problems


class NotReproducible(UserError):
    """A replay would not be the same run."""

    code = "not-reproducible"


class ChecksFailed(UserError):
    """What must be true before a setting is flipped is not; `problems` says what was found."""

    code = "checks-failed"

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(
            f"Nothing was changed. {'; '.join(problems)}. Mend it and flip again, or say in writing why it may be "
            "flipped all the same.",
            field="override",
        )
        self.problems = problems


class AlreadyAnswered(UserError):
    """The question has its answer, or needs none any more."""

    code = "already-answered"


class TooLarge(UserError):
    """Over a stated limit."""

    code = "too-large"


class SignInRequired(UserError):
    """Nobody is signed in."""

    code = "sign-in-required"


class AccessDenied(UserError):
    """Signed in, but the role may not."""

    code = "access-denied"


class TooManyAttempts(UserError):
    """Too many attempts in a short time."""

    code = "too-many-attempts"


class CapabilityOff(StudioError):
    """A flag is off; the message names the variable that switches it on."""

    code = "capability-off"


class Unavailable(StudioError):
    """A part that the request needs does not answer."""

    code = "unavailable"


class RunFailure(StudioError):
    """Ends one run."""

    code = "run-failure"


class NodeFailed(RunFailure):
    """A node raised; `node` names it."""

    code = "node-failed"

    def __init__(self, message: str, *, node: str) -> None:
        super().__init__(message, field=node)
        self.node = node


class ComputeFailed(RunFailure):
    """A computation gave no answer: its process died, or function, arguments or result cannot go to another process."""

    code = "compute-failed"


class GuardrailBreached(RunFailure):
    """A limit of the spec was crossed; the message names limit and value."""

    code = "guardrail-breached"


class RunHalted(RunFailure):
    """A halt source said stop; the message is the reason."""

    code = "run-halted"


class WriteRefused(RunFailure):
    """A write came too late: the run was halted, has ended, or belongs to another worker. Nothing was written."""

    code = "write-refused"


class AnswerAwaited(BaseException):
    """Unwinds a node that waits for a person, and in the end the segment of its run. Not an Exception: it is no failure."""

    def __init__(self, question: str, *, subject: str) -> None:
        super().__init__(question)
        self.question = question
        self.subject = subject
        """What the question is about: a node's id, or the budget."""


class HaltRequested(BaseException):
    """Unwinds a run that was told to stop. Not an Exception, so that nobody swallows it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


STOPS: tuple[type[BaseException], ...] = (
    CancelledError,
    HaltRequested,
    AnswerAwaited,
    KeyboardInterrupt,
    GeneratorExit,
)
"""What stops work from outside. Whatever else foreign code raises, `SystemExit` and panics of extensions included, is a
failure of that code: it ends the run and never the worker."""
