"""Files are found in the folders meant for them, and nowhere else."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import InvalidValue, NotFound, TooLarge, UserError
from runtime.files.folders import check_name, find_file, user_folders
from runtime.market.csv_table import MAX_BYTES
from runtime.settings import Settings


@pytest.mark.parametrize(
    "name",
    [
        "",
        "  ",
        "../prices.csv",
        "a/../../prices.csv",
        "/etc/prices.csv",
        "C:/prices.csv",
        "..\\prices.csv",
        "~/prices.csv",
        ".hidden.csv",
        ".git/prices.csv",
        "prices.csv\0",
        "a" * 500 + ".csv",
    ],
)
def test_a_name_that_points_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(InvalidValue, match="no file of the workflow's folder"):
        check_name(name)


@pytest.mark.parametrize("name", ["studio.db", "prices.xlsx", "prices", "prices.csv/"])
def test_only_tables_can_be_named(name: str) -> None:
    with pytest.raises(InvalidValue, match="neither CSV nor Parquet"):
        check_name(name)


@given(name=st.text(alphabet="./\\ab~C:\0", max_size=20).map(lambda text: text + ".csv"))
def test_no_name_leads_out_of_the_folder(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    root = Path(str(tmp_path_factory.getbasetemp())) / "out" / "in"
    root.mkdir(parents=True, exist_ok=True)
    for place in (root.parent, root.parent.parent):
        (place / "a.csv").write_text("secret")

    found = _found(root, name)

    assert found is None or found.is_relative_to(root)


def _found(root: Path, name: str) -> Path | None:
    try:
        return find_file([root], name)
    except UserError:
        return None


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (tmp_path / "secret.csv").write_text("date,A\n")
    os.symlink(tmp_path / "secret.csv", inside / "prices.csv")

    with pytest.raises(InvalidValue, match="leads out"):
        find_file([inside], "prices.csv")


def test_the_first_folder_that_has_the_file_wins(tmp_path: Path) -> None:
    for name in ("market", "uploads"):
        (tmp_path / name / "eu").mkdir(parents=True)
        (tmp_path / name / "eu" / "both.csv").write_text(name)
    (tmp_path / "uploads" / "one.csv").write_text("uploads")
    folders = [tmp_path / "none", tmp_path / "market", tmp_path / "uploads"]

    assert find_file(folders, "eu/both.csv").read_text() == "market"
    assert find_file(folders, "one.csv").read_text() == "uploads"


def test_a_missing_file_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("x")

    with pytest.raises(NotFound, match=r"Did you mean 'prices\.csv'"):
        find_file([tmp_path], "price.csv")


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "big.csv").open("wb") as file:
        file.truncate(MAX_BYTES + 1)

    with pytest.raises(TooLarge, match="larger than 64 MB"):
        find_file([tmp_path], "big.csv")


def test_an_installation_reads_its_market_folder_and_its_uploads(tmp_path: Path) -> None:
    assert user_folders(Settings(home=tmp_path)) == (tmp_path / "uploads",)
    assert user_folders(Settings(home=tmp_path, market_folder=tmp_path / "m")) == (
        tmp_path / "m",
        tmp_path / "uploads",
    )
