"""One context for the session; the GL error is checked before and after each test."""

from __future__ import annotations

import pytest

from walkbox.config import Settings
from walkbox.errors import HostError
from walkbox.hosts.offscreen import OffscreenHost
from walkbox.render.renderer import Renderer


@pytest.fixture(scope="session")
def session_host():
    try:
        host = OffscreenHost((320, 200), samples=1)
    except HostError as error:
        pytest.skip(str(error))
    yield host
    host.close()


@pytest.fixture
def host(session_host):
    assert session_host.ctx.error == "GL_NO_ERROR"
    yield session_host
    assert session_host.ctx.error == "GL_NO_ERROR"


@pytest.fixture
def another_host(host):
    """another_host(**options): further hosts, closed in the end; then the session's context is current again."""
    made = []

    def make(size_px, **options):
        made.append(OffscreenHost(size_px, **options))
        return made[-1]

    yield make
    for other in made:
        other.close()
        other.close()
    host.ctx.__enter__()


@pytest.fixture
def renderer(host):
    made = Renderer(host.ctx, Settings())
    yield made
    made.release()


@pytest.fixture
def photograph(host):
    """photograph(renderer, scene, pose) -> uint8 (H, W, 3)."""

    def take(renderer, scene, pose):
        for target in host.begin(pose):
            renderer.draw(scene, target.view, target.framebuffer)
        host.end()
        return host.read_pixels()

    return take
