"""How many bytes of maps fit into what is left of a frame."""

from __future__ import annotations

__all__ = ["UploadBudget"]

LEAST_BYTES = 256 << 10
"""Uploaded in any frame, so that a late one does not keep the walls from changing for good."""

RECENT = 0.2  # weight of the newest measurement


class UploadBudget:
    """Learns how fast this machine uploads and draws, for a display that waits for its frames."""

    def __init__(self) -> None:
        self._bytes_s = 1e9
        self._draw_s = 0.0

    def bytes_for(self, limit: int, left_s: float | None) -> int:
        """Bytes to upload now.

        Args:
            limit: never more than that.
            left_s: seconds until the frame should be done, drawing included; None where no display waits.
        """
        if left_s is None:
            return limit
        return min(limit, max(LEAST_BYTES, int((left_s - self._draw_s) * self._bytes_s)))

    def uploaded(self, count: int, seconds: float) -> None:
        """Note an upload; one of less than :data:`LEAST_BYTES` says little of the speed."""
        if count >= LEAST_BYTES and seconds > 0:
            self._bytes_s += RECENT * (count / seconds - self._bytes_s)

    def drawn(self, seconds: float) -> None:
        """Note how long drawing took, for which the display did not wait."""
        self._draw_s += RECENT * (seconds - self._draw_s)
