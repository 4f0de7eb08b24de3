"""A walk in a headset that nobody has:  make headset-demo  ·  python tests/headset/demo.py [TARGET]

Monado plays the headset. On a screen, head and hands hang on mouse and keyboard; without one, or with ``--visit``, a
visitor made of numbers walks through the demo: comes in, points at a map, opens its panel, jumps to a layer. Either way
what both eyes saw is left as pictures at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from runtime.prefix import Runtime, find

START_S = 30.0

KEYS = """\
Monado's window is the headset's mouse and keyboard, the other one shows what you see. Click into Monado's, then:
    right button held, arrows   look around          W A S D Q E   move (left shift: faster)
    left alt held               the same keys move and turn the right hand (left ctrl: the left one)
    left button                 trigger              middle button squeeze
    T F G H                     thumb stick: T held and let go teleports, F and H turn
    N                           menu: the board with the panels
Ctrl-C here ends the walk; what both eyes saw last is then in {folder}."""


@contextmanager
def monado(runtime: Runtime, home: Path, display: str, **extra: str) -> Iterator[dict[str, str]]:
    """A service of its own. Gives the environment for programs that open the runtime."""
    environment = {**os.environ, **runtime.environment()}
    environment |= {"XDG_RUNTIME_DIR": str(home), "XDG_CONFIG_HOME": str(home / "config"), "DISPLAY": display}
    environment |= {"OXR_NO_PRINTING": "1"}
    environment.pop("WAYLAND_DISPLAY", None)
    own = {"XRT_NO_STDIN": "1", "XRT_COMPOSITOR_FORCE_XCB": "1", "XRT_COMPOSITOR_DEFAULT_FRAMERATE": "60"}
    with (home / "service.log").open("wb") as log:
        service = subprocess.Popen(
            runtime.command(runtime.service), env=environment | own | extra,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,  # Ctrl-C is not for it
        )  # fmt: skip
    try:
        deadline = time.monotonic() + START_S
        while not (home / "monado_comp_ipc").exists():
            if service.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("monado-service did not start:\n" + (home / "service.log").read_text()[-2000:])
            time.sleep(0.05)
        yield environment
    finally:
        service.terminate()
        try:
            service.wait(5)
        except subprocess.TimeoutExpired:
            service.kill()
            service.wait()


@contextmanager
def virtual_screen() -> Iterator[str]:
    """DISPLAY of an X server without a screen."""
    if shutil.which("Xvfb") is None:
        raise SystemExit("Xvfb is not installed (Debian, Ubuntu: apt install xvfb).")
    read, write = os.pipe()
    words = ["Xvfb", "-displayfd", str(write), *"-screen 0 2560x1600x24 -nolisten tcp -noreset".split()]
    server = subprocess.Popen(words, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            yield f":{pipe.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


def by_hand(runtime: Runtime, home: Path, target: str, folder: Path) -> int:
    """Somebody at this screen is the headset."""
    display = os.environ["DISPLAY"]
    qwerty = {"QWERTY_ENABLE": "1", "XRT_DEBUG_GUI": "1", "XRT_COMPOSITOR_SCALE_PERCENTAGE": "100"}
    with monado(runtime, home, display, **qwerty) as environment:
        print(KEYS.format(folder=folder), flush=True)
        words = ["-m", "walkbox", "run", target, "--host", "headset", "--save-views", folder]
        return run(runtime.command(sys.executable, *words), environment)


def run(command: list[str], environment: dict[str, str]) -> int:
    """Run a command to its end, also when Ctrl-C has asked it to come to one."""
    with subprocess.Popen(command, env=environment) as process:
        while True:
            with suppress(KeyboardInterrupt):
                return process.wait()


def by_numbers(runtime: Runtime, home: Path, target: str, folder: Path) -> int:
    """A visitor of numbers is the headset, on a screen that nobody sees."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (home / "config/monado").mkdir(parents=True)
    remote = {"active": "remote", "remote": {"version": 0, "port": port, "view_count": 2}}
    (home / "config/monado/config_v0.json").write_text(json.dumps(remote))
    scale = {"XRT_COMPOSITOR_SCALE_PERCENTAGE": "100"}
    with ExitStack() as stack:
        display = stack.enter_context(virtual_screen())
        environment = stack.enter_context(monado(runtime, home, display, **scale))
        words = runtime.command(sys.executable, Path(__file__).with_name("visitor.py"), target, folder, str(port))
        return run(words, environment)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("target", nargs="?", default="demo", help="model file (default: the demo)")
    parser.add_argument(
        "--visit", action="store_true", help="let the visitor of numbers walk, even where there is a screen"
    )
    parser.add_argument(
        "--save-views", type=Path, default=Path("walk-views"), metavar="DIR", help="default: walk-views"
    )
    args = parser.parse_args()
    runtime = find()
    if isinstance(runtime, str):
        print(runtime, file=sys.stderr)
        return 1
    args.save_views.mkdir(parents=True, exist_ok=True)
    go = by_numbers if args.visit or not os.environ.get("DISPLAY") else by_hand
    with tempfile.TemporaryDirectory(prefix="walkbox-") as home:
        return go(runtime, Path(home), args.target, args.save_views)


if __name__ == "__main__":
    sys.exit(main())
