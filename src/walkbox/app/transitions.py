"""Networks on their way from one layout to another: a short smooth movement, a step of it a frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walkbox.layout.arrangement import Arrangement
from walkbox.layout.transition import Transition
from walkbox.scene.network import Network

__all__ = ["TRANSITION_S", "Transitions"]

TRANSITION_S = 0.7
"""How long it takes until all walls stand where they will stay."""

LONGEST_FRAME_S = 0.1


@dataclass(slots=True)
class _Way:
    """One that is under way; *revision* is the network's placement as it was left by the last step."""

    network: Network
    transition: Transition
    gone_s: float
    revision: int


class Transitions:
    """Those under way. Main thread only."""

    def __init__(self) -> None:
        self._ways: dict[int, _Way] = {}

    @property
    def moving(self) -> bool:
        """Something is under way."""
        return bool(self._ways)

    def begin(
        self, network: Network, before: Arrangement, kinship: tuple[np.ndarray, np.ndarray] | None = None
    ) -> None:
        """Let a network, which stands where it shall stay already, go there from where it stood before.

        Args:
            kinship: of :func:`walkbox.layout.transition.kin`, where *before* is of another graph.
        """
        after = network.arrangement
        self._ways.pop(network.id, None)
        if not len(before.yaw) or not len(after.yaw):
            return
        if (
            kinship is None
            and np.array_equal(before.position, after.position)
            and np.array_equal(before.yaw, after.yaw)
        ):
            return
        way = _Way(network, Transition(before, after, kinship), 0.0, 0)
        way.transition.prepare()  # not in the next frame, which makes new edges
        self._ways[network.id] = way
        self._show(way, 0.0)

    def advance(self, dt_s: float) -> None:
        """Go on for *dt_s* seconds (0.1 at most). What somebody has moved meanwhile stands where they put it."""
        for way in list(self._ways.values()):
            if way.network.placement_revision != way.revision:
                del self._ways[way.network.id]
                continue
            way.gone_s += min(max(dt_s, 0.0), LONGEST_FRAME_S)
            self._show(way, way.gone_s / TRANSITION_S)
            if way.gone_s >= TRANSITION_S:
                del self._ways[way.network.id]

    def arrive(self) -> None:
        """Bring everything to where it will stay, at once."""
        for way in self._ways.values():
            if way.network.placement_revision == way.revision:
                self._show(way, 1.0)
        self._ways.clear()

    @staticmethod
    def _show(way: _Way, share: float) -> None:
        way.network.pass_through(None if share >= 1 else way.transition.at(share))
        way.revision = way.network.placement_revision
