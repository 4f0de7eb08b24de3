"""The walk: the one loop that joins host, hands, panels, model thread and renderer."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from walkbox.app.execute import execute
from walkbox.app.pictures import PictureLoader
from walkbox.app.receive import receive
from walkbox.commands import Command
from walkbox.config import Settings
from walkbox.engine.thread import ModelThread
from walkbox.errors import WalkboxError
from walkbox.graph import Detail
from walkbox.hosts.base import Host
from walkbox.hosts.platform import is_software
from walkbox.inputs import Input
from walkbox.interaction.actions import commands_of
from walkbox.interaction.locomotion import Walker
from walkbox.interaction.pointing import Pointing
from walkbox.layout import LAYOUTS
from walkbox.messages import Block, Mailbox, MipLevels
from walkbox.render.renderer import Renderer
from walkbox.scene.display import Display
from walkbox.scene.network import Network
from walkbox.scene.scene import Scene
from walkbox.ui.state import UiState

if TYPE_CHECKING:
    from walkbox.render.panels import PanelRenderer

__all__ = ["Walk"]

BUSY_FRAME_S = 0.25
"""Where the processor draws: time between frames while the model runs and nobody moves."""

NAP_S = 0.01
ALL_BYTES = 1 << 62


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

    Attributes:
        scene, settings, walker, renderer, engine: the parts.
        ui: what panels show: notices, progress, which of them are open.
        failed: what kept the model from being loaded, or None.
        running: False once the walk is to end.
        screenshot: where the next frame is to be saved, or None; saved: what was saved.
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
    ):
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
        self.walker = Walker()
        self.pointing = Pointing()
        self.renderer = Renderer(host.ctx, self.settings)
        self.panels = _panel_renderer(host) if panels else None
        self.ui = UiState(self.scene, self.settings, self.panels.picture if self.panels else _no_picture)
        self.ui.gpu, self.ui.layouts = str(host.ctx.info["GL_RENDERER"]), tuple(LAYOUTS)
        self.pictures = PictureLoader(self.mailbox)
        self._frozen: object = None
        self._walled: object = None
        self._software, self._drawn_s = is_software(host.ctx), 0.0
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
        self._command(self._asked(input))
        self.walker.update(input, self.settings)
        self.receive()
        if not self._worth_drawing(input):
            self.upload(ALL_BYTES)  # no frame waits for it
            self.mailbox.wait(NAP_S)
            return False
        self.upload(self.settings.upload_budget_bytes)
        self.draw(self.pose(), input)
        if self.screenshot is not None:
            self._save_screenshot()
        self._freeze_garbage()
        return True

    def _worth_drawing(self, input: Input) -> bool:
        """False now and then while the model runs in software: what draws takes its cores, and nobody is moving."""
        network = self.network()
        now = time.perf_counter()
        still = not (input.ui or input.actions or any(input.move) or any(input.look) or self.walker.travelling)
        still = still and self.screenshot is None and not self.walker.velocity.any()
        if self._software and still and network is not None and network.busy and now - self._drawn_s < BUSY_FRAME_S:
            return False
        self._drawn_s = now
        return True

    def _asked(self, input: Input) -> list[Command]:
        closing = None
        if self.panels is not None:
            from walkbox.ui.overlays import close_newest

            closing = close_newest(self.ui)
        return commands_of(input, self.scene, closing=closing) + self.pointing.update(self.scene, input)

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
        execute(self, command)

    def receive(self) -> None:
        """Take in what the model thread and the picture loader have sent."""
        for message in self.mailbox.drain():
            if isinstance(message, (Block, MipLevels)):
                self.renderer.accept(message)
            else:
                receive(self, message)

    def upload(self, budget_bytes: int) -> None:
        """Send waiting blocks to their textures, what stands nearest first."""
        network = self.network()
        if network is None or not self.renderer.pending:
            return
        if network.graph is not self._walled:  # a block needs its wall
            self._walled = network.graph
            self.renderer.sync(self.scene)
        order: list[int] = network.nearest_layers(self.walker.position).tolist()
        self.engine.near(order)
        for block in self.renderer.upload(budget_bytes, order):
            network.show(block)
        if self.renderer.shortfall:
            self.ui.say(self.renderer.shortfall, "warning")

    def draw(self, world_from_view: np.ndarray, input: Input | None = None) -> None:
        """Draw the scene into every view that the host gives for that pose, the panels on top, and show it."""
        self.renderer.sync(self.scene)
        for target in self.host.begin(world_from_view):
            self.renderer.draw(self.scene, target.view, target.framebuffer)
            if self.panels is not None:
                self._draw_panels(self.panels, target.framebuffer, input or Input())
        self.host.end()

    def _draw_panels(self, panels: PanelRenderer, framebuffer: Any, input: Input) -> None:
        from walkbox.ui.panels import draw

        ui = self.ui
        ui.note_frame(input.dt_s)
        ui.settings, ui.size_px, ui.scale = self.settings, framebuffer.size, input.scale
        ui.crosshair, ui.carried = input.crosshair, self.pointing.carried
        used, budget = self.renderer.counters.texture_bytes >> 20, self.settings.texture_budget_bytes >> 20
        ui.memory_text = f"{used} of {budget} MiB of textures"
        panels.begin(framebuffer.size, input.dt_s, input.ui, input.scale)
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
            quiet = self.engine.idle and not self.pictures.busy
            self.receive()
            self.upload(ALL_BYTES)
            if quiet and self.engine.idle and not self.renderer.pending and not len(self.mailbox):
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"The model was not done after {timeout_s:g} s.")
            on_wait(next((p.task for p in self.ui.progress), "running the model"))
            self.mailbox.wait(0.02)

    def photograph(self, world_from_view: np.ndarray) -> np.ndarray:
        """uint8 (H, W, 3) of the scene as it stands, seen from a pose."""
        self.draw(world_from_view)
        return self.host.read_pixels()

    # -- the end of a frame, and the end ------------------------------------------------------------------------

    def _save_screenshot(self) -> None:
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

    def _freeze_garbage(self) -> None:
        """Once the scene stands, keep the garbage collector from walking through it again and again."""
        network = self.network()
        if network is not None and network.graph is not self._frozen:
            self._frozen = network.graph
            gc.collect()
            gc.freeze()

    def close(self) -> None:
        """Stop the model thread and free what the renderer holds; the host is closed last. May be called twice."""
        self.engine.close()
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
