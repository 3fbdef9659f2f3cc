"""The first thing `make` starts: from a bare Python to an installed, built and running studio.

Uses the standard library only, as nothing is installed yet, and checks the Python before it imports the rest of the
package, which an older one could not read. For the same reason the annotations here are strings.
"""

import sys

SUPPORTED = ((3, 11), (3, 12))
USAGE = "usage: python -m studio.launch.bootstrap run | environment | test\n"


def unsupported_python(version: "tuple[int, int]") -> "str | None":
    """Say what is wrong with a Python version, or nothing when it will do."""
    if version in SUPPORTED:
        return None
    return (
        f"Python {version[0]}.{version[1]} cannot run AlphaSwarm Studio. "
        "Use Python 3.11 or 3.12, for example: make run PYTHON=python3.12\n"
    )


def main(arguments: "list[str]") -> int:
    """Do what the make target asks for and return the exit code."""
    problem = unsupported_python(sys.version_info[:2])
    if problem is not None:
        sys.stderr.write(problem)
        return 1
    if len(arguments) != 1 or arguments[0] not in ("run", "environment", "test"):
        sys.stderr.write(USAGE)
        return 2
    # Deferred: an older Python stops at the check above instead of at the syntax of these modules.
    from studio.launch import commands  # noqa: PLC0415

    return commands.run(arguments[0])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
