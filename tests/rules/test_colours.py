"""Any colour a clinic may give ends in readable pages, light and dark."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.colours import DARK, LIGHT, Scheme, accent, contrast, rgb, theme_css

any_colour = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
either_scheme = st.sampled_from([LIGHT, DARK])


@given(any_colour, either_scheme)
def test_text_in_the_clinic_colour_reads_on_every_background(colour: str, scheme: Scheme) -> None:
    shades = accent(colour, scheme)
    for background in (scheme.ground, scheme.surface, rgb(shades.accent_soft)):
        assert contrast(rgb(shades.accent_text), background) >= 4.5


@given(any_colour, either_scheme)
def test_text_on_a_button_reads_at_rest_and_under_the_pointer(colour: str, scheme: Scheme) -> None:
    shades = accent(colour, scheme)
    for fill in (shades.accent, shades.accent_hover):
        assert contrast(rgb(fill), rgb(shades.on_accent)) >= 4.5


@given(any_colour, either_scheme)
def test_a_button_can_be_told_from_the_page(colour: str, scheme: Scheme) -> None:
    shades = accent(colour, scheme)
    assert contrast(rgb(shades.accent), scheme.ground) >= 3
    assert contrast(rgb(shades.accent), scheme.surface) >= 3


@given(any_colour, either_scheme)
def test_muted_text_reads_on_the_soft_background_too(colour: str, scheme: Scheme) -> None:
    soft = rgb(accent(colour, scheme).accent_soft)
    for background in (scheme.ground, scheme.surface, soft):
        assert contrast(scheme.muted, background) >= 4.5


@pytest.mark.parametrize(("scheme", "mode"), [(LIGHT, 0), (DARK, 1)], ids=["light", "dark"])
def test_the_neutrals_are_those_of_the_stylesheet(scheme: Scheme, mode: int) -> None:
    stylesheet = (Path(__file__).parents[2] / "portal" / "static" / "portal.css").read_text()
    for name in ("ground", "surface", "muted"):
        written = re.findall(rf"--{name}: #([0-9a-f]+);", stylesheet)[mode]
        assert rgb(f"#{written if len(written) == 6 else written * 2}") == getattr(scheme, name)


def test_a_colour_that_reads_already_is_kept_as_the_clinic_gave_it() -> None:
    assert accent("#0f766e", LIGHT).accent == "#0f766e"


def test_a_pale_colour_is_deepened_on_white_and_kept_on_black() -> None:
    assert accent("#ffd7e0", LIGHT).accent != "#ffd7e0"
    assert accent("#ffd7e0", DARK).accent == "#ffd7e0"


def test_contrast_matches_the_published_extremes() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("wrong", ["", "red", "#abc", "0f766e", "#0f766g", "#0f766e;", "#0f766e\n"])
def test_a_malformed_colour_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="#rrggbb"):
        theme_css(wrong)


@given(any_colour)
def test_the_stylesheet_sets_the_same_properties_for_light_and_dark(colour: str) -> None:
    light, dark = theme_css(colour).split("@media (prefers-color-scheme:dark)")
    names = [re.findall(r"--([a-z-]+):#[0-9a-f]{6}", part) for part in (light, dark)]
    assert names[0] == names[1]
    expected = {"accent", "accent-hover", "on-accent", "accent-soft", "accent-border", "accent-text"}
    assert set(names[0]) == expected
    assert theme_css(colour).count("{") == theme_css(colour).count("}")
