"""The walk: the one loop that joins host, hands, panels, model thread and renderer."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from walkbox.app.arranging import Arranging
from walkbox.app.asking import Asking
from walkbox.app.execute import execute
from walkbox.app.layouts import Layouts
from walkbox.app.pictures import Pictures
from walkbox.app.receive import receive
from walkbox.app.scenes import Scenes
from walkbox.app.transitions import Transitions
from walkbox.app.upload_budget import UploadBudget
from walkbox.commands import Command, Pose
from walkbox.config import Settings
from walkbox.engine.thread import ModelThread
from walkbox.errors import WalkboxError
from walkbox.geometry import pose_of, walker_matrix
from walkbox.graph import Detail
from walkbox.hosts.base import Host
from walkbox.hosts.platform import is_software
from walkbox.inputs import Input
from walkbox.interaction.actions import commands_of
from walkbox.interaction.locomotion import Walker
from walkbox.interaction.pointing import Pointing
from walkbox.interaction.wearer import Wearer
from walkbox.layout import LAYOUTS
from walkbox.messages import Block, Mailbox, MipLevels
from walkbox.render.renderer import Renderer
from walkbox.scene.display import Display
from walkbox.scene.network import Network
from walkbox.scene.scene import Scene
from walkbox.settings_file import SettingsKeeper
from walkbox.ui.places import BOARD_SCALE
from walkbox.ui.state import UiState

if TYPE_CHECKING:
    from walkbox.app.recorder import Recorder
    from walkbox.app.replay import Player
    from walkbox.render.panels import PanelRenderer

__all__ = ["Walk"]

BUSY_FRAME_S = 0.25
"""Where the processor draws: time between frames while the model runs and nobody moves."""

NAP_S = 0.01
ALL_BYTES = 1 << 62
NOTE_M = 1.2, -0.15
"""How far away a note is pinned, and how much of that lower than the eyes; metres of the person."""


class Walk:
    """One walk through one model, on any host. Everything here runs on the main thread.

    Args:
        target: what :func:`walkbox.capture.target.load` takes, or a loaded ``ModelSpec``.
        host: where to draw, and where input comes from. The walk closes it.
        panels: draw imgui panels on top.
        layout, detail: how the network is laid out, and which outputs are its layers.
        display: the colours to start with.
        pictures: picture files or folders for the shelf instead of the model file's own; the first goes into the input
            frame.
        weights, device, dtype: as for :func:`walkbox.capture.target.load`.
        keeper: keeps the settings that are changed in the walk; None forgets them.

    Attributes:
        scene, settings, walker, wearer, renderer, engine: the parts.
        ui: what panels show: notices, progress, which of them are open.
        failed: what kept the model from being loaded, or None.
        running: False once the walk is to end.
        screenshot: where the next frame is to be saved, or None; saved: what was saved.
        recorder: writes down every command and where one stands, or None.
        player: does what a recording says, in place of the person, or None.
    """

    def __init__(
        self,
        target: Any,
        host: Host,
        *,
        panels: bool = False,
        settings: Settings | None = None,
        layout: str = "linear",
        detail: Detail = "layers",
        display: Display | None = None,
        pictures: tuple[str, ...] = (),
        weights: Path | None = None,
        device: str = "cpu",
        dtype: str | None = None,
        keeper: SettingsKeeper | None = None,
    ):
        self.target = target
        self.host = host
        self.settings = settings or Settings()
        self.layout = layout
        self.display = display or Display()
        self.given_pictures = pictures
        self.scene = Scene()
        self.mailbox = Mailbox()
        self.failed: str | None = None
        self.running = True
        self.screenshot: Path | None = None
        self.saved: list[Path] = []
        self.recorder: Recorder | None = None
        self.player: Player | None = None
        self.keeper = keeper
        self.walker = Walker()
        self.wearer = Wearer()
        self.asking = Asking(self)
        self.pointing = Pointing()
        self.renderer = Renderer(host.ctx, self.settings)
        self.panels = _panel_renderer(host) if panels else None
        self.ui = UiState(self.scene, self.settings, self.panels.picture if self.panels else _no_picture)
        self.ui.gpu, self.ui.layouts = str(host.ctx.info["GL_RENDERER"]), tuple(LAYOUTS)
        self.pictures = Pictures(self)
        self.arranging = Arranging(self)
        self.scenes = Scenes(self)
        self.layouts = Layouts(self)
        self.transitions = Transitions()
        self._frozen: object = None
        self._walled: object = None
        self._software, self._drawn_s = is_software(host.ctx), 0.0
        self._upload_budget = UploadBudget()
        self._shown: tuple[Any, ...] = (None, set(), 0)
        self.engine = ModelThread(target, self.mailbox, detail=detail, weights=weights, device=device, dtype=dtype)
        self.engine.start()

    # -- the loop -----------------------------------------------------------------------------------------------

    def run(self, frames: int = 0) -> None:
        """Walk until the walk is ended, the model cannot be loaded, or after so many frames (0: no limit)."""
        count = 0
        while self.running and not self.failed and (not frames or count < frames):
            self.frame()
            count += 1

    def frame(self) -> bool:
        """One frame: input, commands, messages, uploads, pictures of every view. True when something was drawn."""
        input = self.host.poll()
        if input.quit:
            self.running = False
        if self.player is None or self.player.finished:
            self._act(input)
        else:
            self.player.act(self, input)
        if self.recorder is not None:
            self.recorder.frame(self)
        self.receive()
        self.transitions.advance(input.dt_s)
        if not self._worth_drawing(input):
            self.upload(ALL_BYTES)  # no frame waits for it
            self.mailbox.wait(NAP_S)
            return False
        self.upload(self._upload_budget.bytes_for(self.settings.upload_budget_bytes, self.host.time_left_s()))
        began = time.perf_counter()
        self.draw(self.pose(), self.walker.world_from_play(), input)
        self._upload_budget.drawn(time.perf_counter() - began)
        if self.screenshot is not None:
            self.save_screenshot()
        self._keep_settings()
        self._freeze_garbage()
        return True

    def _act(self, input: Input) -> None:
        """Hands, mouse and keys: move the walker, point, carry out what is asked for."""
        closing = self._closing() if "close" in input.actions else None
        self.ui.worn = self.wearer.update(
            self.walker,
            self.scene,
            input,
            self.settings,
            self.pointing,
            panels_want_ray=self.panels is not None and self.wearer.board.open and self.panels.want_mouse,
            panel_open=closing is not None,
        )
        commands = commands_of(
            input, self.scene, closing=closing, pointed=self.pointing.hits.get("mouse"), nearest=self._nearest(input)
        )
        eye = self.pose()[:3, 3]
        self._command(commands + self.pointing.update(self.scene, input, eye, self.walker.scale))
        self.scene.presence.carried = self.pointing.quads(self.scene)
        self.asking.update(input.dt_s)
        if not self.ui.worn:
            self.walker.update(input, self.settings)
            return
        self._offer_board(input.head)
        self.wearer.show(self.walker, self.scene, input, self.pointing)
        for pulse in self.wearer.pulses:
            self.host.pulse(pulse.hand, pulse.strength * self.settings.haptics, pulse.duration_s)

    def _nearest(self, input: Input) -> int | None:
        """The layer that one stands before, looked for only when an action may need it."""
        network = self.network()
        if network is None or not input.actions or not len(network.graph.layers):
            return None
        return int(network.nearest_layers(self.walker.spot)[0])

    def _closing(self) -> Command | None:
        if self.panels is None:
            return None
        from walkbox.ui.overlays import close_newest

        return close_newest(self.ui)

    def _offer_board(self, head: Any) -> None:
        """Hang the board before the wearer's eyes when there is something new on it."""
        before = self._shown
        errors = sum(notice.kind == "error" for notice in self.ui.notices)
        self._shown = now = (self.scene.selected, set(self.ui.open), errors)
        if (now[0] is not None and now[0] != before[0]) or now[1] - before[1] or errors > before[2]:
            self.wearer.board.open_before(head)

    def _worth_drawing(self, input: Input) -> bool:
        """False now and then while the model runs in software: what draws takes its cores, and nobody is moving."""
        now = time.perf_counter()
        if not self._software or input.head is not None:
            self._drawn_s = now
            return True
        network = self.network()
        still = not (input.ui or input.actions or any(input.move) or any(input.look) or input.wheel)
        still = still and not (self.walker.travelling or self.pointing.busy or self.transitions.moving)
        still = still and self.screenshot is None and not self.walker.velocity.any()
        if still and network is not None and network.busy and now - self._drawn_s < BUSY_FRAME_S:
            return False
        self._drawn_s = now
        return True

    def _command(self, commands: list[Command]) -> None:
        for command in commands:
            try:
                self.do(command)
            except WalkboxError as error:
                self.ui.say(str(error), "error")

    def do(self, command: Command) -> None:
        """Carry a command out now.

        Raises:
            WalkboxError: its words are wrong.
        """
        if self.recorder is not None:
            self.recorder.command(command)
        execute(self, command)

    def receive(self) -> None:
        """Take in what the model thread and the picture loader have sent."""
        for message in self.layouts.due(self.mailbox.drain()):
            if isinstance(message, (Block, MipLevels)):
                self.renderer.accept(message)
            else:
                receive(self, message)
        self.pictures.attend()
        self.scenes.attend()

    def upload(self, budget_bytes: int) -> None:
        """Send waiting blocks to their textures, what stands nearest first."""
        network = self.network()
        if network is None or not self.renderer.pending:
            return
        if network.graph is not self._walled:  # a block needs its wall
            self._walled = network.graph
            self.renderer.sync(self.scene)
        order: list[int] = network.nearest_layers(self.walker.spot).tolist()
        self.engine.near(order)
        began = time.perf_counter()
        for block in self.renderer.upload(budget_bytes, order):
            network.show(block)
        self._upload_budget.uploaded(self.renderer.counters.uploaded_bytes, time.perf_counter() - began)
        if self.renderer.shortfall:
            self.ui.say(self.renderer.shortfall, "warning")

    def draw(
        self, world_from_view: np.ndarray, world_from_play: np.ndarray | None = None, input: Input | None = None
    ) -> None:
        """Draw the scene into every view that the host gives, the panels on top, and show it.

        Args:
            world_from_view: pose of the camera of a window or picture.
            world_from_play: pose of a headset's play space, its scale included; None: the wearer stands at the camera.
            input: this frame's; none for a picture.
        """
        input = input or Input()
        targets = self.host.begin(world_from_view, world_from_play)
        worn = input.head is not None
        if worn and targets and self.panels is not None:
            self._draw_board(self.panels, input)
        self.renderer.sync(self.scene)
        self.renderer.draw_views(self.scene, [(target.view, target.framebuffer, target.hidden) for target in targets])
        if self.panels is not None and not worn:
            for target in targets:
                self._draw_panels(self.panels, target.framebuffer, input, input.scale)
        self.host.end()

    def _draw_board(self, panels: PanelRenderer, input: Input) -> None:
        """The panels of a wearer: on a rectangle that the runtime shows by itself, else on one in the scene."""
        board = self.wearer.board
        if not board.open:
            self.ui.note_frame(input.dt_s)
            return
        framebuffer = self.host.panel_layer(board.play_from_board, board.size_m, board.size_px)
        if framebuffer is None:
            framebuffer = self.renderer.board(board.size_px)
        else:
            self.scene.presence.world_from_board = None
        framebuffer.clear(0.0, 0.0, 0.0, 0.0)
        self._draw_panels(panels, framebuffer, input, BOARD_SCALE)

    def _draw_panels(self, panels: PanelRenderer, framebuffer: Any, input: Input, scale: float) -> None:
        from walkbox.ui.panels import draw

        ui = self.ui
        ui.note_frame(input.dt_s)
        ui.settings, ui.size_px, ui.scale = self.settings, framebuffer.size, scale
        ui.crosshair = input.crosshair
        ui.spot, ui.facing = self.walker.spot, self.walker.facing
        history = self.arranging.history
        ui.can_undo, ui.can_redo = history.can_undo, history.can_redo
        if ui.shows("note"):
            ui.here = self._before_the_eyes()
        used, budget = self.renderer.counters.texture_bytes >> 20, self.settings.texture_budget_bytes >> 20
        ui.memory_text = f"{used} of {budget} MiB of textures"
        ui.uploaded_bytes, ui.time_left_s = self.renderer.counters.uploaded_bytes, self.host.time_left_s()
        ui.headset, ui.late_frames = self.host.headset, self.host.late_frames
        panels.begin(framebuffer.size, input.dt_s, input.ui, scale)
        commands = draw(ui)
        panels.draw(framebuffer)
        self.host.panels_have_mouse = panels.want_mouse
        self.host.panels_have_keyboard = panels.want_keyboard
        self._command(commands)

    # -- what stands where --------------------------------------------------------------------------------------

    def network(self) -> Network | None:
        """The first network, once the model has been recorded."""
        return next(iter(self.scene.networks.values()), None)

    def enter(self, network: Network) -> None:
        """Stand at a network's entrance."""
        arrangement = network.arrangement
        self.walker.jump(arrangement.entrance, arrangement.entrance_yaw)
        self.walker.stay_near(*arrangement.bounds)

    def pose(self) -> np.ndarray:
        """world_from_view of the walker."""
        return self.walker.world_from_view(self.settings.eye_height_m)

    def _before_the_eyes(self) -> Pose:
        """Where a note is pinned: an arm's length and a half away, a little lower than the eyes, facing them."""
        eye, yaw, scale = self.pose()[:3, 3], self.walker.facing, self.walker.scale
        ahead = np.array([-math.sin(yaw), NOTE_M[1], -math.cos(yaw)]) * (NOTE_M[0] * scale)
        return pose_of(walker_matrix(eye + ahead, yaw, 0.0))

    # -- pictures without a person ------------------------------------------------------------------------------

    def settle(self, timeout_s: float = 900.0, on_wait: Callable[[str], None] = lambda task: None) -> None:
        """Wait until the model has run and everything it says has arrived (for pictures and tests, not for the loop).

        Args:
            timeout_s: how long at most.
            on_wait: called again and again meanwhile, with what is being done.

        Raises:
            TimeoutError: after *timeout_s* seconds.
        """
        deadline = time.monotonic() + timeout_s
        while not self.failed:
            # Asked before the mailbox is emptied: what is posted in between makes one more round.
            quiet = self._resting()
            self.receive()
            self.transitions.arrive()
            self.upload(ALL_BYTES)
            if quiet and self.quiet():
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"The model was not done after {timeout_s:g} s.")
            on_wait(next((p.task for p in self.ui.progress), "running the model"))
            self.mailbox.wait(0.02)

    def quiet(self) -> bool:
        """All that was asked for has been done, has arrived and is drawn."""
        return self._resting() and not (self.renderer.pending or self.transitions.moving or len(self.mailbox))

    def _resting(self) -> bool:
        """No thread has anything to do."""
        return not (self.pictures.busy or self.layouts.busy or self.scenes.busy) and self.engine.idle

    def photograph(self, world_from_view: np.ndarray) -> np.ndarray:
        """uint8 (H, W, 3) of the scene as it stands, seen from a pose."""
        self.draw(world_from_view)
        return self.host.read_pixels()

    # -- the end of a frame, and the end ------------------------------------------------------------------------

    def save_screenshot(self) -> None:
        """Save the frame last drawn where :attr:`screenshot` says."""
        from walkbox.files import save_png

        assert self.screenshot is not None
        path, self.screenshot = self.screenshot, None
        try:
            save_png(self.host.read_pixels(), path)
        except WalkboxError as error:
            self.ui.say(str(error), "error")
        else:
            self.saved.append(path)
            self.ui.say(f"Saved {path}")

    def _keep_settings(self) -> None:
        if self.keeper is not None:
            for text in self.keeper.save_if_due():
                self.ui.say(text, "warning")

    def _freeze_garbage(self) -> None:
        """Once the scene stands, keep the garbage collector from walking through it again and again."""
        network = self.network()
        if network is not None and network.graph is not self._frozen:
            self._frozen = network.graph
            gc.collect()
            gc.freeze()

    def close(self) -> None:
        """Save the scene where that was asked for, stop the model thread and free what the renderer holds; the host is
        closed last. May be called twice.
        """
        self.scenes.end()
        self.engine.close()
        self.layouts.close()
        if self.recorder is not None:
            self.recorder.close()
        self.pictures.close()
        if self.keeper is not None:
            self.keeper.flush()
        if self.panels is not None:
            self.panels.close()
        self.renderer.release()
        self.host.close()

    def __enter__(self) -> Walk:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _panel_renderer(host: Host) -> PanelRenderer:
    from walkbox.render.panels import PanelRenderer
    from walkbox.resources import asset

    return PanelRenderer(host.ctx, asset("fonts/Inter-Medium.otf"))


def _no_picture(*_: Any, **__: Any) -> Any:
    raise RuntimeError("this walk draws no panels")
