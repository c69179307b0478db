"""Everything that must be there before the first round: programs built, proxies and packages installed."""

import os
import pathlib
import platform
import re
import shutil
import subprocess

from .options import ROOT
from .proxies import PROXIES

NODE = pathlib.Path(__file__).parent.parent / "node"
PROGRAMS = ("bench_gateway", "bench_link", "bench_load", "bench_origin", "bench_relay", "bench_tls_relay", "bench_turns")


def build(options):
    """Fills in options.programs and options.binary."""
    if not options.build_dir:
        options.build_dir = ROOT / "build/release"
        subprocess.run([ROOT / "scripts/build", "release", "aluvia-connect", *PROGRAMS], check=True,
                       stdout=subprocess.DEVNULL)
    options.programs = (options.build_dir / "tests/bench").resolve()
    options.binary = (options.binary or options.build_dir / "app/aluvia-connect").resolve()


def leave_out_missing(options, tell):
    """Installs what is missing where that is possible, and takes the rest off options.proxies."""
    packages = {proxy.package for proxy in PROXIES
                if proxy.package and proxy.name in options.proxies and not shutil.which(proxy.package)}
    if packages and options.install and shutil.which("apt-get"):
        install(sorted(packages), tell)
    for proxy in PROXIES:
        if proxy.name in options.proxies and proxy.package and not shutil.which(proxy.package):
            leave_out(proxy.name, f"{proxy.package} is not installed", options, tell)
    if "proxy-chain" in options.proxies and not node_packages():
        leave_out("proxy-chain", f"npm ci in {NODE} did not work", options, tell)


def leave_out(name, reason, options, tell):
    tell(f"{name} is left out: {reason}")
    options.proxies = [other for other in options.proxies if other != name]


def install(packages, tell):
    """With the right to do so; Debian would start the services as well, which is refused while this runs."""
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    tell(f"installing {' '.join(packages)}")
    environment = ["env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1"]
    for step in (["update"], ["install", "--no-install-recommends", *packages]):
        done = subprocess.run([*root, *environment, "apt-get", "-yq", *step], capture_output=True, check=False)
        if done.returncode != 0:
            tell(f"apt-get {step[0]} ended with {done.returncode}")
            return


def node_packages():
    """True when the packages of package-lock.json are there; installs them when they are not."""
    lock, installed = NODE / "package-lock.json", NODE / "node_modules/.package-lock.json"
    if not shutil.which("node") or not shutil.which("npm"):
        return False
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return True
    return subprocess.run(["npm", "ci"], cwd=NODE, capture_output=True, check=False).returncode == 0


def machine():
    """One line about where numbers come from."""
    model = next((line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    linux = ".".join(platform.release().split(".")[:2])
    return f"{model}, {len(os.sched_getaffinity(0))} processors, Linux {linux}"


def compiler():
    said = subprocess.run(["c++", "--version"], capture_output=True, text=True, check=False).stdout.splitlines()
    return said[0] if said else "unknown"


def versions(options):
    """One line about what was measured."""
    commands = {
        "aluvia-connect": [options.binary, "--version"],
        "haproxy": ["haproxy", "-v"],
        "squid": ["squid", "-v"],
        "tinyproxy": ["tinyproxy", "-v"],
        "Node": ["node", "--version"],
    }
    found = []
    for name, command in commands.items():
        if not shutil.which(str(command[0])):
            continue
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout.partition("\n")[0]
        number = re.search(r"\d+\.\d+[.\d]*", said)
        found.append(f"{name} {number.group() if number else 'of unknown version'}")
    return ", ".join(found)
