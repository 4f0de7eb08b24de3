"""For every test: slow ones last, and a header that says what the tests ran on."""

from __future__ import annotations

import os
import tempfile
from importlib import metadata

import pytest
from headset.runtime.prefix import find

# Threads of torch that wait shall not keep the cores from the others: software OpenGL draws on them too.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# The settings of whoever runs the tests are neither read nor written.
_CONFIGURATION = tempfile.TemporaryDirectory(prefix="walkbox-settings-")
os.environ["WALKBOX_CONFIG_DIR"] = _CONFIGURATION.name


def pytest_unconfigure() -> None:
    _CONFIGURATION.cleanup()


def pytest_report_header() -> list[str]:
    from walkbox.cli import probe

    packages = ["torch", "numpy", "moderngl", "glfw", "imgui-bundle", "pyopenxr"]
    graphics, monado = probe.ask("offscreen"), find()
    return [
        "packages: " + ", ".join(f"{name} {metadata.version(name)}" for name in packages),
        "graphics: " + (graphics.get("error") or f"{graphics['renderer']}, OpenGL {graphics['version']}"),
        f"OpenXR: {monado if isinstance(monado, str) else monado.folder or monado.service}",
    ]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("menagerie") is not None)
