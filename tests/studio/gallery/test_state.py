"""The gallery's handlers, on a real database."""

from collections.abc import AsyncIterator

import pytest

from studio.pages.gallery.state import GalleryState
from studio.wiring import serving
from tasks.control.settings import open_local_rollout
from tests.studio.conftest import Office
from tests.studio.tabs import open_tab, state_of


@pytest.fixture
async def gallery(office: Office) -> AsyncIterator[GalleryState]:
    open_local_rollout(office.container.control)
    async with serving(office.container):
        yield state_of(open_tab(office), GalleryState)


async def test_with_the_flag_off_the_gallery_says_that_the_studio_is_off(office: Office) -> None:
    async with serving(office.container):
        gallery = state_of(open_tab(office), GalleryState)
        await gallery.open()

    assert (gallery.phase, gallery.templates) == ("off", [])


async def test_it_opens_on_the_shipped_workflows_and_no_own_ones(gallery: GalleryState) -> None:
    await gallery.open()

    assert (gallery.phase, gallery.count, gallery.workflows) == ("ready", 0, [])
    assert len(gallery.templates) >= 5


async def test_a_template_is_copied_under_its_name_and_the_next_copy_under_another(
    gallery: GalleryState,
) -> None:
    first = await gallery.open_template("research.debate_fusion")
    second = await gallery.open_template("research.debate_fusion")
    await gallery.look()

    assert [
        "/studio/research.debate_fusion" in str(first),
        "/studio/research.debate_fusion-2" in str(second),
    ] == [
        True,
        True,
    ]
    assert {card.name for card in gallery.workflows} == {"research.debate_fusion", "research.debate_fusion-2"}


async def test_a_new_workflow_is_made_once_and_a_taken_name_is_told_inline(gallery: GalleryState) -> None:
    await gallery.open()
    gallery.start_empty()
    gallery.write_name("mine")
    made = await gallery.create()
    gallery.start_empty()
    gallery.name = "mine"
    refused = await gallery.create()

    assert "/studio/mine" in str(made)
    assert refused is None
    assert "already is a workflow 'mine'" in gallery.problem


async def test_no_name_makes_no_workflow(gallery: GalleryState) -> None:
    gallery.start_empty()

    assert await gallery.create() is None
    assert gallery.problem == "Give it a name."


async def test_a_search_narrows_both_lists_and_says_when_nothing_fits(gallery: GalleryState) -> None:
    await gallery.search_for("halting")
    found = [card.name for card in gallery.templates]
    await gallery.search_for("zebra")

    assert found == ["utility.halt_practice"]
    assert gallery.nothing_fits
