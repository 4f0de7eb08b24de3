"""Scene files: the arrangement written down, and brought back.

A scene file is TOML (:mod:`walkbox.scene.scene_file` says what stands in it). Pictures are referred to: by their path
as seen from the file, their number in the data set, or how the noise is made. Pixels that exist nowhere else (a feature
map, something cut out, a photograph of the camera) lie beside it as PNG in ``NAME.pictures/``.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import shutil
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

import walkbox
from walkbox.app.recorder import place_of
from walkbox.app.references import path_at, path_from, target_from
from walkbox.commands import MakeNoise
from walkbox.engine.pictures import LoadedPicture, read_picture
from walkbox.errors import WalkboxError, nearest
from walkbox.files import fresh_path, save_png, written_whole
from walkbox.names import safe_name
from walkbox.noise import NOISES
from walkbox.scene.network import Network
from walkbox.scene.pictures import Picture
from walkbox.scene.scene import FIRST_MADE
from walkbox.scene.scene_file import Kept, Model, NoiseRecipe, PictureRef, Stand, document_of, kept_of
from walkbox.scene.setup import NetworkSetup, Pinned, Setup
from walkbox.toml_text import toml_text

if TYPE_CHECKING:
    from walkbox.app.walk import Walk

__all__ = ["SceneFile", "Scenes", "parse_scene", "read_scene"]

HEAD = """\
A scene of walkbox: how the walls of a network stand, what hangs in the air, what is in the input frame.
Open it with: walkbox run --scene THIS_FILE. Edit it as you like; what cannot be used is said and left out."""

TOLD = 4
"""So many problems of a file are told; of further ones only their number."""


@dataclass(frozen=True)
class SceneFile:
    """A scene file that was read.

    Attributes:
        path: its file; what it refers to is seen from the folder of it.
        document: what stands in it.
        kept: what of that can be used.
        problems: what cannot, a sentence each.
    """

    path: Path
    document: dict[str, Any] = field(default_factory=dict)
    kept: Kept = field(default_factory=Kept)
    problems: tuple[str, ...] = ()


def read_scene(path: Path) -> SceneFile:
    """Read a scene file.

    Raises:
        WalkboxError: it cannot be read, or is not TOML.
    """
    path = Path(path)
    try:
        document = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise WalkboxError(f"The scene {path} cannot be read: {error.strerror}. Name a scene file.") from error
    except (ValueError, RecursionError) as error:  # not UTF-8, or not TOML
        raise WalkboxError(f"The scene {path} is not TOML: {error}. Correct that line, or remove the file.") from error
    return parse_scene(path, document)


def parse_scene(path: Path, document: dict[str, Any]) -> SceneFile:
    """A scene file whose text has been read already."""
    kept, problems = kept_of(document)
    return SceneFile(Path(path), document, kept, tuple(problems))


class Scenes:
    """What a walk does with scene files. Main thread only.

    Attributes:
        path: the scene file of this walk, None while there is none.
        noises: how the pictures of noise were made, by id.
    """

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self.path: Path | None = None
        self.noises: dict[int, MakeNoise] = {}
        self._files: dict[int, Path] = {}  # of pictures that were read from, or written beside, a scene file
        self._given: Path | None = None
        self._waiting: SceneFile | None = None
        self._at_start = False
        self._arriving: Kept | None = None
        self._backed_up: set[Path] = set()
        self._weights = ""

    # -- opening -------------------------------------------------------------------------------------------------

    def begin(self, path: Path, scene: SceneFile | None) -> None:
        """The walk has a scene file; what changed is saved in it at the end.

        Args:
            path: the file.
            scene: what it says, arranged as soon as the network stands and its pictures are listed; None for a file
                that does not exist yet.
        """
        self.path = self._given = path
        self._waiting, self._at_start = scene, True

    def begin_with(self, scene: SceneFile) -> None:
        """The walk begins as a scene file says, which will not be written to."""
        self._waiting, self._at_start = scene, True

    def load(self, path: Path) -> None:
        """Arrange everything as a file says, as one step that can be undone.

        Raises:
            WalkboxError: it cannot be read, or is not TOML.
        """
        self._waiting = read_scene(path)
        self.path = Path(path)

    def attend(self) -> None:
        """Go on with a scene that is being opened. Once a frame."""
        walk = self._walk
        if self._waiting is not None and walk.network() is not None and not walk.pictures.opening:
            scene, self._waiting = self._waiting, None
            self._arrange(scene)
        if self._arriving is not None and not walk.arranging.busy:
            kept, self._arriving = self._arriving, None
            self._arrived(kept)
        if self._weights and walk.engine.weights_hash:
            wanted, self._weights = self._weights, ""
            if wanted != walk.engine.weights_hash:
                found = walk.engine.weights_hash
                text = f"The scene was arranged for other weights ({wanted[:12]}; these are {found[:12]})."
                walk.ui.say(text + " Colour limits may not fit them.", "warning")

    @property
    def busy(self) -> bool:
        """A scene is being opened."""
        return self._waiting is not None or self._arriving is not None

    def _arrange(self, scene: SceneFile) -> None:
        walk, kept = self._walk, scene.kept
        problems = list(scene.problems)
        network = walk.network()
        if network is not None and kept.model.title and kept.model.title != network.title:
            problems.insert(0, f"it was arranged for {kept.model.title}, and this is {network.title}.")
        ids = {number: self._picture(number, ref, scene.path, problems) for number, ref in kept.pictures.items()}
        setup = self._fitted(kept.setup, ids, problems)
        self._weights = kept.model.weights
        if self._at_start:
            walk.arranging.begin(setup)
        else:
            walk.arranging.replace(setup, f"opened {scene.path.name}")
        self._at_start = False
        self._arriving = kept
        self._tell(scene.path, problems)

    def _fitted(self, setup: Setup, ids: dict[int, int | None], problems: list[str]) -> Setup:
        """A setup of a file with the pictures and networks of this walk."""
        now = self._walk.scene.setup
        networks = dict(now.networks)
        for number, one in setup.networks.items():
            if number not in networks:
                problems.append(f"network {number} is not in this walk.")
                continue
            picture = None if one.picture is None else ids.get(one.picture)
            if one.picture is not None and picture is None:
                if one.picture not in ids:
                    problems.append(f"the picture in the frame, {one.picture}, is not described.")
                one = dataclasses.replace(one, picture=now.networks[number].picture, strokes=())
            else:
                one = dataclasses.replace(one, picture=picture)
            networks[number] = one
        objects: dict[int, Pinned] = {}
        for number, pinned in setup.objects.items():
            picture = ids.get(pinned.picture)
            if picture is not None:
                objects[number] = dataclasses.replace(pinned, picture=picture)
            elif pinned.picture not in ids:
                problems.append(f"picture {pinned.picture} of object {number} is not described.")
        return Setup(networks, objects, dict(setup.notes))

    def _picture(self, number: int, ref: PictureRef, file: Path, problems: list[str]) -> int | None:
        """Id of a picture of a file in this walk, which may still have to be decoded; None where it is missing."""
        source = self._walk.pictures.source
        path = path_at(ref.file, file) if ref.file else None
        if ref.entry is not None and ref.entry < len(source):
            known = source.path(ref.entry)
            same = known and path is not None and os.path.realpath(known) == os.path.realpath(path)
            if same or (source.name(ref.entry) == ref.name and not known):
                return ref.entry
        if path is not None and path.is_file():
            return self._from_file(number, ref, path, str(path))
        if ref.noise is not None:
            return self._noise(number, ref, ref.noise, problems)
        if ref.pixels and path_at(ref.pixels, file).is_file():
            return self._from_file(number, ref, path_at(ref.pixels, file), "")
        if ref.entry is not None and ref.entry < len(source) and source.name(ref.entry) == ref.name:
            return ref.entry  # the data set lies elsewhere now
        where = next((w for w in (ref.file, ref.pixels) if w), f"picture {ref.entry} of the data set")
        problems.append(f"the picture {ref.name or number} is missing: {where}.")
        return None

    def _from_file(self, number: int, ref: PictureRef, file: Path, path: str) -> int:
        """Have a file decoded, unless that was done before; *path* is what the picture says that it came from."""
        walk = self._walk
        for id, known in self._files.items():
            if known == file and walk.scene.has_picture(id):
                return id
        id = number if self._free(number) else self._fresh_id()
        walk.pictures.make(id, lambda: LoadedPicture(read_picture(file), ref.name or file.stem, ref.label, path))
        self._files[id] = file
        return id

    def _noise(self, number: int, ref: PictureRef, recipe: NoiseRecipe, problems: list[str]) -> int | None:
        command = MakeNoise(number, recipe.kind, recipe.seed, recipe.size_px, recipe.colour)
        for id, known in self.noises.items():
            if dataclasses.replace(known, picture=number, size_px=recipe.size_px) == command and self._is(id, ref):
                return id
        if recipe.kind not in NOISES:
            problems.append(f"there is no noise {recipe.kind!r}. {nearest(recipe.kind, NOISES)}".rstrip())
            return None
        id = number if self._free(number) else self._fresh_id()
        command = dataclasses.replace(command, picture=id)
        self._walk.pictures.made.noise(command)
        self.noises[id] = command
        return id

    def _is(self, id: int, ref: PictureRef) -> bool:
        """A picture that is here already is the one of a file."""
        picture = self._walk.scene.pictures.get(id)
        if picture is None or picture.name != ref.name:
            return False
        size = ref.noise.size_px if ref.noise is not None else None
        return size is None or picture.pixels.shape[1::-1] == size

    def _free(self, id: int) -> bool:
        return id >= FIRST_MADE and not self._walk.scene.has_picture(id)

    def _fresh_id(self) -> int:
        """An id above all that are in use: the same one whenever the same things are there, so that a replay meets it
        again (``scene.new_id()`` also counts what a hand took and put back).
        """
        scene = self._walk.scene
        return max(FIRST_MADE - 1, *scene.pictures, *scene.coming, *scene.setup.objects, *scene.setup.notes) + 1

    def _arrived(self, kept: Kept) -> None:
        """Everything stands where the scene has it: what is missing, and the place where one stood."""
        walk = self._walk
        for number, one in kept.setup.networks.items():
            network = walk.scene.networks.get(number)
            if network is not None:
                self._miss(network, one)
        if kept.stand is not None:
            stand = kept.stand
            walk.walker.jump(stand.position, stand.yaw, stand.pitch, scale=stand.scale)

    def _miss(self, network: Network, one: NetworkSetup) -> None:
        names = {layer.name for layer in network.graph.layers}
        missing = [name for name in {**one.walls, **one.channels, **one.limits} if name not in names]
        if missing:
            shown = ", ".join(missing[:TOLD]) + (" ..." if len(missing) > TOLD else "")
            count = "a layer" if len(missing) == 1 else f"{len(missing)} layers"
            text = f"The scene names {count} that {network.title} does not show: {shown}. What it says of them is kept."
            self._walk.ui.say(text, "warning")

    def _tell(self, path: Path, problems: list[str]) -> None:
        if problems:
            more = f" And {len(problems) - TOLD} more." if len(problems) > TOLD else ""
            told = " ".join(f"{problem[:1].upper()}{problem[1:]}" for problem in problems[:TOLD])
            text = f"Not everything in {path} can be used: {told}{more}"
            self._walk.ui.say(text, "warning", "\n".join(problems))

    # -- saving --------------------------------------------------------------------------------------------------

    def save(self, path: Path | None = None) -> Path:
        """Write the arrangement down; what the file said before this walk is kept beside it as ``NAME.toml.bak``.

        Args:
            path: the file; None for the one of this walk, or a new one among the person's documents.

        Returns:
            The file.

        Raises:
            WalkboxError: no model stands there yet, the file is there and no scene, or it cannot be written.
        """
        walk = self._walk
        network = walk.network()
        if network is None:
            raise WalkboxError("There is nothing to save yet: the model is still being loaded.")
        path = Path(path) if path is not None else self.path or _new_file(network.title)
        _check_scene(path)
        kept = self._kept(network, path)
        text = toml_text({"walkbox": walkbox.__version__, **document_of(kept)}, head=HEAD)
        if path.exists() and path.absolute() not in self._backed_up:
            with written_whole(path.with_name(path.name + ".bak")) as beside:
                shutil.copyfile(path, beside)
        with written_whole(path) as beside:
            beside.write_text(text, encoding="utf-8", newline="\n")
        self._backed_up.add(path.absolute())
        self.path, walk.arranging.changed = path, False
        if path not in walk.saved:
            walk.saved.append(path)
        walk.ui.say(f"Saved {path}")
        return path

    def end(self) -> str:
        """The walk ends: what has changed is saved, where it was begun with a scene file. Never raises.

        Returns:
            Why that failed, or an empty string.
        """
        walk = self._walk
        if self._given is None or self.path != self._given or not walk.arranging.changed or walk.network() is None:
            return ""
        walk.arranging.changed = False
        try:
            self.save()
        except WalkboxError as error:
            return str(error)
        return ""

    def _kept(self, network: Network, path: Path) -> Kept:
        walk, setup = self._walk, self._walk.scene.setup
        target = walk.target if isinstance(walk.target, str) else ""
        model = Model(target_from(target, path), network.title, walk.engine.weights_hash)
        place = place_of(walk.walker, walk.settings.eye_height_m)
        stand = Stand(place.spot, place.yaw, place.pitch, place.scale)
        used = {one.picture for one in setup.networks.values()} | {o.picture for o in setup.objects.values()}
        numbers = sorted(number for number in used if number is not None)
        refs = {number: self._ref(number, path) for number in numbers}
        return Kept(setup, model, stand, {number: ref for number, ref in refs.items() if ref is not None})

    def _ref(self, number: int, path: Path) -> PictureRef | None:
        """How a scene file refers to a picture; where nothing else leads to it, its pixels are written beside."""
        walk, source = self._walk, self._walk.pictures.source
        if number < len(source):
            file = source.path(number)
            return PictureRef(source.name(number), source.label(number), path_from(file, path) if file else "", number)
        picture = walk.scene.pictures.get(number)
        recipe = self.noises.get(number)
        if picture is None:
            walk.ui.say(f"Picture {number} has not come yet: the scene does without it.", "warning")
            return None
        ref = PictureRef(picture.name, picture.label)
        if recipe is not None:
            height, width = picture.pixels.shape[:2]
            return dataclasses.replace(ref, noise=NoiseRecipe(recipe.kind, recipe.seed, (width, height), recipe.colour))
        if picture.path and Path(picture.path).is_file():
            return dataclasses.replace(ref, file=path_from(picture.path, path))
        pixels = _write_pixels(picture, path)
        self._files[number] = path_at(pixels, path)
        return dataclasses.replace(ref, pixels=pixels)


def _write_pixels(picture: Picture, path: Path) -> str:
    """Write a PNG beside a scene file, once; its path as seen from there."""
    folder = path.with_name(f"{path.stem}.pictures")
    digest = hashlib.sha256(f"{picture.pixels.shape}".encode() + picture.pixels.tobytes()).hexdigest()[:16]
    file = folder / f"{digest}.png"
    if not file.exists():
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise WalkboxError(f"Cannot make {folder}: {error.strerror}. The scene was not saved.") from error
        save_png(picture.pixels, file)
    return f"{folder.name}/{file.name}"


def _check_scene(path: Path) -> None:
    """Refuse to write over a file that is no scene."""
    if not path.exists():
        return
    document = read_scene(path).document
    if type(document.get("version")) is not int or not document.keys() & {"network", "model"}:
        raise WalkboxError(f"{path} exists and is no scene of walkbox. Name another file.")


def _new_file(title: str) -> Path:
    folder = Path(platformdirs.user_documents_dir()) / "walkbox"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WalkboxError(f"Cannot make {folder}: {error.strerror}. Name a file for the scene.") from error
    return fresh_path(folder, f"{safe_name(title)} {time.strftime('%Y-%m-%d %H.%M.%S')}", ".toml")
