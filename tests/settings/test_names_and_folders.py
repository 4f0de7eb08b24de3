"""Names that every file system takes, and folders that are there only once they are whole."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkbox.errors import WalkboxError
from walkbox.files import NewFolder
from walkbox.names import LONGEST_BYTES, distinct_names, safe_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hot dog", "hot dog"),
        ('a/b\\c:d*e?f"g<h>i|j', "a_b_c_d_e_f_g_h_i_j"),
        ("con", "_con"),
        ("LPT1.txt", "_LPT1.txt"),
        ("com10", "com10"),
        ("COM¹", "_COM¹"),
        ("..", "_"),
        ("", "_"),
        ("trailing. . ", "trailing"),
        ("tab\there", "tab_here"),
        ("e\u0301", "é"),
        ("\ud800", "_"),
        ("日本", "日本"),
        (".hidden", "hidden"),
    ],
)
def test_safe_names(text: str, name: str) -> None:
    assert safe_name(text) == name


@given(st.lists(st.text(max_size=300), max_size=12))
def test_names_are_distinct_valid_and_stay_when_they_can(texts: list[str]) -> None:
    names = distinct_names(texts)
    assert len({unicodedata.normalize("NFKD", name).casefold() for name in names}) == len(texts)
    for name in names:
        assert name and not set(name) & set('<>:"/\\|?*\0\n') and name[0] not in ". " and name[-1] not in ". "
        assert len(name.encode()) <= LONGEST_BYTES + 5
    assert [safe_name(name) for name in names] == names or any(len(n.encode()) > LONGEST_BYTES for n in names)
    assert distinct_names(names) == names or any(len(n.encode()) > LONGEST_BYTES for n in names)


def test_every_safe_name_can_be_a_file(tmp_path: Path) -> None:
    for name in distinct_names(["a/b", "x" * 500, "\u202eabc", "名" * 300, "nul", "\n", "\ud800"]):
        (tmp_path / f"{name}.png").write_bytes(b"")
    assert len(list(tmp_path.iterdir())) == 7


def test_a_folder_is_there_only_once_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "out"
    new = NewFolder(target)
    (new.path / "a").write_text("a")
    assert not target.exists()
    new.finish()
    new.discard()
    assert (target / "a").read_text() == "a" and [p.name for p in tmp_path.iterdir()] == ["out"]
    if os.name == "posix":
        umask = os.umask(0)
        os.umask(umask)
        assert target.stat().st_mode & 0o777 == 0o777 & ~umask


def test_an_older_folder_stays_when_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (target / "old").write_text("old")
    new = NewFolder(target)
    (new.path / "new").write_text("new")
    rename = Path.rename

    def failing(self: Path, to: Path) -> Path:
        if self == new.path:
            raise OSError(5, "Input/output error")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(WalkboxError, match=r"Input/output error. What stood there still does"):
        new.finish()
    new.discard()
    assert [p.name for p in tmp_path.iterdir()] == ["out"] and (target / "old").read_text() == "old"
    monkeypatch.undo()
    new = NewFolder(target)
    (new.path / "new").write_text("new")
    new.finish()
    assert [p.name for p in target.iterdir()] == ["new"] and [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_folder_above_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(WalkboxError, match=r"no.such"):
        NewFolder(tmp_path / "no/such/out")
