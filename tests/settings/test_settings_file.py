"""Settings come back as they were; what is wrong in the file is said and never lost."""

from __future__ import annotations

import dataclasses
import os
import re
import sys
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkbox import settings_file
from walkbox.config import Settings, rule
from walkbox.errors import SettingsError
from walkbox.settings_file import KEPT, SettingsKeeper, load, save, settings_path


def values(name: str) -> st.SearchStrategy:
    allowed, kind = rule(name), type(getattr(Settings(), name))
    if allowed.choices:
        return st.sampled_from(allowed.choices)
    if kind is bool:
        return st.booleans()
    return (st.integers if kind is int else st.floats)(allowed.low, allowed.high)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "walkbox" / "settings.toml"


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@given(changes=st.fixed_dictionaries({}, optional={name: values(name) for name in KEPT}))
def test_what_is_saved_comes_back_exactly(tmp_path_factory: pytest.TempPathFactory, changes: dict) -> None:
    path = tmp_path_factory.getbasetemp() / "round trip" / "settings.toml"
    settings = Settings().replace(**changes)
    assert save(settings, path) is None
    assert load(path) == (settings, [])


def test_without_a_file_there_are_the_defaults(path: Path) -> None:
    assert load(path) == (Settings(), [])
    assert not path.parent.exists()


def test_budgets_are_given_for_one_run_and_not_kept(path: Path) -> None:
    assert set(KEPT) == {f.name for f in dataclasses.fields(Settings)} - {
        "texture_budget_bytes",
        "upload_budget_bytes",
    }
    save(Settings(texture_budget_bytes=1 << 20), path)
    assert load(path)[0] == Settings()
    assert "budget" not in path.read_text(encoding="utf-8")


def test_every_setting_stands_in_the_file_with_what_it_may_be(path: Path) -> None:
    save(Settings().replace(theme="light", snap_deg=90), path)
    text = path.read_text(encoding="utf-8")
    assert tomllib.loads(text) == {"version": 1, "theme": "light", "snap_deg": 90}
    assert '# Colours of the panels. "dark" or "light".\ntheme = "light"\n' in text
    assert "# Degrees of a snap turn. 30, 45 or 90.\nsnap_deg = 90\n" in text
    assert "#fov_deg = 62\n" in text and "#seated = false\n" in text
    # Every default line can be used as it stands, once the # is gone.
    written(path, re.sub(r"^#(?=\w)", "", text, flags=re.MULTILINE))
    assert set(tomllib.loads(path.read_text(encoding="utf-8"))) == {"version", *KEPT}
    assert load(path) == (Settings().replace(theme="light", snap_deg=90), [])


def test_wrong_lines_are_named_and_the_others_hold(path: Path) -> None:
    written(
        path,
        "version = 1\nfly = true\nsnap_deg = 31\n\n# vignete is above\nvignete = 0.5\ntheme = 7\n"
        "upload_budget_bytes = 5\nhaptics = 0.5\n[mirror]\nx = 1\n",
    )
    settings, problems = load(path)
    assert settings == Settings().replace(fly=True, haptics=0.5)
    assert problems == [
        f"{path}, line 3: Setting 'snap_deg' is 31; 30, 45 or 90 was expected. The default is used.",
        f"{path}, line 6: there is no setting 'vignete' to keep. Did you mean 'vignette'?",
        f"{path}, line 7: Setting 'theme' is 7; a str like 'dark' was expected. The default is used.",
        f"{path}, line 8: there is no setting 'upload_budget_bytes' to keep.",
        f"{path}, line 10: Setting 'mirror' is {{'x': 1}}; a str like 'eye' was expected. The default is used.",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'theme = "light"\nfly = yes\n', "is not TOML: Invalid value (at line 2, column 7)"),
        (b"fly = true\nfly = false\n", "is not TOML: Cannot overwrite a value (at line 2"),
        (b"\xff\xfe\x00", "is not TOML: 'utf-8' codec can't decode byte 0xff"),
        (b"a = " + b"[" * 100_000, "is not TOML"),
    ],
)
def test_a_file_that_is_not_toml_is_kept_beside_when_written_over(path: Path, content: bytes, words: str) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    settings, problems = load(path)
    assert settings == Settings() and len(problems) == 1 and words in problems[0]
    aside = save(Settings().replace(fly=True), path)
    assert aside == path.with_name("settings.toml.broken") and aside.read_bytes() == content
    assert load(path) == (Settings().replace(fly=True), [])
    assert save(Settings(), path) is None and aside.read_bytes() == content


def test_a_newer_file_is_used_as_far_as_it_is_understood(path: Path) -> None:
    written(path, "version = 2\nfly = true\nwings = 4\n")
    settings, problems = load(path)
    assert settings.fly
    assert problems == [
        f"{path}, line 1: the file is of version 2, this walkbox reads version 1.",
        f"{path}, line 3: there is no setting 'wings' to keep.",
    ]
    aside = save(settings, path)
    assert aside is not None and "wings = 4" in aside.read_text(encoding="utf-8")


def test_files_of_other_editors_can_be_read(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b'\xef\xbb\xbftheme = "light"\r\nfly = true\r\n')
    assert load(path) == (Settings().replace(theme="light", fly=True), [])


def test_the_folder_is_the_systems_or_the_one_that_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WALKBOX_CONFIG_DIR", str(tmp_path))
    assert settings_path() == tmp_path / "settings.toml"
    save(Settings().replace(fly=True))
    assert load()[0].fly and SettingsKeeper().settings.fly
    monkeypatch.delenv("WALKBOX_CONFIG_DIR")
    assert settings_path().parent.name == "walkbox" and settings_path().is_absolute()
    if sys.platform == "linux":
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
        assert settings_path() == tmp_path / "xdg" / "walkbox" / "settings.toml"


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    link = tmp_path / "settings.toml"
    link.symlink_to(tmp_path / "dotfiles" / "walkbox.toml")
    save(Settings().replace(fly=True), link)
    assert link.is_symlink() and load(tmp_path / "dotfiles" / "walkbox.toml")[0].fly


# -- the keeper -------------------------------------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Its only element is what time it is."""
    now = [100.0]
    monkeypatch.setattr(settings_file.time, "monotonic", lambda: now[0])
    return now


def test_a_dragged_slider_is_written_once_a_second(
    path: Path, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    writes = []
    monkeypatch.setattr(settings_file, "save", lambda *a: (writes.append(clock[0]), save(*a))[1])
    keeper = SettingsKeeper(path)
    assert keeper.save_if_due() == [] and not path.exists()
    for frame in range(250):  # 2.5 s at 100 Hz
        clock[0] = 100 + frame / 100
        keeper.change("vignette", frame / 250)
        assert keeper.save_if_due() == []
    assert writes == [101.0, 102.01]
    keeper.flush()
    keeper.flush()
    clock[0] += 100
    keeper.save_if_due()
    assert len(writes) == 3
    assert load(path) == (Settings().replace(vignette=249 / 250), [])


def test_only_what_was_changed_is_written(path: Path) -> None:
    save(Settings().replace(fly=True, theme="light"), path)
    keeper, other = SettingsKeeper(path), SettingsKeeper(path)
    assert keeper.settings == Settings().replace(fly=True, theme="light")
    other.change("seated", True)
    other.flush()
    keeper.change("theme", "dark")
    keeper.change("upload_budget_bytes", 5)
    assert keeper.flush() == []
    assert load(path) == (Settings().replace(fly=True, seated=True), [])


def test_a_file_with_mistakes_is_kept_and_that_is_said(path: Path) -> None:
    written(path, "fly = true\nsnap_deg = 31\n")
    keeper = SettingsKeeper(path)
    assert len(keeper.problems) == 1 and keeper.settings.fly
    keeper.change("seated", True)
    said = keeper.flush()
    assert len(said) == 1 and "settings.toml.broken" in said[0]
    assert load(path) == (Settings().replace(fly=True, seated=True), [])
    assert path.with_name("settings.toml.broken").read_text(encoding="utf-8") == "fly = true\nsnap_deg = 31\n"


def test_a_folder_that_cannot_be_written_is_said_once_and_does_no_harm(tmp_path: Path, clock: list[float]) -> None:
    written(tmp_path / "file", "not a folder")
    path = tmp_path / "file" / "settings.toml"
    keeper = SettingsKeeper(path)
    said = []
    for _ in range(4):
        keeper.change("fly", True)
        clock[0] += 2
        said += keeper.save_if_due()
        assert keeper.save_if_due() == []
    said += keeper.flush()
    assert len(said) == 1 and str(path) in said[0] and "WALKBOX_CONFIG_DIR" in said[0]
    with pytest.raises(SettingsError):
        save(Settings(), path)
    (tmp_path / "file").unlink()  # the folder can be made now: what waited is written
    assert keeper.flush() == []
    assert load(path)[0].fly


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_read_only_folder_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(SettingsError, match="Permission denied"):
            save(Settings(), tmp_path / "settings.toml")
    finally:
        tmp_path.chmod(0o700)


def test_the_clock_of_a_keeper_is_real(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings_file, "SAVE_AFTER_S", 0.01)
    keeper = SettingsKeeper(path)
    keeper.change("fly", True)
    time.sleep(0.02)
    assert keeper.save_if_due() == [] and load(path)[0].fly
