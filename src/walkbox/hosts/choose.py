"""Which host a walk gets: the headset, a window, or memory."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from walkbox.config import Settings
from walkbox.errors import HostError
from walkbox.hosts import platform
from walkbox.hosts.headset import facts

if TYPE_CHECKING:
    from walkbox.hosts.base import Host

__all__ = ["HOSTS", "MIRRORS", "open_host"]

HOSTS = ("auto", "headset", "desktop", "offscreen")
MIRRORS = ("eye", "spectator", "off")


def open_host(
    wanted: str,
    settings: Settings,
    title: str = "walkbox",
    mirror: str = "eye",
    *,
    found: Mapping[str, Any] | None = None,
    say: Callable[[str], None] = lambda line: print(line, file=sys.stderr),
) -> Host:
    """Open the host that was asked for.

    Args:
        wanted: one of :data:`HOSTS`. ``auto`` takes the headset where a runtime and a headset answer, else the window.
            A headset that is only asleep, or whose service is not running yet, is asked again while one walks.
        settings: read by the host.
        title: of the window.
        mirror: what the window shows while the headset is worn, one of :data:`MIRRORS`.
        found: what :func:`walkbox.hosts.headset.facts.ask` said, where it was asked before.
        say: gets the one line that says why ``auto`` took the window.

    Raises:
        HostError: the headset was asked for and does not answer, or there is no display; with what to do.
    """
    from walkbox.hosts.offscreen import OffscreenHost

    if wanted == "offscreen":
        return OffscreenHost(fov_deg=settings.fov_deg, samples=settings.msaa)
    if wanted == "desktop":
        return _desk(settings, title, window=True)
    display = platform.display_server() is not None
    obstacle = facts.obstacle(found if found is not None else facts.ask())
    if obstacle is not None:
        if wanted == "headset":
            raise HostError(f"No headset: {obstacle.what}. {obstacle.todo}")
        if display:
            say(f"No headset: {obstacle.what}. Walking in the window.")
        if not (display and obstacle.may_pass):
            return _desk(settings, title, window=True)
    from walkbox.hosts.headset.host import HeadsetHost

    return HeadsetHost(_desk(settings, title, display), settings, mirror=mirror, required=wanted == "headset")


def _desk(settings: Settings, title: str, window: bool) -> Host:
    """A window, or where there is no display a context in memory."""
    if window:
        from walkbox.hosts.desktop import DesktopHost

        return DesktopHost(settings, title=title)
    from walkbox.hosts.offscreen import OffscreenHost

    return OffscreenHost(fov_deg=settings.fov_deg, samples=settings.msaa)
