"""Pictures in the walk: they are opened, decoded when they are looked at, made, and put into input frames.

Everything here runs on the render thread and returns at once; the work is done by :class:`walkbox.app.decoder.Decoder`
and comes back through the mailbox.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from walkbox.app.decoder import Decoder, PictureMade, SourceOpened, ThumbnailDecoded
from walkbox.app.made_pictures import MadePictures
from walkbox.brush import Stroke
from walkbox.engine.datasets import PictureSource
from walkbox.engine.pictures import LoadedPicture
from walkbox.errors import PictureError
from walkbox.messages import Message
from walkbox.scene.pictures import Picture
from walkbox.scene.scene import FIRST_MADE

if TYPE_CHECKING:
    from walkbox.app.walk import Walk

__all__ = ["Pictures"]

THUMBNAIL_BYTES = 96 << 20
"""Of thumbnails that are kept, shown or not."""

PICTURE_BYTES = 256 << 20
"""Of whole pictures of the data set that are kept although nothing shows them."""

THUMBNAILS_A_FRAME = 2
"""So many new ones go to the GPU in a frame, which shows hardly fewer and is never late for them."""

TOLD = 3
"""So many broken pictures of a data set are told; further ones are only marked on the shelf."""


class Pictures:
    """What the walk does with pictures.

    Attributes:
        source: the data set on the shelf.
        made: makes further ones.
    """

    def __init__(self, walk: Walk):
        self._walk = walk
        self._decoder = Decoder(walk.mailbox)
        self.source = PictureSource()
        self.made = MadePictures(walk)
        self._thumbnails: OrderedDict[int, np.ndarray | None] = OrderedDict()
        self._thumbnail_bytes = 0
        self._used: OrderedDict[int, None] = OrderedDict()  # whole pictures of the data set, the newest last
        self._waiting: dict[int, list[Callable[[Picture], None]]] = {}
        self._placing: dict[int, tuple[int | None, tuple[Stroke, ...]]] = {}
        self._failed: set[int] = set()
        self._told = 0
        self._opening = 0
        self._came: list[ThumbnailDecoded] = []
        self._attended: tuple | None = None
        walk.scene.shelf.thumbnails = self._thumbnails

    @property
    def opening(self) -> bool:
        """Pictures are still being listed."""
        return self._opening > 0

    @property
    def busy(self) -> bool:
        """Something that is shown, placed or made is not there yet."""
        return bool(self._waiting or self.made.busy) or self._decoder.busy or bool(self._missing())

    def close(self) -> None:
        """End the threads."""
        self._decoder.close()

    # The data set -----------------------------------------------------------------------------------------------------

    def open(self, images: Any, *, place: bool) -> None:
        """Put more pictures on the shelf.

        Args:
            images: what :func:`walkbox.engine.datasets.open_source` takes.
            place: put the first of them into the input frame.
        """
        network = self._walk.network()
        self._opening += 1
        self._decoder.open(images, network.classes if network is not None else (), place)

    def attend(self) -> None:
        """Show thumbnails that have come, and have those decoded that are in sight or soon will be. Once a frame."""
        scene, shelf, in_panels = self._walk.scene, self._walk.scene.shelf, self._walk.ui.wanted
        now = shelf.revision, len(self._thumbnails), scene.setup.objects, self._walk.pointing.carried
        if not self._came and not in_panels and now == self._attended:
            return
        self._take_thumbnails()
        self._show_thumbnails()
        count = len(self.source)
        ids = (*shelf.shown(), *in_panels, *shelf.near())
        self._decoder.wish(self.source, [id for id in ids if id < count and id not in self._thumbnails])
        in_panels.clear()
        for pinned in scene.setup.objects.values():
            self._ask(pinned.picture)
        if now[3] is not None:
            self._ask(now[3])
        self._attended = now if now[0] == shelf.revision else None

    def _missing(self) -> list[int]:
        """What is in sight and not shown yet."""
        count, shelf = len(self.source), self._walk.scene.shelf
        return [id for id in shelf.shown() if id < count and id not in shelf.seen]

    # Whole pictures ---------------------------------------------------------------------------------------------------

    def when(self, id: int, then: Callable[[Picture], None]) -> None:
        """Do something with a picture: at once where its pixels are here, else when they come.

        Raises:
            PictureError: there is no such picture, nor will be.
        """
        scene = self._walk.scene
        picture = scene.pictures.get(id)
        if picture is not None:
            if id in self._used:
                self._used.move_to_end(id)
            then(picture)
        elif scene.has_picture(id):
            self._failed.discard(id)
            self._ask(id)
            self._waiting.setdefault(id, []).append(then)
        else:
            raise PictureError(
                f"There is no picture {id}. The shelf has {scene.shelf.total:,}, and what was made may be gone by now."
            )

    def place(self, id: int | None, network: int = 0, strokes: tuple[Stroke, ...] = ()) -> None:
        """Put a picture into an input frame and run the model on it, as soon as its pixels are here.

        The newest wins: a picture that is still being decoded when another one is placed is not run.

        Args:
            id: of the picture; None for the model's example.
            network: whose input frame.
            strokes: what was painted on it.

        Raises:
            PictureError: there is no such picture.
        """
        wanted = id, strokes

        def put(picture: Picture | None) -> None:
            if self._placing.get(network) != wanted:
                return
            del self._placing[network]
            shown = self._walk.scene.networks[network]
            if shown.picture is not picture:
                self._walk.scene.place(None if picture is None else picture.id, network)
                self._walk.scene.shelf.shuffle()
            shown.busy = True
            self._walk.engine.run(None if picture is None else picture.pixels, strokes)

        before = self._placing.get(network)
        self._placing[network] = wanted
        if id is None:
            put(None)
            return
        try:
            self.when(id, put)
        except PictureError:
            del self._placing[network]
            if before is not None:
                self._placing[network] = before
            raise

    def placing(self, network: int = 0) -> bool:
        """A picture was placed whose pixels are still to come: its run has not been asked for."""
        return network in self._placing

    def make(self, id: int, work: Callable[[], LoadedPicture]) -> None:
        """Make a picture beside the frame loop; it comes onto the shelf when it is ready.

        Raises:
            PictureError: the id is taken.
        """
        self.reserve(id)
        self._decoder.make(id, work)

    def reserve(self, id: int) -> None:
        """A picture of this id will come: :meth:`add`, :meth:`give_up` or :meth:`release` end that.

        Raises:
            PictureError: the id is taken.
        """
        scene = self._walk.scene
        if scene.has_picture(id) or id < FIRST_MADE:
            raise PictureError(
                f"A new picture cannot have the id {id}: it is taken, or one of the data set's. One of scene.new_id()"
                " was expected."
            )
        scene.coming.add(id)

    def release(self, id: int) -> None:
        """It will not come, and nobody waits for it."""
        self._walk.scene.coming.discard(id)

    def add(self, id: int, made: LoadedPicture) -> None:
        """Put a picture that was made onto the shelf."""
        scene = self._walk.scene
        scene.coming.discard(id)
        picture = scene.add_picture(made.pixels, made.name, id=id, label=made.label, path=made.path)
        scene.shelf.reveal(id)
        self._arrived(picture)

    def give_up(self, id: int, problem: str) -> None:
        """It will not come: say so, and let frames that wait for it go back to what is in them."""
        scene = self._walk.scene
        scene.coming.discard(id)
        self._failed.add(id)
        self._waiting.pop(id, None)
        self._walk.ui.say(problem, "error")
        self._placing = {number: wanted for number, wanted in self._placing.items() if wanted[0] != id}
        networks = dict(scene.setup.networks)
        for number, one in networks.items():
            network = scene.networks.get(number)
            if one.picture == id and network is not None:
                shown = None if network.picture is None else network.picture.id
                networks[number] = replace(one, picture=shown, strokes=())
        if networks != scene.setup.networks:
            self._walk.arranging.bring(replace(scene.setup, networks=networks))

    def _ask(self, id: int) -> None:
        """Decode a picture of the data set, unless it is here or under way."""
        scene = self._walk.scene
        known = id in scene.pictures or id in scene.coming or id in self._failed
        if known or id >= len(self.source):
            return
        scene.coming.add(id)
        source = self.source
        self._decoder.make(id, lambda: source.read(id))

    def _arrived(self, picture: Picture) -> None:
        for then in self._waiting.pop(picture.id, []):
            then(picture)

    # What comes back --------------------------------------------------------------------------------------------------

    def receive(self, message: Message) -> bool:
        """Take in a message of the decoder; False when it is none."""
        match message:
            case SourceOpened():
                self._opened(message)
            case ThumbnailDecoded():
                self._came.append(message)
            case PictureMade():
                self._made(message)
            case _:
                return False
        return True

    def _opened(self, message: SourceOpened) -> None:
        scene = self._walk.scene
        self._opening -= 1
        for problem in message.problems:
            self._walk.ui.say(problem, "error")
        if message.first is None:
            return
        self.source = message.source
        scene.shelf.catalogue = message.source
        scene.furniture_revision += 1
        self._told = 0
        if message.first:
            scene.shelf.reveal(message.first)
        if message.place:
            self._walk.arranging.place_first(message.first)

    def _take_thumbnails(self) -> None:
        """Keep what has come, as much as there is room for."""
        for message in self._came:
            self._decoder.taken(message.entry)
            if message.entry in self._thumbnails:
                continue
            self._thumbnails[message.entry] = message.pixels
            if message.pixels is not None:
                self._thumbnail_bytes += message.pixels.nbytes
                continue
            self._told += 1
            if self._told <= TOLD:
                self._walk.ui.say(message.problem, "error")
        self._came.clear()
        if self._thumbnail_bytes > THUMBNAIL_BYTES:
            self._trim_thumbnails()

    def _show_thumbnails(self) -> None:
        """Onto the shelf: those that stay, and a few more."""
        shelf, room = self._walk.scene.shelf, THUMBNAILS_A_FRAME
        seen = set()
        for id in shelf.shown():
            if id in self._thumbnails and (id in shelf.seen or room):
                room -= id not in shelf.seen
                seen.add(id)
        if seen != shelf.seen:
            shelf.show(seen)

    def _trim_thumbnails(self) -> None:
        """Forget those that were in sight longest ago."""
        shelf = self._walk.scene.shelf
        for id in (*reversed(shelf.near()), *shelf.shown()):
            if id in self._thumbnails:
                self._thumbnails.move_to_end(id)
        while self._thumbnail_bytes > THUMBNAIL_BYTES and len(self._thumbnails) > shelf.page:
            _, pixels = self._thumbnails.popitem(last=False)
            self._thumbnail_bytes -= 0 if pixels is None else pixels.nbytes

    def _made(self, message: PictureMade) -> None:
        scene = self._walk.scene
        if message.picture is None:
            self.give_up(message.id, message.problem)
            return
        if message.id >= FIRST_MADE:
            self.add(message.id, message.picture)
            return
        scene.coming.discard(message.id)
        made = message.picture
        self._used[message.id] = None
        picture = scene.add_picture(
            made.pixels, made.name, id=message.id, label=made.label, path=made.path, on_shelf=False
        )
        self._arrived(picture)
        self._trim_pictures()

    def _trim_pictures(self) -> None:
        """Forget whole pictures of the data set that nothing shows; they can be decoded again."""
        scene = self._walk.scene
        shown = {network.picture.id for network in scene.networks.values() if network.picture is not None}
        shown |= {pinned.picture for pinned in scene.setup.objects.values()} | {self._walk.pointing.carried}
        total = sum(scene.pictures[id].pixels.nbytes for id in self._used)
        for id in list(self._used)[:-1]:
            if total <= PICTURE_BYTES:
                return
            if id not in shown:
                del self._used[id]
                total -= scene.pictures.pop(id).pixels.nbytes
