"""The first page: ready workflows, a new one from nothing, and one's own."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from runtime.library import templates
from tasks.access import Actor
from tests.e2e.drawings import empty
from tests.e2e.editor_page import EditorPage
from tests.e2e.running_studio import RunningStudio

TEMPLATES = [entry.spec.name for entry in templates()]


def test_the_gallery_shows_every_ready_workflow_with_a_picture_of_its_graph(page: Page) -> None:
    page.goto("/")

    cards = page.locator("[data-testid^=gallery-template-]")
    expect(cards).to_have_count(len(TEMPLATES))
    assert len(TEMPLATES) >= 5
    for entry in templates():
        card = page.get_by_test_id(f"gallery-template-{entry.spec.name}")
        expect(card).to_contain_text(entry.title)
        expect(card).to_contain_text(entry.sentence)
        expect(card.locator("[data-testid=picture] > g")).to_have_count(
            len(entry.spec.params["graph"]["nodes"])
        )


def test_a_ready_workflow_opens_as_a_copy_and_a_second_copy_gets_a_name_of_its_own(page: Page) -> None:
    for address in (r"/studio/trader\.trend_filter$", r"/studio/trader\.trend_filter-2$"):
        page.goto("/")

        page.get_by_test_id("gallery-template-trader.trend_filter").click()

        page.wait_for_url(re.compile(address))
        EditorPage(page=page).expect_nodes(8)

    page.goto("/")
    expect(page.get_by_test_id("gallery-workflow-trader.trend_filter")).to_be_visible()
    expect(page.get_by_test_id("gallery-workflow-trader.trend_filter-2")).to_contain_text("Never run")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("two words", "letters"),
        ("a/b", "letters"),
        ("größe", "letters"),
        ("runs", "runs"),
        ("halt", "halt"),
        ("adapters", "adapters"),
    ],
)
def test_a_name_that_cannot_be_is_refused_beside_its_field(page: Page, name: str, words: str) -> None:
    page.goto("/")
    page.get_by_test_id("gallery-start-empty").click()

    page.get_by_test_id("new-name").fill(name)

    expect(page.get_by_test_id("new-name-problem")).to_contain_text(re.compile(words, re.IGNORECASE))
    expect(page.get_by_test_id("new-create")).to_be_disabled()


def test_a_taken_name_is_refused_and_what_was_typed_stays(
    studio: RunningStudio, admin: Actor, page: Page
) -> None:
    empty(studio.control, admin, "taken.already")
    page.goto("/")
    page.get_by_test_id("gallery-start-empty").click()

    page.get_by_test_id("new-name").fill("taken.already")
    expect(page.get_by_test_id("new-create").or_(page.get_by_test_id("new-name-problem"))).not_to_have_count(
        0
    )
    page.get_by_test_id("new-name").press("Enter")

    expect(page.get_by_test_id("new-name-problem")).to_contain_text("taken.already")
    expect(page.get_by_test_id("new-name")).to_have_value("taken.already")


def test_start_empty_opens_an_empty_drawing_with_the_name(page: Page) -> None:
    page.goto("/")
    page.get_by_test_id("gallery-start-empty").click()
    page.get_by_test_id("new-name").fill("research.my_idea")

    page.get_by_test_id("new-create").click()

    page.wait_for_url(re.compile(r"/studio/research\.my_idea$"))
    expect(page.get_by_role("heading", name="research.my_idea").first).to_be_visible()
    EditorPage(page=page).expect_nodes(0)


def test_the_search_leaves_what_has_the_word(page: Page) -> None:
    page.goto("/")
    expect(page.locator("[data-testid^=gallery-template-]")).to_have_count(len(TEMPLATES))

    page.get_by_test_id("gallery-search").fill("halting")

    expect(page.locator("[data-testid^=gallery-template-]")).to_have_count(1)
    expect(page.get_by_test_id("gallery-template-utility.halt_practice")).to_be_visible()


def test_a_workflow_is_deleted_brought_back_by_undo_and_deleted_for_good(
    page: Page, studio: RunningStudio, admin: Actor
) -> None:
    empty(studio.control, admin, "throw.away")
    page.goto("/")
    row = page.get_by_test_id("gallery-workflow-throw.away")

    page.get_by_test_id("gallery-delete-throw.away").click()
    expect(page.get_by_test_id("gallery-deleted-notice")).to_contain_text("throw.away is in the bin")
    expect(row).to_have_count(0)
    page.get_by_test_id("gallery-undo-delete").click()
    expect(row).to_be_visible()
    expect(page.get_by_test_id("gallery-deleted-notice")).to_have_count(0)

    page.get_by_test_id("gallery-delete-throw.away").click()
    page.get_by_test_id("gallery-bin").locator("summary").click()
    expect(page.get_by_test_id("gallery-deleted-throw.away")).to_contain_text("by")
    page.get_by_test_id("gallery-purge-throw.away").click()
    page.get_by_test_id("gallery-purge-confirm").click()
    expect(page.get_by_test_id("gallery-deleted-throw.away")).to_have_count(0)
    expect(row).to_have_count(0)
