"""One private Monado on one private X server, started and stopped as a test wants it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.prefix import Runtime

__all__ = ["Monado"]

START_S = 30.0


class Monado:
    """The service with its remote devices, and the environment in which a program finds it.

    Args:
        runtime: which Monado.
        home: an empty folder of its own with a short name (sockets lie in it).
        compositor: ``window`` composites into a window on the X server, 60 Hz; ``null`` composites nothing, 20 Hz.
        screen: start an X server. Without one there is only the null compositor, and EGL.
        scale: per cent of the picture size that the runtime would recommend; of the window only.
        rate_hz: of the window's display.

    Attributes:
        port: of the remote hub; another one after each start.
        log: the service's own words; of all its lives.
        picture: the XWD file in which the X server keeps what is on its screen.
        environment: what a program needs in its environment, None for what must not be there.
    """

    def __init__(
        self,
        runtime: Runtime,
        home: Path,
        *,
        compositor: str = "window",
        screen: bool = True,
        scale: int = 25,
        rate_hz: int = 60,
    ):
        self.runtime, self.home, self.compositor = runtime, home, compositor
        self.scale, self.rate_hz = scale, rate_hz
        self.port = 0
        self.log = home / "service.log"
        self.picture = home / "Xvfb_screen0"
        self._service: subprocess.Popen | None = None
        self._screen: subprocess.Popen | None = None
        (home / "config/monado").mkdir(parents=True, exist_ok=True)
        self.environment: dict[str, str | None] = {
            **runtime.environment(),
            "XDG_RUNTIME_DIR": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "OXR_NO_PRINTING": "1",
            "WAYLAND_DISPLAY": None,
            "XDG_SESSION_TYPE": None,
            "DISPLAY": self._start_screen() if screen else None,
        }

    @property
    def running(self) -> bool:
        """The service lives."""
        return self._service is not None and self._service.poll() is None

    def start(self) -> None:
        """Start the service and wait until programs can reach it.

        Raises:
            RuntimeError: with its last words.
        """
        if self.running:
            return
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        remote = {"active": "remote", "remote": {"version": 0, "port": self.port, "view_count": 2}}
        (self.home / "config/monado/config_v0.json").write_text(json.dumps(remote))
        reached = self.home / "monado_comp_ipc"
        reached.unlink(missing_ok=True)  # left by one that was killed
        environment = self.of({**os.environ}) | {"XRT_NO_STDIN": "1"}
        if self.compositor == "null":
            environment["XRT_COMPOSITOR_NULL"] = "1"
        else:
            environment["XRT_COMPOSITOR_FORCE_XCB"] = "1"
            environment["XRT_COMPOSITOR_SCALE_PERCENTAGE"] = str(self.scale)
            environment["XRT_COMPOSITOR_DEFAULT_FRAMERATE"] = str(self.rate_hz)
        with self.log.open("ab") as log:
            self._service = subprocess.Popen(
                self.runtime.command(self.runtime.service),
                env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + START_S
        while not reached.exists():
            if not self.running or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"monado-service did not start. Its last words:\n{self.last_words()}")
            time.sleep(0.02)

    def kill(self) -> None:
        """End the service at once, as a crash does."""
        if self._service is not None:
            self._service.kill()
            self._service.wait()
            self._service = None

    def restart(self) -> None:
        """Kill the service and start it again."""
        self.kill()
        self.start()

    def close(self) -> None:
        """End the service and the X server."""
        self.kill()
        if self._screen is not None:
            self._screen.terminate()
            self._screen.wait()
            self._screen = None

    def of(self, environment: dict[str, str]) -> dict[str, str]:
        """A copy of an environment in which the service is found."""
        both = {**environment, **self.environment}
        return {name: value for name, value in both.items() if value is not None}

    def control(self, *words: str) -> str:
        """What ``monado-ctl`` answers."""
        program = self.runtime.service.with_name("monado-ctl")
        command, environment = self.runtime.command(program, *words), self.of({**os.environ})
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=True).stdout

    @contextmanager
    def second(self) -> Iterator[None]:
        """Another program has the focus meanwhile (a session with frames, that shows nothing)."""
        program = subprocess.Popen(
            self.runtime.command(sys.executable, Path(__file__).with_name("second.py")),
            env=self.of({**os.environ}), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            assert program.stdout and program.stderr
            if "FOCUSED\n" not in iter(program.stdout.readline, ""):
                raise RuntimeError(f"The second program got no focus:\n{program.stderr.read()}")
            yield
            program.communicate("end\n", timeout=START_S)
        finally:
            program.kill()
            program.communicate()

    def last_words(self, lines: int = 20) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:]) or "(none)"

    def _start_screen(self) -> str:
        if shutil.which("Xvfb") is None:
            raise RuntimeError("Xvfb is not installed (Debian, Ubuntu: apt install xvfb).")
        read, write = os.pipe()
        options = "-screen 0 2560x1600x24 -nolisten tcp -noreset -fbdir".split()
        with (self.home / "screen.log").open("ab") as log:
            self._screen = subprocess.Popen(
                ["Xvfb", "-displayfd", str(write), *options, str(self.home)],
                pass_fds=[write], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        os.close(write)
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise RuntimeError(f"Xvfb did not start:\n{(self.home / 'screen.log').read_text()}")
        return f":{number}"
