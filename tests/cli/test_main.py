"""The frame of the command line: exit codes, messages, what goes to which stream."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import types
from collections.abc import Callable

import pytest

from walkbox import __version__
from walkbox.cli.main import VERBS, main
from walkbox.errors import TargetError, UsageError


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable], None]:
    """Install a function as the verb ``try``, which takes ``--number N``."""

    def install(run: Callable) -> None:
        module = types.ModuleType("try_verb")
        module.run = run  # type: ignore[attr-defined]
        module.add_arguments = lambda parser: parser.add_argument("--number", type=int)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "try_verb", module)
        monkeypatch.setitem(VERBS, "try", ("try_verb", "a verb of this test"))

    return install


def raising(error: BaseException) -> Callable:
    def run(args: object) -> int:
        raise error

    return run


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    for name, (_, help_) in VERBS.items():
        assert f"  {name}" in out and help_ in out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"walkbox {__version__}\n"


def test_without_a_verb_the_help_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert out == "" and "verbs:" in err


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["snapshto"], "Did you mean 'snapshot'?"),
        (["my_model.py"], "Did you mean `walkbox run my_model.py`?"),
        (["torchvision:resnet50"], "Did you mean `walkbox run torchvision:resnet50`?"),
        (["xyzzy"], "The verbs are: run, snapshot, export, inspect, doctor."),
        (["--verzion"], "Did you mean '--version'?"),
        (["doctor", "--jsno"], "Did you mean '--json'?"),
        (["doctor", "extra"], "Unknown argument 'extra'."),
    ],
)
def test_wrong_words_exit_2_and_say_what_is_near(
    words: list[str], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert part in err
    assert err.startswith("walkbox: ") and err.count("\n") == 1


def test_a_wrong_value_is_one_line(verb: Callable, capsys: pytest.CaptureFixture[str]) -> None:
    verb(lambda args: 0)
    assert main(["try", "--number", "many"]) == 2
    err = capsys.readouterr().err
    assert "--number" in err and "'many'" in err and err.count("\n") == 1


def test_the_code_of_the_verb_is_returned(verb: Callable) -> None:
    verb(lambda args: args.number)
    assert main(["try", "--number", "7"]) == 7


@pytest.mark.parametrize(("error", "code"), [(TargetError("No file 'a.py'."), 1), (UsageError("Wrong size."), 2)])
def test_a_deliberate_error_is_its_message_and_its_code(
    error: Exception, code: int, verb: Callable, capsys: pytest.CaptureFixture[str]
) -> None:
    verb(raising(error))
    assert main(["try"]) == code
    assert capsys.readouterr() == ("", f"walkbox: {error}\n")


@pytest.mark.parametrize("words", [["--debug", "try"], ["try", "--debug"]])
def test_debug_shows_the_traceback(words: list[str], verb: Callable, capsys: pytest.CaptureFixture[str]) -> None:
    verb(raising(TargetError("No file 'a.py'.")))
    assert main(words) == 1
    err = capsys.readouterr().err
    assert "Traceback (most recent call last)" in err and err.endswith("walkbox: No file 'a.py'.\n")


def test_an_unexpected_error_names_itself_and_debug(verb: Callable, capsys: pytest.CaptureFixture[str]) -> None:
    verb(raising(ZeroDivisionError("division by zero")))
    assert main(["try"]) == 1
    err = capsys.readouterr().err
    assert "ZeroDivisionError: division by zero" in err and "--debug" in err and "Traceback" not in err


def test_control_c_is_quiet(verb: Callable, capsys: pytest.CaptureFixture[str]) -> None:
    verb(lambda args: os.kill(os.getpid(), signal.SIGINT) or 0)
    # A test run in the background of a shell starts with the signal ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert main(["try"]) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert capsys.readouterr() == ("", "")


def test_a_reader_that_goes_away_is_quiet() -> None:
    program = (
        "import sys, types; from walkbox.cli.main import VERBS, main\n"
        "m = types.ModuleType('m'); m.add_arguments = lambda p: None\n"
        "m.run = lambda a: [print(i) for i in range(100000)] and 0\n"
        "sys.modules['m'] = m; VERBS['m'] = ('m', ''); sys.exit(main(['m']))"
    )
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stderr is not None
    assert child.stdout.readline() == "0\n"
    child.stdout.close()
    with child.stderr:
        assert child.stderr.read() == ""
    assert child.wait() == 141


def test_python_m_walkbox_is_the_same_command() -> None:
    done = subprocess.run([sys.executable, "-m", "walkbox", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"walkbox {__version__}\n"


@pytest.mark.parametrize("name", list(VERBS))
def test_every_verb_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"usage: walkbox {name}") and "--debug" in out
