"""Moves the head, the hands and the buttons of Monado's remote devices.

Poses are (x, y, z, w, px, py, pz): a unit quaternion and a position in metres, in the frame of the floor, as OpenXR
will give them back. One packet says everything: ``struct r_remote_data`` of Monado 25.0 (src/xrt/drivers/remote), 376
bytes.
"""

from __future__ import annotations

import math
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["ControllerState", "Remote", "RemoteState", "ViewState", "pose"]

HEADER = b"mndrmt3\0"
SIZE = 376
Pose = tuple[float, float, float, float, float, float, float]
IDENTITY: Pose = (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)


def pose(x: float, y: float, z: float, yaw: float = 0.0, pitch: float = 0.0) -> Pose:
    """A pose from a position in metres and angles in radians: positive yaw turns left, positive pitch looks up."""
    sy, cy, sp, cp = math.sin(yaw / 2), math.cos(yaw / 2), math.sin(pitch / 2), math.cos(pitch / 2)
    return (cy * sp, sy * cp, -sy * sp, cy * cp, x, y, z)


@dataclass
class ControllerState:
    """One hand. *curl*: little, ring, middle, index, thumb, 0 stretched, 1 closed. *tracked_hand*: with joints."""

    pose: Pose = IDENTITY
    linear_velocity: tuple[float, float, float] = (0.0, 0.0, 0.0)
    angular_velocity: tuple[float, float, float] = (0.0, 0.0, 0.0)
    curl: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)
    trigger: float = 0.0
    squeeze: float = 0.0
    squeeze_force: float = 0.0
    stick: tuple[float, float] = (0.0, 0.0)
    trackpad_force: float = 0.0
    trackpad: tuple[float, float] = (0.0, 0.0)
    tracked_hand: bool = True
    active: bool = True
    system_click: bool = False
    system_touch: bool = False
    a_click: bool = False
    a_touch: bool = False
    b_click: bool = False
    b_touch: bool = False
    trigger_click: bool = False
    trigger_touch: bool = False
    stick_click: bool = False
    stick_touch: bool = False
    trackpad_touch: bool = False

    def pack(self) -> bytes:
        numbers = (
            *self.pose, *self.linear_velocity, *self.angular_velocity, *self.curl, self.trigger, self.squeeze,
            self.squeeze_force, *self.stick, self.trackpad_force, *self.trackpad,
        )  # fmt: skip
        flags = (
            self.tracked_hand, self.active, self.system_click, self.system_touch, self.a_click, self.a_touch,
            self.b_click, self.b_touch, self.trigger_click, self.trigger_touch, self.stick_click, self.stick_touch,
            self.trackpad_touch,
        )  # fmt: skip
        return struct.pack("<26f13?3x", *numbers, *flags)


@dataclass
class ViewState:
    """One eye: its pose from the head, and left, right, up, down of its field of view in radians."""

    pose: Pose
    fov: tuple[float, float, float, float]

    def pack(self) -> bytes:
        return struct.pack("<11f4x", *self.fov, *self.pose)


@dataclass
class RemoteState:
    """Everything at once. *views* are the left and the right eye, None for the device's own."""

    head: Pose = field(default_factory=lambda: pose(0, 1.6, 0))
    views: tuple[ViewState, ViewState] | None = None
    left: ControllerState = field(default_factory=lambda: ControllerState(pose(-0.2, 1.3, -0.5)))
    right: ControllerState = field(default_factory=lambda: ControllerState(pose(0.2, 1.3, -0.5)))

    def pack(self) -> bytes:
        eyes = self.views or (ViewState(IDENTITY, (0, 0, 0, 0)),) * 2
        packet = HEADER + eyes[0].pack() + eyes[1].pack()
        packet += struct.pack("<7f?3x", *self.head, self.views is not None)
        return packet + self.left.pack() + self.right.pack()


class Remote:
    """A connection to the hub. Change *state*, then :meth:`send` it.

    Args:
        port: gives the hub's port on this machine; asked at each connection, for a restarted service has another.
    """

    def __init__(self, port: Callable[[], int]):
        self.state = RemoteState()
        self._port = port
        self._connected: int | None = None
        self._socket: socket.socket | None = None

    def send(self) -> None:
        """Bring the devices to *state*. What the runtime locates after this returns is that (within a millisecond)."""
        port = self._port()
        if self._socket is None or port != self._connected:
            self._connect(port)
        assert self._socket is not None
        self._socket.sendall(self.state.pack())
        time.sleep(0.005)

    def reset(self) -> None:
        """Back to the state of the beginning."""
        self.state = RemoteState()
        self.send()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connect(self, port: int, timeout_s: float = 10.0) -> None:
        self.close()
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                self._socket = socket.create_connection(("127.0.0.1", port), timeout=5.0)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        self._connected = port
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        greeting = b""  # the state after a reset, and the latest
        while len(greeting) < 2 * SIZE:
            greeting += self._socket.recv(2 * SIZE - len(greeting)) or _hung_up()


def _hung_up() -> bytes:
    raise ConnectionError("Monado's remote hub closed the connection.")
