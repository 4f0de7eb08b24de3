"""Settings take only what is allowed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkbox.config import Settings, rule
from walkbox.errors import SettingsError

NAMES = [f.name for f in dataclasses.fields(Settings)]


@pytest.mark.parametrize("name", NAMES)
def test_every_default_is_allowed_and_every_setting_says_what_it_means(name: str) -> None:
    default = getattr(Settings(), name)
    assert getattr(Settings().replace(**{name: default}), name) == default
    assert rule(name).says.endswith(".")
    assert rule(name).expected or isinstance(default, bool)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("motion", "jump", "Setting 'motion' is 'jump'; \"teleport\" or \"smooth\" was expected."),
        ("snap_deg", 60, "Setting 'snap_deg' is 60; 30, 45 or 90 was expected."),
        ("vignette", 1.01, "Setting 'vignette' is 1.01; 0 to 1 was expected."),
        ("fov_deg", float("nan"), "Setting 'fov_deg' is nan; 30 to 110 was expected."),
        ("walk_speed_m_s", float("inf"), "Setting 'walk_speed_m_s' is inf; 0.5 to 12 was expected."),
        ("msaa", 2.5, "Setting 'msaa' is 2.5; a whole number, 0 to 64 was expected."),
        ("msaa", 10**400, "a whole number, 0 to 64 was expected."),
        ("fly", 1, "Setting 'fly' is 1; a bool like False was expected."),
        ("vignette", True, "Setting 'vignette' is True; a float like 0.7 was expected."),
        ("theme", 3, "Setting 'theme' is 3; a str like 'dark' was expected."),
        ("mirror", None, "Setting 'mirror' is None; a str like 'eye' was expected."),
        ("mirorr", "eye", "There is no setting 'mirorr'. Did you mean 'mirror'"),
    ],
)
def test_what_is_not_allowed_is_said(name: str, value: object, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings().replace(**{name: value})
    assert words in str(caught.value)


def test_numbers_get_the_type_of_their_setting() -> None:
    changed = Settings().replace(snap_deg=30, msaa=4.0, vignette=1, haptics=np.float64(0.25))
    assert (changed.snap_deg, changed.msaa, changed.vignette, changed.haptics) == (30.0, 4, 1.0, 0.25)
    assert [type(n) for n in (changed.snap_deg, changed.msaa, changed.vignette, changed.haptics)] == [
        float,
        int,
        float,
        float,
    ]


@given(value=st.one_of(st.floats(), st.integers(), st.booleans(), st.text(), st.none()), name=st.sampled_from(NAMES))
def test_a_value_is_taken_as_it_is_or_refused(name: str, value: object) -> None:
    try:
        changed = Settings().replace(**{name: value})
    except SettingsError:
        return
    assert getattr(changed, name) == value
    assert type(getattr(changed, name)) is type(getattr(Settings(), name))
    assert rule(name).allows(getattr(changed, name))
