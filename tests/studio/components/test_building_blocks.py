from __future__ import annotations

import re

import pytest
import reflex as rx

from studio import theme
from studio.components.beat import Beat
from studio.components.browser_query import query_known, query_value
from studio.components.confirm import confirm_dialog
from studio.components.icon import icon
from studio.components.notice import empty_state, error_state, skeleton_rows
from studio.components.plain_form import plain_form
from studio.components.relative_time import RelativeTime, relative_time
from studio.components.section import key_hint, page_header, section_header
from studio.components.state_badge import state_badge, state_color, state_icon, state_word


class Shown(rx.State):
    """Vars to build with."""

    status: str = "running"
    at: str = ""

    @rx.event
    async def act(self) -> None:
        """Does nothing."""


def test_the_eight_states_have_a_colour_an_icon_and_a_word_each() -> None:
    looks = theme.STATES

    assert list(looks) == [
        "pending",
        "running",
        "waiting",
        "completed",
        "halted",
        "error",
        "skipped",
        "resumed",
    ]
    assert len({(look.palette, look.icon) for look in looks.values()}) == 8
    assert len({look.word for look in looks.values()}) == 8


def test_red_belongs_to_halting_alone() -> None:
    assert [state for state, look in theme.STATES.items() if look.palette == "red"] == ["halted"]


@pytest.mark.parametrize("state", list(theme.STATES))
def test_a_badge_says_its_state_in_a_word(state: theme.State) -> None:
    badge = str(state_badge(state))

    assert theme.STATES[state].word in badge
    assert '"data-testid":"state-badge"' in badge.replace(" ", "")


def test_a_badge_follows_a_var_with_every_state() -> None:
    badge = str(state_badge(Shown.status)) + str(state_icon(Shown.status))

    for look in theme.STATES.values():
        assert look.word in badge
        assert look.ink in badge
    assert all(look.solid in str(state_color(Shown.status)) for look in theme.STATES.values())
    assert "Pending" in str(state_word("unheard of"))


def test_only_running_spins() -> None:
    assert str(state_icon(Shown.status)).count("as-spin") == 1


def test_an_icon_is_silent() -> None:
    assert '"aria-hidden":"true"' in str(icon("check")).replace(" ", "")


def test_notices_speak_to_screen_readers() -> None:
    assert 'role:"status"' in str(empty_state(title="No runs yet", text="Start one.")).replace(" ", "")
    assert 'role:"alert"' in str(error_state(title="Not read", text="Try again.")).replace(" ", "")
    assert "Loading" in str(skeleton_rows(2))


def test_a_confirm_dialog_names_its_parts() -> None:
    dialog = str(
        confirm_dialog(
            trigger=rx.button("Delete…"),
            title="Delete?",
            text="It is gone then.",
            verb="Delete",
            on_confirm=Shown.act,
            test_id="delete",
            harm=True,
        )
    )

    for test_id in ("delete", "delete-cancel", "delete-confirm"):
        assert f'"{test_id}"' in dialog
    assert "act" in dialog
    assert 'color:"red"' in dialog.replace(" ", "")
    assert 'variant:"soft"' in dialog.replace(" ", "")


def test_a_time_brings_its_own_code_and_nothing_to_install() -> None:
    made = RelativeTime.create(at="2026-01-02T03:04:05+00:00")

    assert "just now" in made.add_custom_code()[0]
    assert set(made._get_all_imports()) <= {"react", "@emotion/react", ""}
    assert "2026-01-02" in str(relative_time("2026-01-02T03:04:05+00:00"))


def test_a_plain_form_posts_and_is_not_caught() -> None:
    form = str(plain_form(rx.el.input(name="name"), action="/api/session", test_id="form"))

    assert 'action:"/api/session"' in form.replace(" ", "")
    assert "onSubmit" not in form


def test_hydration_sees_no_query_and_what_mounts_later_has_it_at_once() -> None:
    data = query_value("next")._get_all_var_data()

    assert data is not None
    assert any("() => window.location.search, () => null" in hook for hook in data.hooks)
    assert "!== null" in str(query_known())


def test_a_beat_rests_while_nobody_looks() -> None:
    made = Beat.create(seconds=15, on_beat=Shown.act)

    hook = str(made.add_hooks()[0])
    assert "document.hidden" in hook
    assert "clearInterval" in hook
    assert "act" in hook


def test_headings_are_headings() -> None:
    assert 'as:"h1"' in str(page_header("Runs", text="All of them")).replace(" ", "")
    assert 'as:"h2"' in str(section_header("Recent")).replace(" ", "")
    assert "Ctrl" in str(key_hint("Ctrl", "K"))


def test_nothing_of_the_sheet_comes_from_another_host() -> None:
    sheet = str(theme.ThemePlugin().get_static_assets()[0][1])

    assert not re.search(r"https?://|@import", sheet)
    assert sheet.count("{") == sheet.count("}")


def test_every_variable_of_the_product_is_defined_for_light_and_dark() -> None:
    sheet = str(theme.ThemePlugin().get_static_assets()[0][1])
    light, dark = sheet.split(".dark {", 1)[0], sheet.split(".dark {", 1)[1].split("}\nhtml", 1)[0]
    used = set(re.findall(r"var\((--as-[a-z-]+)\)", sheet + str(vars(theme)) + str(theme.STATES)))

    missing_in_light = {name for name in used if f"{name}:" not in light}
    colours = {name for name in used if name not in {"--as-font", "--as-mono"}}
    missing_in_dark = {name for name in colours if f"{name}:" not in dark}
    assert (missing_in_light, missing_in_dark) == (set(), set())
