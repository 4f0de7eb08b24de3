"""Where the OpenXR runtime of the tests comes from: Monado, unpacked from Debian's packages, nothing installed.

``python prefix.py`` fetches it where there is none (165 MB, 600 MB unpacked, no root) and prints where it is. Debian's
signatures say that the packages are Debian's. The folder holds a C library of its own, newer than many machines have;
``FOLDER/run PROGRAM ARGS`` starts a program, the machine's own Python too, on it.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Runtime", "fetch", "find"]

RECIPE = "monado-25.0-1"
"""Names the cached folder: a new number where what is unpacked changes. The tests drive Monado 25.0's remote hub."""

SUITE = "trixie"
PACKAGES = """
    monado-service libopenxr1-monado mesa-vulkan-drivers libgl1-mesa-dri libegl1 libegl-mesa0 libglx-mesa0 libgl1
    libopengl0 libxcursor1 libxi6 libxinerama1 libxrandr2 libxxf86vm1 libstdc++6
    libssl3t64 libsqlite3-0 liblzma5 libbz2-1.0 libffi8 libreadline8t64 zlib1g
""".split()  # the last row: what Python's own modules load
LIBRARIES = "usr/lib/x86_64-linux-gnu"
SEARCHED = [LIBRARIES, "usr/lib", *(f"{LIBRARIES}/{part}" for part in ("lapack", "blas", "pulseaudio"))]
LEFT_OUT = ["./usr/share/doc", "./usr/share/man", "./usr/share/locale"]
DEBIAN = "http://deb.debian.org/debian"
KEYRING = "usr/share/keyrings/debian-archive-keyring"

RUN = """\
#!/bin/sh
# run PROGRAM ARGS: start a program on the C library and the graphics drivers of this folder
here=$(dirname "$(realpath "$0")")
program=$(command -v "$1") || {{ echo "run: there is no program $1" >&2; exit 127; }}
shift
exec "$here/usr/lib64/ld-linux-x86-64.so.2" --library-path "{path}" "$program" "$@"
"""


@dataclass(frozen=True)
class Runtime:
    """A Monado.

    Attributes:
        folder: the prefix, or None for one that is installed in the system.
        service: the program ``monado-service``.
        manifest: what ``XR_RUNTIME_JSON`` names.
    """

    folder: Path | None
    service: Path
    manifest: Path

    @classmethod
    def of_prefix(cls, folder: Path) -> Runtime:
        return cls(folder, folder / "usr/bin/monado-service", folder / "usr/share/openxr/1/openxr_monado.json")

    def command(self, *words: str | Path) -> list[str]:
        """The command line that starts a program where it can open the runtime."""
        launcher = [] if self.folder is None else [str(self.folder / "run")]
        return launcher + [str(word) for word in words]

    def environment(self) -> dict[str, str]:
        """Variables for programs that open the runtime: the manifest, and the prefix's graphics drivers in software."""
        variables = {"XR_RUNTIME_JSON": str(self.manifest), "LIBGL_ALWAYS_SOFTWARE": "1"}
        if self.folder is not None:
            variables["VK_DRIVER_FILES"] = str(self.folder / "usr/share/vulkan/icd.d/lvp_icd.json")
            variables["__EGL_VENDOR_LIBRARY_FILENAMES"] = str(self.folder / "usr/share/glvnd/egl_vendor.d/50_mesa.json")
            variables["LIBGL_DRIVERS_PATH"] = str(self.folder / LIBRARIES / "dri")
        return variables


def cached() -> Path:
    """The folder that :func:`fetch` makes."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "walkbox" / RECIPE


def find() -> Runtime | str:
    """``WALKBOX_MONADO`` names a prefix; else the cached one, else an installed one. Or why there is none."""
    if named := os.environ.get("WALKBOX_MONADO"):
        runtime = Runtime.of_prefix(Path(named).absolute())
        if runtime.service.is_file() and (Path(named) / "run").is_file():
            return runtime
        return f"WALKBOX_MONADO={named} holds no Monado (expected {runtime.service} and {Path(named) / 'run'})."
    if (cached() / "run").is_file():
        return Runtime.of_prefix(cached())
    if installed := shutil.which("monado-service"):
        folders = [Path(installed).resolve().parents[1], Path("/usr"), Path("/usr/local"), Path("/etc/xdg")]
        for manifest in [folder / "share/openxr/1/openxr_monado.json" for folder in folders]:
            if manifest.is_file():
                return Runtime(None, Path(installed), manifest)
        return f"{installed} has no openxr_monado.json beside it (Debian, Ubuntu: apt install libopenxr1-monado)."
    return f"There is no Monado. On Linux x86_64 with apt-get, `make test-setup` unpacks one into {cached()}."


def fetch() -> Path:
    """The cached prefix, unpacked now if it is not there.

    Raises:
        RuntimeError: with what was said and what to do.
    """
    missing = [tool for tool in ("apt-get", "dpkg-deb", "tar") if shutil.which(tool) is None]
    if not sys.platform.startswith("linux") or platform.machine() != "x86_64" or missing:
        raise RuntimeError(
            f"Monado can be unpacked on Linux x86_64 with apt-get and dpkg-deb; this is {platform.system()} "
            f"{platform.machine()}{' without ' + ' and '.join(missing) if missing else ''}. Install monado-service."
        )
    import fcntl  # Linux has it

    goal = cached()
    goal.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{goal}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another checkout may be at it
        if (goal / "run").is_file():
            return goal
        with tempfile.TemporaryDirectory(prefix=f"{RECIPE}-", dir=goal.parent) as beside:
            prefix = Path(beside, "prefix")
            prefix.mkdir()
            _unpack(_download(Path(beside)), prefix)
            _finish(prefix)
            shutil.rmtree(goal, ignore_errors=True)
            prefix.rename(goal)
    return goal


def _download(work: Path) -> list[Path]:
    """Every package that PACKAGES need, as if nothing were installed, with apt's own files kept in *work*."""
    keyring = _keyring(work)
    for folder in ("etc", "lists/partial", "cache/archives/partial", "state"):
        (work / folder).mkdir(parents=True)
    (work / "state/status").touch()
    (work / "sources.list").write_text(f"deb [arch=amd64 signed-by={keyring}] {_mirror()} {SUITE} main\n")
    (work / "apt.conf").write_text(f"""
        Dir::Etc "{work}/etc"; Dir::Etc::sourcelist "{work}/sources.list"; Dir::Etc::sourceparts "-";
        Dir::Etc::parts "/etc/apt/apt.conf.d"; // the machine's proxies
        Dir::State "{work}/state"; Dir::State::status "{work}/state/status"; Dir::State::lists "{work}/lists";
        Dir::Cache "{work}/cache"; Dir::Cache::archives "{work}/cache/archives";
        APT::Architecture "amd64"; APT::Architectures {{ "amd64"; }}; APT::Install-Recommends "0";
        APT::Sandbox::User ""; APT::Update::Error-Mode "any"; Debug::NoLocking "1";
        Acquire::Languages "none"; Acquire::Retries "3";
    """)
    apt = {**os.environ, "APT_CONFIG": str(work / "apt.conf")}
    _say(["apt-get", "-qq", "update"], env=apt)
    _say(["apt-get", "-qq", "-y", "-d", "install", *PACKAGES], env=apt)
    return sorted((work / "cache/archives").glob("*.deb"))


def _keyring(work: Path) -> Path:
    """Debian's keys; on another system from its own package of them, which its own keys vouch for."""
    for ending in (".pgp", ".gpg"):
        if (found := Path("/", KEYRING + ending)).is_file():
            return found
    _say(["apt-get", "-qq", "download", "debian-archive-keyring"], cwd=work)
    _say(["dpkg-deb", "-x", *work.glob("debian-archive-keyring*.deb"), work / "keys"])
    return next(path for ending in (".pgp", ".gpg") if (path := work / "keys" / (KEYRING + ending)).is_file())


def _mirror() -> str:
    """The Debian mirror that this machine uses, if it is a Debian."""
    if Path("/etc/debian_version").exists() and "ID=debian" in Path("/etc/os-release").read_text().splitlines():
        used = _say(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Identifier: Packages"]).split()
        return next((uri for uri in used if uri.rstrip("/").endswith("/debian")), DEBIAN)
    return DEBIAN


def _unpack(packages: list[Path], prefix: Path) -> None:
    left_out = " ".join(f"--exclude={path}" for path in LEFT_OUT)
    script = f'dpkg-deb --fsys-tarfile "$0" | tar -x -C "$1" --keep-directory-symlink --no-same-owner {left_out}'
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda package: _say(["bash", "-o", "pipefail", "-c", script, package, prefix]), packages))


def _finish(prefix: Path) -> None:
    run = prefix / "run"
    run.write_text(RUN.format(path=":".join(f"$here/{folder}" for folder in SEARCHED)))
    run.chmod(0o755)
    runtime = Runtime.of_prefix(prefix)
    missing = [str(path) for path in (runtime.service, runtime.manifest) if not path.is_file()]
    if missing:
        raise RuntimeError(f"Debian {SUITE}'s packages hold no {' and no '.join(missing)}: prefix.py needs a look.")
    _say(runtime.command(sys.executable, "-c", "import ssl, sqlite3, lzma, bz2, ctypes, readline, zlib"))


def _say(command: list[str | Path], **options) -> str:
    """Run a command; what it printed.

    Raises:
        RuntimeError: with its last words.
    """
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-5:])
        raise RuntimeError(f"`{' '.join(map(str, command[:4]))} ...` ended with {done.returncode}:\n{said}")
    return done.stdout


def main() -> int:
    found = find()
    if isinstance(found, Runtime):
        print(f"Monado for the headset tests: {found.folder or found.service}")
        return 0
    print(f"Fetching Monado for the headset tests into {cached()} (165 MB, once)", flush=True)
    try:
        fetch()
    except (RuntimeError, OSError) as error:
        print(f"No OpenXR runtime: the headset tests will be skipped, with CI=true they fail. {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
