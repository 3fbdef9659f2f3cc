"""Runs the command line: `python -m studio.cli …`."""

from studio.cli.app import app

if __name__ == "__main__":
    app(prog_name="alphaswarm")
