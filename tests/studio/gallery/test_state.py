"""The gallery's handlers, on a real database."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from runtime.errors import AccessDenied, NotFound
from studio.pages.gallery.state import GalleryState
from studio.wiring import serving
from tasks.access import Role
from tasks.control.settings import open_local_rollout
from tests.studio.conftest import PASSWORD, Office
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


async def test_a_deleted_workflow_goes_into_the_bin_and_undo_takes_it_out(gallery: GalleryState) -> None:
    await gallery.open_template("utility.halt_practice")
    await gallery.delete("utility.halt_practice")
    deleted = [card.name for card in gallery.workflows], [card.name for card in gallery.deleted]

    await gallery.restore(gallery.just_deleted)

    assert deleted == ([], ["utility.halt_practice"])
    assert [card.name for card in gallery.workflows] == ["utility.halt_practice"]
    assert (gallery.deleted, gallery.just_deleted) == ([], "")


async def test_what_is_deleted_for_good_is_in_no_list(gallery: GalleryState) -> None:
    await gallery.open_template("utility.halt_practice")
    await gallery.delete("utility.halt_practice")

    await gallery.purge("utility.halt_practice")

    assert (gallery.workflows, gallery.deleted, gallery.just_deleted) == ([], [], "")


async def test_who_comes_second_is_told_and_sees_what_the_first_did(gallery: GalleryState) -> None:
    await gallery.open_template("utility.halt_practice")
    await gallery.delete("utility.halt_practice")

    with pytest.raises(NotFound):
        await gallery.delete("utility.halt_practice")

    assert [card.name for card in gallery.deleted] == ["utility.halt_practice"]


async def test_somebody_who_may_not_draw_deletes_nothing(office: Office) -> None:
    open_local_rollout(office.container.control)
    async with serving(office.container):
        gallery = state_of(open_tab(office), GalleryState)
        await gallery.open_template("utility.halt_practice")
        accounts = office.container.accounts
        accounts.create_account(office.admin, "Vera", PASSWORD, Role.VIEWER)
        token = accounts.sign_in("Vera", PASSWORD, address="127.0.0.1").token
        viewer = state_of(open_tab(replace(office, token=token)), GalleryState)

        with pytest.raises(AccessDenied):
            await viewer.delete("utility.halt_practice")

        assert [card.name for card in viewer.workflows] == ["utility.halt_practice"]
