"""A stamp holds for exactly the files it was made from."""

from __future__ import annotations

from pathlib import Path

from studio.launch.stamps import digest_of, forget, is_current, write_stamp


def digest(root: Path) -> str:
    return digest_of((path for path in root.rglob("*") if path.is_file()), root=root)


def test_a_stamp_is_current_until_a_file_changes_moves_or_goes(tmp_path: Path) -> None:
    root, stamp = tmp_path / "sources", tmp_path / "stamp"
    root.mkdir()
    (root / "a.py").write_text("one")
    (root / "b.py").write_text("two")
    write_stamp(stamp, digest(root))

    assert is_current(stamp, digest(root))
    (root / "a.py").write_text("another")
    assert not is_current(stamp, digest(root))
    (root / "a.py").write_text("one")
    assert is_current(stamp, digest(root))
    (root / "b.py").rename(root / "c.py")
    assert not is_current(stamp, digest(root))
    (root / "c.py").unlink()
    assert not is_current(stamp, digest(root))


def test_text_that_moves_from_one_file_to_the_next_is_a_change(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("xy")
    (tmp_path / "b").write_text("z")
    before = digest(tmp_path)

    (tmp_path / "a").write_text("x")
    (tmp_path / "b").write_text("yz")

    assert digest(tmp_path) != before


def test_what_is_built_for_another_place_is_not_current(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("x")
    files = [tmp_path / "lock"]

    assert digest_of(files, root=tmp_path, extra=["/here"]) != digest_of(
        files, root=tmp_path, extra=["/there"]
    )


def test_an_interrupted_or_garbled_build_has_no_stamp(tmp_path: Path) -> None:
    stamp = tmp_path / "stamp"
    write_stamp(stamp, "abc")
    forget(stamp)

    assert not is_current(stamp, "abc")
    forget(stamp)
    stamp.write_bytes(b"\xff\xfe")
    assert not is_current(stamp, "abc")
