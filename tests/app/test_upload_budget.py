from __future__ import annotations

import pytest

from walkbox.app.upload_budget import LEAST_BYTES, UploadBudget

LIMIT = 8 << 20


def learned() -> UploadBudget:
    budget = UploadBudget()
    for _ in range(100):
        budget.uploaded(1 << 20, 0.001)  # 1 GiB/s
        budget.drawn(0.004)
    return budget


def test_without_a_display_that_waits_the_limit_holds() -> None:
    assert learned().bytes_for(LIMIT, None) == LIMIT


def test_what_is_left_after_drawing_is_filled() -> None:
    assert learned().bytes_for(LIMIT, 0.006) == pytest.approx(2 << 20, rel=1e-3)
    assert learned().bytes_for(LIMIT, 1.0) == LIMIT


def test_a_late_frame_still_uploads_something() -> None:
    assert learned().bytes_for(LIMIT, 0.001) == learned().bytes_for(LIMIT, -1.0) == LEAST_BYTES


def test_a_small_upload_says_nothing_of_the_speed() -> None:
    budget = learned()
    budget.uploaded(100, 1.0)
    budget.uploaded(0, 0.0)
    assert budget.bytes_for(LIMIT, 0.006) == learned().bytes_for(LIMIT, 0.006)
