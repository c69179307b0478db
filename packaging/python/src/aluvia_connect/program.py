"""Finds the program of this package, and explains why the system cannot start it."""

import errno
import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Optional

from .errors import ProxyStartError

_NAME = "aluvia-connect"


def find_program(binary: Optional[str]) -> str:
    """Return the path of the program: `binary`, else ALUVIA_CONNECT_BINARY, else the installed wheel's."""
    chosen = binary or os.environ.get("ALUVIA_CONNECT_BINARY")
    if chosen:
        return chosen
    for path in _installed_paths():
        if path.is_file():
            return str(path)
    msg = (
        f"cannot find the program of this package: the wheel for {_platform()} is not installed; "
        f"run pip install --force-reinstall {_NAME}, or set ALUVIA_CONNECT_BINARY to its path"
    )
    raise ProxyStartError(msg)


def _installed_paths() -> list[Path]:
    """Return the places where installers put scripts, the one that the installer recorded first."""
    out = []
    try:
        files = importlib.metadata.files(_NAME) or []
        out = [Path(str(file.locate())) for file in files if file.name == _NAME]
    except importlib.metadata.PackageNotFoundError:
        pass
    # `pip install --target` records another place than it uses.
    out.append(Path(__file__).parent.parent / "bin" / _NAME)
    return out


def explain_os_error(program: str, error: OSError) -> ProxyStartError:
    """Make one sentence of an error of execve(2)."""
    reasons = {
        errno.EACCES: "it may not be executed; chmod +x it, or move it from a noexec file system",
        errno.ENOEXEC: f"it is not a program for {_platform()}; install the wheel for this platform",
    }
    reason = reasons.get(error.errno or 0, error.strerror or str(error))
    if error.errno == errno.ENOENT:
        # execve reports a missing dynamic loader as if the program itself were missing.
        reason = (
            f"{_platform()} has no glibc 2.36 or newer, which it needs; use a newer or another distribution"
            if Path(program).exists()
            else "there is no such file; correct ALUVIA_CONNECT_BINARY or binary"
        )
    return ProxyStartError(f"cannot start {program}: {reason}")


def _platform() -> str:
    libc = " ".join(platform.libc_ver()).strip() or "an unknown libc"
    return f"{platform.system()} {platform.machine()} with {libc}"
