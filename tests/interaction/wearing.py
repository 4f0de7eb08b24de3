"""A person in a headset, for tests: poses, hands, and frames of the wearer in the hall."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import hall
import numpy as np
from hypothesis import strategies as st

from walkbox.commands import Command
from walkbox.config import Settings
from walkbox.geometry import walker_matrix
from walkbox.inputs import Hand, Input
from walkbox.interaction.locomotion import Walker
from walkbox.interaction.pointing import Pointing
from walkbox.interaction.wearer import Wearer
from walkbox.scene.scene import Scene
from walkbox.scene.viewpoints import entrance

DT_S = 1 / 90


def rolled(pose: np.ndarray, roll: float) -> np.ndarray:
    """A pose whose head leans over by radians."""
    c, s = math.cos(roll), math.sin(roll)
    turned = pose.copy()
    turned[:3, :3] = pose[:3, :3] @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]], np.float32)
    return turned


def heads() -> st.SearchStrategy[np.ndarray]:
    """Any head in a play space of a few metres that is not looking straight up or down."""
    return st.builds(
        lambda x, y, z, yaw, pitch, roll: rolled(walker_matrix(np.array([x, y, z]), yaw, pitch), roll),
        *(st.floats(*span) for span in ((-2, 2), (0.8, 2), (-2, 2), (-3.1, 3.1), (-1.3, 1.3), (-0.6, 0.6))),
    )


def walkers() -> st.SearchStrategy[Walker]:
    """Somebody at the desk, anywhere."""
    return st.builds(
        lambda x, z, yaw: Walker((x, 0.0, z), yaw), st.floats(-40, 40), st.floats(-400, 40), st.floats(-7, 7)
    )


scales = st.floats(math.log(0.011), math.log(90)).map(math.exp)

HEAD = walker_matrix(np.array([0.0, 1.6, 0.0]), 0.0, 0.0)


def hand(
    name: str = "right", yaw: float = 0.0, pitch: float = 0.0, at: tuple[float, ...] | None = None, **state
) -> Hand:
    """A controller beside the body that points along yaw and pitch in the play space."""
    where = at or ((-0.2 if name == "left" else 0.2), 1.2, -0.3)
    pose = walker_matrix(np.array(where), yaw, pitch)
    return Hand(name, pose, pose, **state)


def hand_at(play_from_world: np.ndarray, target: np.ndarray, name: str = "right", **state) -> Hand:
    """A controller that points at a point of the world."""
    goal = (play_from_world @ np.append(target, 1.0))[:3]
    start = np.array([-0.2 if name == "left" else 0.2, 1.2, -0.3])
    x, y, z = goal - start
    return hand(name, math.atan2(-x, -z), math.atan2(y, math.hypot(x, z)), tuple(start), **state)


def angle_between(a: float, b: float) -> float:
    return math.remainder(a - b, 2 * math.pi)


@dataclass
class Worn:
    """The wearer in a scene; every call of :meth:`frame` is one frame of the walk."""

    scene: Scene = field(default_factory=hall.scene)
    settings: Settings = field(default_factory=Settings)
    head: np.ndarray | None = field(default_factory=HEAD.copy)
    wearer: Wearer = field(default_factory=Wearer)
    pointing: Pointing = field(default_factory=Pointing)
    panels_want_ray: bool = False
    panel_open: bool = False
    input: Input = field(default_factory=Input)
    worn: bool = False
    felt: list[tuple[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        network = self.scene.networks[0]
        self.walker = Walker(*entrance(network))
        self.walker.stay_near(*network.arrangement.bounds)

    def frame(self, *hands: Hand, dt_s: float = DT_S, **input) -> list[Command]:
        """One frame with these hands; returns the commands of the pointers."""
        self.input = Input(dt_s=dt_s, head=self.head, hands=hands, **input)
        self.worn = self.wearer.update(
            self.walker, self.scene, self.input, self.settings, self.pointing,
            panels_want_ray=self.panels_want_ray, panel_open=self.panel_open,
        )  # fmt: skip
        commands = self.pointing.update(self.scene, self.input, self.head_in_world(), self.walker.scale)
        self.scene.presence.carried = self.pointing.quads(self.scene)
        self.wearer.show(self.walker, self.scene, self.input, self.pointing)
        self.felt += [(pulse.hand, pulse.strength) for pulse in self.wearer.pulses]
        return commands

    def frames(self, count: int, *hands: Hand, **input) -> None:
        for _ in range(count):
            self.frame(*hands, **input)

    @property
    def play_from_world(self) -> np.ndarray:
        return np.linalg.inv(self.walker.world_from_play().astype(np.float64))

    def head_in_world(self) -> np.ndarray:
        return self.walker.world_from_view(0.0)[:3, 3]

    def map_centre(self, layer: int, channel: int) -> np.ndarray:
        network = self.scene.networks[0]
        x, y = network.arrangement.map_centres(layer, network.graph.layers[layer].maps.count)[channel]
        return (network.world_from_wall()[layer] @ np.array([x, y, 0, 1], np.float32))[:3]
