from __future__ import annotations

import os
import subprocess
import sys

import moderngl
import pytest

from walkbox.errors import HostError
from walkbox.hosts import platform

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="EGL is Linux")


@linux
def test_every_way_is_tried_and_the_packages_are_named(monkeypatch):
    tried = []

    def fail(**options):
        tried.append((options.get("device_index"), os.environ.get("EGL_PLATFORM")))
        raise Exception("eglInitialize failed (0x3001)")

    monkeypatch.delenv("EGL_PLATFORM", raising=False)
    monkeypatch.setattr(moderngl, "create_context", fail)
    with pytest.raises(HostError, match=r"libegl1.*walkbox doctor") as caught:
        platform.offscreen_context()
    assert "0x3001" in str(caught.value)
    assert tried[0] == (0, None) and (1, None) in tried
    assert tried[-1] == (None, "surfaceless")
    assert "EGL_PLATFORM" not in os.environ


@linux
def test_a_second_device_is_used_when_the_first_fails(monkeypatch):
    def second(**options):
        if options.get("device_index") != 1:
            raise Exception("eglCreateContext failed (0x3009)")
        return "context"

    monkeypatch.setattr(moderngl, "create_context", second)
    assert platform.offscreen_context() == "context"


@linux
@pytest.mark.parametrize(
    ("window", "environment", "expected"),
    [
        (False, {"DISPLAY": ":0"}, "egl"),
        (True, {"DISPLAY": ":0"}, "glx"),
        (True, {"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, "egl"),
        (False, {}, "egl"),
        (True, {"DISPLAY": ":0", "PYOPENGL_PLATFORM": "osmesa"}, "osmesa"),
    ],
)
def test_the_loader_is_settled_once(monkeypatch, window, environment, expected):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "PYOPENGL_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    platform.prepare(window=window)
    assert os.environ["PYOPENGL_PLATFORM"] == expected
    monkeypatch.setenv("PYOPENGL_PLATFORM", expected)  # so that leaving the test puts the old value back


def test_importing_the_host_opens_nothing():
    script = "import sys, walkbox.hosts.offscreen; print(*(m in sys.modules for m in ('OpenGL', 'glfw', 'torch')))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["False", "False", "False"], done.stderr


def test_samples(host):
    most = host.ctx.max_samples
    assert platform.choose_samples(host.ctx, (640, 480), 0) == min(4, most)
    assert platform.choose_samples(host.ctx, (640, 480), 1) == 1
    assert platform.choose_samples(host.ctx, (640, 480), 10_000) == most
    if platform.is_software(host.ctx):
        assert platform.choose_samples(host.ctx, (3840, 2160), 0) == 1
        assert platform.choose_samples(host.ctx, (3840, 2160), 4) == min(4, most)
