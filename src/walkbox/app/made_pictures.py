"""Pictures that are made in the walk: noise, cut-outs, feature maps as they are coloured, frames of a camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from walkbox.app.webcam import take_frame
from walkbox.colour import colours
from walkbox.commands import CopyMap, CropPicture, MakeNoise, TakeWebcam
from walkbox.engine.inputs import picture_slot
from walkbox.engine.pictures import LoadedPicture
from walkbox.errors import PictureError, UsageError
from walkbox.messages import LayerReading
from walkbox.noise import noise, noise_name
from walkbox.scene.network import Network
from walkbox.scene.pictures import Picture

if TYPE_CHECKING:
    from walkbox.app.walk import Walk

__all__ = ["MadePictures"]

LEAST_PX = 224
"""Maps are enlarged by whole numbers until their longer side has so many pixels."""

NOISE_PX = 224
"""Side of a noise for a model whose input has no size."""


class MadePictures:
    """Carries out the commands that make pictures. Each comes onto the shelf with the command's id when it is ready."""

    def __init__(self, walk: Walk):
        self._walk = walk
        self._maps: list[CopyMap] = []

    @property
    def busy(self) -> bool:
        """A map's values are still to come."""
        return bool(self._maps)

    def noise(self, command: MakeNoise) -> None:
        """Make noise, of the size of the model's input where the command gives none."""
        size = command.size_px if any(command.size_px) else self._input_px()

        def work() -> LoadedPicture:
            pixels = noise(command.kind, size, command.seed, command.colour)
            return LoadedPicture(pixels, noise_name(command.kind, command.seed))

        self._walk.pictures.make(command.picture, work)

    def crop(self, command: CropPicture) -> None:
        """Cut a part out of another picture.

        Raises:
            PictureError: there is no such picture, or nothing in the box.
        """
        self._walk.pictures.reserve(command.picture)

        def cut(source: Picture) -> None:
            height, width = source.pixels.shape[:2]
            left, top, right, bottom = (min(max(share, 0.0), 1.0) for share in command.box)
            x, y = round(left * width), round(top * height)
            part = source.pixels[y : max(round(bottom * height), y + 1), x : max(round(right * width), x + 1)]
            if part.size:
                made = LoadedPicture(np.ascontiguousarray(part), f"part of {source.name}", source.label)
                self._walk.pictures.add(command.picture, made)
            else:
                self._walk.pictures.give_up(command.picture, f"There is nothing in that part of {source.name}.")

        try:
            self._walk.pictures.when(command.source, cut)
        except PictureError:
            self._walk.pictures.release(command.picture)
            raise

    def copy_map(self, command: CopyMap) -> None:
        """Make a picture of a map, at once where its exact values are here, else when they come.

        Raises:
            UsageError: there is no such map.
        """
        network = self._walk.scene.networks.get(command.network)
        layers = network.graph.layers if network is not None else ()
        if network is None or not 0 <= command.layer < len(layers):
            raise UsageError(f"There is no layer {command.layer} in network {command.network}.")
        layer = layers[command.layer]
        if not 0 <= command.channel < layer.maps.count:
            raise UsageError(f"{layer.name} has no map {command.channel}; 0 to {layer.maps.count - 1} were expected.")
        self._walk.pictures.reserve(command.picture)
        reading = network.readings.get(command.layer)
        if reading is not None and reading.run == network.run:
            self._coloured(command, network, reading)
        else:
            self._maps.append(command)
            self._walk.engine.read(command.layer)

    def heard(self, message: LayerReading) -> None:
        """Values came that a map may have been waiting for."""
        waiting = [c for c in self._maps if (c.network, c.layer) == (message.network, message.layer)]
        if waiting:
            self._maps = [command for command in self._maps if command not in waiting]
            for command in waiting:
                self._coloured(command, self._walk.scene.networks[command.network], message)

    def failed(self, network: int) -> None:
        """The run failed: values that are waited for will not come."""
        for command in [command for command in self._maps if command.network == network]:
            self._maps.remove(command)
            self._walk.pictures.give_up(command.picture, "The model failed before the map's values were read.")

    def webcam(self, command: TakeWebcam) -> None:
        """Take a frame of a camera or a video."""
        self._walk.pictures.make(command.picture, lambda: take_frame(command.camera))

    def _coloured(self, command: CopyMap, network: Network, reading: LayerReading) -> None:
        layer, channel = command.layer, command.channel
        own = network.map_ranges(layer)
        low, high = (network.ranges()[layer] if own is None else own[channel]).tolist()
        pixels = colours(reading.values[channel], low, high, network.colormaps()[layer], network.display.transfer)
        times = max(1, -(-LEAST_PX // max(pixels.shape[:2])))
        pixels = np.ascontiguousarray(pixels.repeat(times, axis=0).repeat(times, axis=1))
        name = f"{network.graph.layers[layer].name} \N{MIDDLE DOT} channel {channel}"
        self._walk.pictures.add(command.picture, LoadedPicture(pixels, name))

    def _input_px(self) -> tuple[int, int]:
        """Width and height of what the model takes."""
        spec = self._walk.engine.spec
        try:
            slot = None if spec is None else picture_slot(spec)
        except PictureError:
            slot = None
        if slot is None or not slot.order:
            return NOISE_PX, NOISE_PX
        return slot.size("W"), slot.size("H")
