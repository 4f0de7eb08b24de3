"""Links in the documentation lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HIDDEN = {".venv", "build", "dist", ".pytest_cache"}
PAGES = [page for page in sorted(ROOT.rglob("*.md")) if not HIDDEN & set(page.relative_to(ROOT).parts)]


def anchors(page: Path) -> set[str]:
    """What GitHub makes of a page's headings."""
    text = without_code(page.read_text(encoding="utf-8"))
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", text, re.M)
    }


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)


def dead_links(page: Path) -> list[str]:
    dead = []
    for link in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text(encoding="utf-8"))):
        if re.match(r"\w+:", link):
            continue
        path, _, anchor = link.partition("#")
        goal = page.parent / path if path else page
        if not goal.exists() or (anchor and anchor not in anchors(goal)):
            dead.append(link)
    return dead


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    assert dead_links(page) == []


def test_every_page_of_the_docs_is_linked_from_another() -> None:
    linked = set()
    for page in PAGES:
        links = re.findall(r"\]\(([^)\s#]+)", page.read_text(encoding="utf-8"))
        linked |= {(page.parent / link).resolve() for link in links if not re.match(r"\w+:", link)} - {page}
    pages = {page for page in PAGES if page.is_relative_to(ROOT / "docs")}
    folders = {page for page in pages if page.name == "README.md" and page.parent.resolve() in linked}
    assert sorted(str(page.relative_to(ROOT)) for page in pages - linked - folders) == []


def test_the_check_above_can_fail(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One\n[a](#one) [b](#two) [c](gone.md) [d](https://example.org) [e](page.md#one)\n")
    assert dead_links(page) == ["#two", "gone.md"]
