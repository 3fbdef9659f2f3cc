"""The browser of the end-to-end tests: one that is there, else Playwright's, else the system's package.

Run as a program it prints the path of the browser; `ALPHASWARM_CHROMIUM` names another one.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from studio.launch.external import run_logged
from studio.launch.problems import LaunchProblem
from studio.launch.progress import Progress
from studio.launch.workspace import Workspace, own_environment

VARIABLE = "ALPHASWARM_CHROMIUM"
SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PLAYWRIGHT_BUILDS = ("chromium-*/chrome-linux*/chrome", "chromium_headless_shell-*/chrome-*/*headless*shell")
# Where there is no way to the download, it is given up quickly: the system's package is next.
DOWNLOAD_SECONDS = 120
PACKAGE_SECONDS = 600


def find() -> Path | None:
    """The browser to use: the named one, the system's, or one that Playwright has downloaded."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named) if os.access(named, os.X_OK) else None
    for name in SYSTEM_NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    downloads = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    builds = (
        build for pattern in PLAYWRIGHT_BUILDS for build in sorted(downloads.glob(pattern), reverse=True)
    )
    return next((build for build in builds if os.access(build, os.X_OK)), None)


def ensure(workspace: Workspace, progress: Progress) -> None:
    """Find a browser or install one, or raise `LaunchProblem`."""
    with progress.step("Browser for the tests"):
        if find() is not None:
            return
        if os.environ.get(VARIABLE):
            raise LaunchProblem(
                f"{VARIABLE} names {os.environ[VARIABLE]}, which cannot be executed.",
                remedy="Correct it or unset it.",
            )
        for doing, commands, seconds in _ways(workspace):
            progress.say(doing)
            log = workspace.logs / "install-browser.log"
            for command in commands:
                run_logged(command, log=log, cwd=workspace.root, environment=_environment(), timeout=seconds)
            if find() is not None:
                return
        raise LaunchProblem(
            "No Chromium was found, and none could be installed.",
            remedy=f"Install it (Debian: apt-get install chromium), or name one: {VARIABLE}=/path/to/chromium",
        )


def _ways(workspace: Workspace) -> list[tuple[str, list[list[str]], int]]:
    download = [str(workspace.python), "-m", "playwright", "install", "chromium"]
    ways = [("downloading Playwright's Chromium", [download], DOWNLOAD_SECONDS)]
    apt = shutil.which("apt-get")
    if apt and os.geteuid() == 0:
        package = [apt, "install", "-y", "--no-install-recommends", "chromium"]
        ways.append(("installing the system's Chromium", [[apt, "update"], package], PACKAGE_SECONDS))
    return ways


def _environment() -> dict[str, str]:
    return own_environment() | {"DEBIAN_FRONTEND": "noninteractive"}


def main() -> int:
    """Print the browser's path, for `make`."""
    found = find()
    if found is None:
        sys.stderr.write("No Chromium was found; `make test` installs one.\n")
        return 1
    sys.stdout.write(f"{found}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
