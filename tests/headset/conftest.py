"""A real OpenXR runtime for the tests in this folder. README.md says how to use it."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from runtime.prefix import find
from runtime.relay import HOME, INSIDE, Outer, Sender
from runtime.remote import Remote
from runtime.screen import read_xwd
from runtime.service import Monado

inside = os.environ.get(INSIDE, "")
VALIDATION = "validation.txt"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "outside: needs no runtime, runs in the pytest that was started")
    if not inside:
        config.pluginmanager.register(Outer(config, Path(__file__).parent), "headset tests")
    elif int(inside) > 2:
        config.pluginmanager.register(Sender(config, int(inside)), "reports to the outer pytest")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if inside and len(files := {item.path.name for item in items}) > 1:
        raise pytest.UsageError(f"{INSIDE} is set: one file at a time, not {', '.join(sorted(files))}.")


@pytest.fixture(scope="module")
def monado(request: pytest.FixtureRequest) -> Iterator[Monado]:
    """The running service. A module may say ``COMPOSITOR = "null"`` (shows nothing), ``SCREEN = False`` (no X)."""
    runtime = find()
    assert not isinstance(runtime, str), runtime
    given = os.environ.get(HOME)
    with nullcontext(given) if given else tempfile.TemporaryDirectory(prefix="walkbox-") as folder:
        home = Path(folder)
        compositor, screen = getattr(request.module, "COMPOSITOR", "window"), getattr(request.module, "SCREEN", True)
        service = Monado(runtime, home, compositor=compositor, screen=screen)
        service.environment |= {
            "XR_ENABLE_API_LAYERS": "XR_APILAYER_LUNARG_core_validation",  # the loader finds it in pyopenxr's package
            "XR_CORE_VALIDATION_EXPORT_TYPE": "text",
            "XR_CORE_VALIDATION_FILE_NAME": str(home / VALIDATION),
        }
        with pytest.MonkeyPatch.context() as patch:
            for name, value in service.environment.items():
                if value is None:
                    patch.delenv(name, raising=False)
                else:
                    patch.setenv(name, value)
            try:
                service.start()
                yield service
            finally:
                service.close()


class Validation:
    """What the core validation layer has written."""

    def __init__(self, monado: Monado):
        self._file, self._read = monado.home / VALIDATION, 0

    def new(self) -> list[str]:
        """Errors and warnings since the last call: OpenXR was used against its specification."""
        data = self._file.read_bytes() if self._file.exists() else b""
        new, self._read = data[self._read :].decode(errors="replace"), len(data)
        entries = re.split(r"^(?=\[)", new, flags=re.M)
        return [entry.strip() for entry in entries if re.search("VALID_(ERROR|WARNING)", entry)]


@pytest.fixture(scope="module")
def validation(monado: Monado) -> Iterator[Validation]:
    made = Validation(monado)
    yield made
    assert not (wrong := made.new()), "OpenXR was used wrongly after the last test:\n" + "\n".join(wrong)


@pytest.fixture(autouse=True)
def validated(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test during which OpenXR was used against its specification."""
    if not inside:
        yield
        return
    validation: Validation = request.getfixturevalue("validation")
    validation.new()
    yield
    assert not (wrong := validation.new()), "OpenXR was used wrongly:\n" + "\n".join(wrong)


@pytest.fixture(scope="module")
def hub(monado: Monado) -> Iterator[Remote]:
    remote = Remote(lambda: monado.port)
    yield remote
    remote.close()


@pytest.fixture
def remote(monado: Monado, hub: Remote) -> Remote:
    """Moves head and hands; in the state of the beginning."""
    if not monado.running:
        monado.start()
    hub.reset()
    return hub


@pytest.fixture
def composited(monado: Monado) -> Callable[[], list[np.ndarray]]:
    """Gives what Monado shows now for the left and the right eye: uint8 (540, 480, 3) each, row 0 on top."""

    def read() -> list[np.ndarray]:
        picture = read_xwd(monado.picture)[:540, :960]  # its window stands in the corner
        return [picture[:, :480], picture[:, 480:]]

    return read
