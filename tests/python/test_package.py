"""Tests the wheel itself: its content, its types, and the places where installers put it."""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile
from typing import Any

import aluvia_connect

from harness import Case

ROOT = pathlib.Path(__file__).parents[2]
DIRECTORY = pathlib.Path(os.environ["ALUVIA_WHEEL"])
PROGRAM = DIRECTORY / "aluvia-connect"
(WHEEL,) = DIRECTORY.glob("*.whl")
TOOLS = ROOT / "build" / "python" / "tools" / "bin"
AARCH64 = b"\xb7\x00"  # e_machine of ELF


def run(*words: Any, **more: Any) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, timeout=120, check=False, **more
    )


MYPY = [
    TOOLS / "mypy",
    "--strict",
    "--cache-dir",
    DIRECTORY / "mypy",
    "--python-executable",
    sys.executable,
]


class PackageTest(Case):
    def expect_success(self, ended: "subprocess.CompletedProcess[str]") -> str:
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        return ended.stdout.strip()

    def build(self, folder: str, program: pathlib.Path = PROGRAM, **more: Any) -> pathlib.Path:
        ended = run(ROOT / "scripts" / "package-python", program, self.folder / folder, **more)
        return pathlib.Path(self.expect_success(ended))

    def test_two_builds_give_the_same_bytes(self) -> None:
        elsewhere = {**os.environ, "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "1"}
        second = self.build("second", env=elsewhere, preexec_fn=lambda: os.umask(0o077))
        self.assertEqual(WHEEL.name, second.name)
        self.assertEqual(*(hashlib.sha256(one.read_bytes()).hexdigest() for one in (WHEEL, second)))

    def test_the_wheel_contains_the_program_the_module_and_the_license(self) -> None:
        with zipfile.ZipFile(WHEEL) as wheel:
            names = set(wheel.namelist())
            text = wheel.read(next(one for one in names if one.endswith("/METADATA"))).decode()
        version = re.search(r"^Version: (.*)$", text, re.MULTILINE)
        assert version
        self.assertEqual(self.expect_success(run(PROGRAM, "--version")), f"aluvia-connect {version[1]}")
        self.assertNotRegex(text, "Requires-Dist")
        top = f"aluvia_connect-{version[1]}"
        modules = {
            f"aluvia_connect/{one.name}" for one in (ROOT / "packaging/python/src/aluvia_connect").glob("*.*")
        }
        expected = {f"{top}.data/scripts/aluvia-connect", f"{top}.dist-info/licenses/LICENSE"}
        expected.add(f"{top}.dist-info/licenses/NOTICES")
        expected |= {f"{top}.dist-info/{name}" for name in ("METADATA", "WHEEL", "RECORD")}
        expected.add(f"{top}.dist-info/sboms/aluvia-connect.spdx.json")
        self.assertEqual(names, modules | expected)

    def test_the_tag_is_that_of_the_program(self) -> None:
        program = bytearray(PROGRAM.read_bytes())
        program[18:20] = AARCH64
        foreign = self.folder / "aluvia-connect"
        foreign.write_bytes(program)
        for kind in ("spdx.json", "notices"):
            shutil.copy(f"{PROGRAM}.{kind}", self.folder)
        self.assertRegex(self.build("foreign", foreign).name, r"-py3-none-manylinux_2_36_aarch64\.whl$")
        text = self.folder / "text"
        text.write_text("no program\n")
        self.assertEqual(run(ROOT / "scripts" / "package-python", text, self.folder / "none").returncode, 69)

    def test_a_program_that_needs_other_libraries_is_rejected(self) -> None:
        folder = self.folder / "curl"
        rejected = run(ROOT / "scripts" / "package-python", "/usr/bin/curl", folder)
        self.assertRegex(rejected.stderr, r"cannot package /usr/bin/curl: it needs .*libcurl\.so")
        self.assertEqual((rejected.returncode, folder.exists()), (69, False))

    def test_a_program_without_a_bill_of_materials_is_rejected(self) -> None:
        program = pathlib.Path(shutil.copy(PROGRAM, self.folder / "bare"))
        rejected = run(ROOT / "scripts" / "package-python", program, self.folder / "none")
        self.assertRegex(
            rejected.stderr, r"cannot package .*/bare: there is no .*/bare\.spdx\.json; make it by "
        )
        self.assertEqual(rejected.returncode, 69)

    def test_the_command_is_the_program_itself(self) -> None:
        command = pathlib.Path(sys.prefix) / "bin" / "aluvia-connect"
        self.assertEqual(command.read_bytes(), PROGRAM.read_bytes())
        self.assertRegex(self.expect_success(run(command, "--version")), "^aluvia-connect ")

    def import_from(self, folder: pathlib.Path) -> str:
        """Return the program that the module finds, or the sentence with which it fails."""
        text = (
            "import sys; sys.path.insert(0, sys.argv[1])\n"
            "from aluvia_connect.program import find_program\n"
            "from aluvia_connect import ProxyStartError\n"
            "try: print(find_program(None))\n"
            "except ProxyStartError as error: print(error)\n"
        )
        bare = pathlib.Path(sys.base_prefix) / "bin" / "python3"  # without the wheel
        environment = {name: value for name, value in os.environ.items() if name != "ALUVIA_CONNECT_BINARY"}
        return self.expect_success(run(bare, "-I", "-B", "-c", text, folder, env=environment))

    def test_the_program_is_found_in_a_target_folder(self) -> None:
        target = self.folder / "target"
        pip = [
            TOOLS / "pip",
            "--quiet",
            "--disable-pip-version-check",
            "install",
            "--no-index",
            "--target",
            target,
        ]
        self.expect_success(run(*pip, WHEEL))
        self.assertEqual(self.import_from(target), str(target / "bin" / "aluvia-connect"))

    def test_a_wheel_without_its_program_is_explained(self) -> None:
        source = pathlib.Path(aluvia_connect.__file__).parent
        shutil.copytree(source, self.folder / "copy" / "aluvia_connect")
        self.assertRegex(
            self.import_from(self.folder / "copy"),
            "^cannot find the program of this package: the wheel for Linux .* with glibc .* is not installed; run pip",
        )

    def test_a_users_program_passes_mypy_strict(self) -> None:
        example = pathlib.Path(__file__).with_name("example.py")
        self.assertRegex(self.expect_success(run(*MYPY, example)), "no issues found")
        wrong = self.folder / "wrong.py"
        wrong.write_text(
            example.read_text().replace('"https"', '"ftp"').replace('["configuration"]', '["version"]')
        )
        self.assertRegex(run(*MYPY, wrong).stdout, r"(?s)arg-type.*typeddict-item")

    def test_the_sources_pass_mypy_strict(self) -> None:
        source = pathlib.Path(__file__).parents[2] / "packaging" / "python"
        self.expect_success(
            run(*MYPY, "src", "hatch_build.py", "--python-executable", TOOLS / "python", cwd=source)
        )
