"""Find the files that people name in a workflow, and nothing outside the folders meant for them."""

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

from runtime.errors import InvalidValue, NotFound, TooLarge
from runtime.market.csv_table import MAX_BYTES
from runtime.market.price_file import SUFFIXES
from runtime.settings import Settings

MAX_PATH = 400
MAX_LISTED = 200


def user_folders(settings: Settings) -> tuple[Path, ...]:
    """Return where an installation keeps files for workflows: the market folder, then the uploads of its home."""
    uploads = (settings.home / "uploads").absolute()
    return (uploads,) if settings.market_folder is None else (settings.market_folder.absolute(), uploads)


def check_name(name: str) -> str:
    """Return the name of a file below a folder; raises `InvalidValue` for what points elsewhere or cannot be read."""
    path = PurePosixPath(name)
    unsafe = (
        not name.strip()
        or len(name) > MAX_PATH
        or path.is_absolute()
        or PureWindowsPath(name).drive
        or any(sign in name for sign in ("\\", "\0", "~"))
        or any(part.startswith(".") for part in path.parts)
    )
    if unsafe:
        raise InvalidValue(
            f"{name[:60]!r} is no file of the workflow's folder. Give a path below it, such as prices/europe.csv.",
            field="path",
        )
    if not name.lower().endswith(SUFFIXES):
        raise InvalidValue(f"{name[:60]!r} is neither CSV nor Parquet ({', '.join(SUFFIXES)}).", field="path")
    return name


def find_file(folders: Sequence[Path], name: str) -> Path:
    """Return the file of the first folder that has it; symbolic links must not lead out.

    Raises `InvalidValue` for an unsafe name, `NotFound` with the nearest name, `TooLarge` over the limit.
    """
    check_name(name)
    for folder in folders:
        root = folder.resolve()
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise InvalidValue(f"{name!r} leads out of the folder of files.", field="path")
        if path.is_file():
            if path.stat().st_size > MAX_BYTES:
                raise TooLarge(f"{name} is larger than {MAX_BYTES // 2**20} MB.")
            return path
    raise NotFound("file", name, known=list(_names(folders)))


def _names(folders: Sequence[Path]) -> Iterator[str]:
    listed = 0
    for folder in folders:
        for path in folder.rglob("*") if folder.is_dir() else ():
            if path.name.lower().endswith(SUFFIXES) and listed < MAX_LISTED:
                listed += 1
                yield path.relative_to(folder).as_posix()
