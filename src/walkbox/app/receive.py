"""What the walk does with each message of the model thread and of the picture loader."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from walkbox.app.exports import end_export
from walkbox.app.layouts import Arranged, stand_anew
from walkbox.engine.inputs import takes_pictures
from walkbox.findings import Exported
from walkbox.messages import (
    Failure,
    InputPicture,
    LayerReading,
    LayerStatistics,
    Message,
    Prediction,
    Progress,
    Remark,
    RunFinished,
)
from walkbox.resources import asset
from walkbox.scene.network import Network
from walkbox.scene.setup import NetworkSetup

if TYPE_CHECKING:
    from walkbox.app.walk import Walk

__all__ = ["receive"]

AT_THE_DESK = "W A S D walks, the right mouse button looks around, a click chooses. F1 shows all keys."
WORN = "The trigger chooses what the ray meets, the stick pushed forward goes there, menu or B shows the panels."


def receive(walk: Walk, message: Message) -> None:
    """Take in one message (blocks and mip levels go to the renderer instead)."""
    match message:
        case Arranged():
            _build(walk, message)
        case _ if walk.pictures.receive(message):
            pass
        case Progress():
            walk.ui.set_progress(message)
        case Remark():
            walk.ui.say(message.text)
        case Failure():
            _fail(walk, message)
        case Exported():
            end_export(walk, message)
        case _:
            network = walk.scene.networks.get(message.network)
            if network is None:
                return
            match message:
                case LayerStatistics():
                    network.describe(message)
                    walk.arranging.heard(message)
                case LayerReading():
                    network.readings[message.layer] = message
                    walk.pictures.made.heard(message)
                    walk.arranging.heard(message)
                case InputPicture():
                    network.seen, network.seen_run = message.pixels, message.run
                    walk.scene.furniture_revision += 1
                case RunFinished():
                    network.busy = False
                    if network.findings.finished(message.run):
                        walk.scene.furniture_revision += 1
                    if walk.scene.selected is not None and walk.scene.selected[0] == network.id:
                        walk.engine.read(walk.scene.selected[1])
                    if network.error is not None and network.graph.error is None:
                        network.error = network.error_layer = None
                        walk.scene.furniture_revision += 1
                case _:
                    if network.findings.take(message) and isinstance(message, Prediction):
                        walk.scene.furniture_revision += 1


def _build(walk: Walk, message: Arranged) -> None:
    network = walk.scene.networks.get(message.network)
    ready = walk.layouts.take_ready(message.network)
    if network is not None:
        stand_anew(walk, network, message)
        walk.renderer.sync(walk.scene)  # blocks of the new graph come next, and need its walls
        return
    assert ready is not None  # its graph has been laid out
    network = Network(message.network, message.graph, message.arrangement, title=ready.title, classes=ready.classes)
    network.display = walk.display
    network.notes = (*ready.notes, *message.graph.notes)
    walk.scene.networks[network.id] = network
    walk.arranging.adopt(network, NetworkSetup(walk.layout, message.graph.detail, display=walk.display))
    walk.scene.furniture_revision += 1
    walk.enter(network)
    for note in network.notes:
        walk.ui.say(note)
    if walk.panels is not None:
        walk.ui.say(WORN if walk.ui.worn else AT_THE_DESK)
    spec = walk.engine.spec
    assert spec is not None  # the graph is made from it
    if walk.given_pictures:
        walk.pictures.open(list(walk.given_pictures), place=True)
    elif spec.images is not None:
        walk.pictures.open(spec.images, place=spec.example_made_up)
    elif takes_pictures(spec):
        # A model file without pictures of its own still deserves something to look at.
        walk.pictures.open(_demo_pictures(), place=spec.example_made_up)


def _demo_pictures() -> list[Path]:
    """The photographs that come with walkbox, the cat first: it shows most in most models."""
    return sorted(asset("demo/images").rglob("*.jpg"), key=lambda p: (p.stem[-1], p.parent.name != "cat", p))


def _fail(walk: Walk, message: Failure) -> None:
    walk.ui.say(message.message, "error", message.details)
    network = walk.scene.networks.get(message.network)
    if network is None:
        walk.failed = message.message
        return
    if message.run:
        network.busy = False
        network.error, network.error_layer = message.message, message.layer
        walk.pictures.made.failed(network.id)
        walk.arranging.heard(message)
        walk.scene.furniture_revision += 1
