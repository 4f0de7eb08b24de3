"""The same frame loop on the EGL binding, on a machine without any X server."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from test_views import EYES, HEADS, check, place
from visit import LAYER, Visit

COMPOSITOR = "null"
SCREEN = False


@pytest.fixture
def visit(remote) -> Iterator[Visit]:
    made = Visit("offscreen")
    made.stand_before(LAYER, 1.3)
    yield made
    made.close()


def test_a_session_without_an_x_server(visit: Visit, remote) -> None:
    assert "DISPLAY" not in os.environ and "WAYLAND_DISPLAY" not in os.environ
    visit.wear()
    for head in HEADS.values():
        check(visit, head, EYES["asymmetric"], place(visit, remote, head, EYES["asymmetric"]))
    assert visit.input.head is not None and len(visit.input.hands) == 2
    states = visit.host.states
    visit.close()
    assert list(states)[:5] == ["IDLE", "READY", "SYNCHRONIZED", "VISIBLE", "FOCUSED"]
    assert list(states)[5:] == ["VISIBLE", "SYNCHRONIZED", "STOPPING", "IDLE", "EXITING"]
