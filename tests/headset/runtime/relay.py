"""Runs each file of headset tests in a process of its own and passes its reports on, so that all count in one run.

The tests need their Python on the runtime's C library, an environment that must stand before any graphics library is
loaded, and a process whose death is not everybody's. So the pytest that one starts (the outer one) does not run them:
for each file it starts an inner pytest with the file's chosen tests, and reports each test as the inner one does.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from runtime.prefix import Runtime, find

__all__ = ["INSIDE", "Outer", "Sender"]

INSIDE = "WALKBOX_INSIDE"
"""Set in the environment of the inner pytest: the descriptor that takes reports, or 1 by hand."""

HOME = "WALKBOX_INSIDE_HOME"
"""The folder of the inner pytest's service."""

LIMIT_S = 120.0
"""How long one test may say nothing."""


class Sender:
    """In the inner pytest: writes each report to the outer one, a line each."""

    def __init__(self, config: pytest.Config, descriptor: int):
        self._config = config
        self._pipe = os.fdopen(descriptor, "w", encoding="utf-8")
        os.set_inheritable(descriptor, False)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._write(self._config.hook.pytest_report_to_serializable(config=self._config, report=report))

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._write({"finished": nodeid})

    def _write(self, what: dict) -> None:
        self._pipe.write(json.dumps(what) + "\n")
        self._pipe.flush()


class Outer:
    """In the outer pytest: a plugin that runs the tests below *folder* inside, all but those marked ``outside``."""

    def __init__(self, config: pytest.Config, folder: Path):
        self._config, self._folder = config, folder
        self._files: dict[Path, Inner] = {}
        self._runtime = find()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        if not item.path.is_relative_to(self._folder) or item.get_closest_marker("outside"):
            return None
        runtime = self._runtime
        if isinstance(runtime, str) and os.environ.get("CI", "").lower() != "true":
            item.add_marker(pytest.mark.skip(reason=runtime))
            return None
        item.session._setupstate.teardown_exact(nextitem)  # what the test before left for this folder
        hook = item.ihook
        hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        if isinstance(runtime, str):
            hook.pytest_runtest_logreport(report=_failure(item, "setup", runtime))
        else:
            self._relay(item, runtime)
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _relay(self, item: pytest.Item, runtime: Runtime) -> None:
        inner = self._files.get(item.path)
        if inner is None:
            chosen = [other.nodeid for other in item.session.items if other.path == item.path]
            inner = self._files[item.path] = Inner(self._config, runtime, chosen)
        heard, trouble = inner.reports_of(item.nodeid)
        for data in heard:
            if isinstance(data["longrepr"], list):  # of a skip; JSON knows no tuples
                data["longrepr"] = tuple(data["longrepr"])
            report = self._config.hook.pytest_report_from_serializable(config=self._config, data=data)
            item.ihook.pytest_runtest_logreport(report=report)
        if trouble:
            when = ("setup", "call", "teardown", "teardown")[len(heard)]
            item.ihook.pytest_runtest_logreport(report=_failure(item, when, trouble))

    def pytest_sessionfinish(self) -> None:
        for inner in self._files.values():
            inner.close()


class Inner:
    """An inner pytest: one process, and what it says."""

    def __init__(self, config: pytest.Config, runtime: Runtime, chosen: list[str]):
        self._left = set(chosen)
        self._heard: dict[str, list[dict]] = {}
        self._finished: set[str] = set()
        self._trouble = ""
        self._closed = False
        self._home = Path(tempfile.mkdtemp(prefix="walkbox-"))
        self._said = self._home / "output.txt"
        self._lines: queue.Queue[str | None] = queue.Queue()
        read, write = os.pipe()
        aloud = config.option.capture == "no"
        words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(config.rootpath)]
        words += [f"--capture={config.option.capture}", f"--tb={config.option.tbstyle}"]
        words += ["--showlocals"] * bool(config.option.showlocals)
        words += [word for warning in config.option.pythonwarnings or () for word in ("-W", warning)]
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                runtime.command(sys.executable, *words, *chosen),
                cwd=config.rootpath,
                env={**os.environ, INSIDE: str(write), HOME: str(self._home)},
                pass_fds=[write],
                stdin=subprocess.DEVNULL,
                stdout=None if aloud else said,
                stderr=None if aloud else said,
                start_new_session=True,  # its services end with it
            )
        os.close(write)
        threading.Thread(target=self._listen, args=(read,), daemon=True).start()

    def _listen(self, descriptor: int) -> None:
        with os.fdopen(descriptor, encoding="utf-8") as pipe:
            for line in pipe:
                self._lines.put(line)
        self._lines.put(None)

    def reports_of(self, nodeid: str) -> tuple[list[dict], str]:
        """Wait until a test is done: its reports as data, and what went wrong with the process, if anything did."""
        while nodeid not in self._finished and not self._trouble:
            self._hear()
        self._left.discard(nodeid)
        heard = self._heard.pop(nodeid, [])
        if nodeid in self._finished and self._left:
            return heard, ""
        if not self._left and not self._trouble:  # the last one: does the process end well, too?
            while not self._trouble and self._hear():
                pass
        trouble = self._trouble
        if not self._left:
            self.close()
        return heard, trouble

    def _hear(self) -> bool:
        """Take in one line. False at the end of a process that ended well."""
        try:
            line = self._lines.get(timeout=LIMIT_S)
        except queue.Empty:
            self._process.send_signal(signal.SIGABRT)  # faulthandler says where it was
            self._wait(5.0)
            self._trouble = f"It said nothing for {LIMIT_S:g} s.\n{self._last_words()}"
            return False
        if line is None:
            self._wait(LIMIT_S)
            code = self._process.returncode
            if code not in (0, 1) or self._left - self._finished:
                self._trouble = f"Its process ended with exit code {code}.\n{self._last_words()}"
            return False
        data = json.loads(line)
        if "finished" in data:
            self._finished.add(data["finished"])
        else:
            self._heard.setdefault(data["nodeid"], []).append(data)
        return True

    def _wait(self, timeout_s: float) -> None:
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _last_words(self) -> str:
        words = []
        for title, path in (("the tests' process", self._said), ("monado-service", self._home / "service.log")):
            text = path.read_text(errors="replace") if path.exists() else ""
            words.append(f"-- last words of {title}:\n" + ("\n".join(text.splitlines()[-60:]) or "(none)"))
        return "\n".join(words)

    def close(self) -> None:
        """End the process and whatever it started. May be called twice."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        shutil.rmtree(self._home, ignore_errors=True)


def _failure(item: pytest.Item, when: str, why: str) -> pytest.TestReport:
    return pytest.TestReport(
        nodeid=item.nodeid, location=item.location, keywords={}, outcome="failed", longrepr=why, when=when
    )
