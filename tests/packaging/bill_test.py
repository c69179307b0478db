"""Tests the bill of materials: each library of a program is in it, it is valid SPDX, and the packages have that of their program.

ALUVIA_CONNECT is the program of the release build, which also has the portable program and the packages (ctest makes them).
"""

import hashlib
import json
import os
import pathlib
import re
import subprocess
import tarfile
import tempfile
import unittest
import zipfile
from typing import Any

from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

ROOT = pathlib.Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "bill-of-materials"
PROGRAM = pathlib.Path(os.environ["ALUVIA_CONNECT"])
PORTABLE = PROGRAM.parents[1] / "portable" / "aluvia-connect"
PACKAGES = PROGRAM.parents[1] / "packages"

# A function of each library that the portable program contains, and the library's source package.
FUNCTIONS = {
    "SSL_new": "openssl",
    "CRYPTO_malloc": "openssl",
    "ares_init_options": "c-ares",
    "idn2_lookup_u8": "libidn2",
    "u8_to_u32": "libunistring",
    "inflate": "zlib",
    "sqlite3_open_v2": "sqlite3",
    "BrotliDecoderCreateInstance": "brotli",
    "fmt::v9::vformat": "fmtlib",
    "httplib::ClientImpl::is_valid": "cpp-httplib",
    "std::terminate": "gcc-12",
}

# Links one archive of OpenSSL and one shared library, which needs another.
CMAKE = """
cmake_minimum_required(VERSION 3.25)
project(mixed CXX)
add_executable(mixed main.cpp)
target_link_libraries(mixed PRIVATE -l:libcrypto.a idn2)
target_link_options(mixed PRIVATE "LINKER:-Map=$<TARGET_FILE:mixed>.map")
"""
MAIN = """
#include <idn2.h>
#include <openssl/crypto.h>
#include <rapidjson/document.h>
int main() { rapidjson::Document document; return OpenSSL_version(0) && idn2_check_version(nullptr) && document.IsNull() ? 0 : 1; }
"""


def run(*words: Any, **more: Any) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120, check=False, **more)


def output(*words: Any, **more: Any) -> str:
    ended = run(*words, **more)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def bill(program: pathlib.Path) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(output(SCRIPT, program))
    return made


def related(made: dict[str, Any], kind: str) -> set[str]:
    """Names of the packages to which the program has this relationship."""
    names = {one["SPDXID"]: one["name"] for one in made["packages"]}
    return {
        names[one["relatedSpdxElement"]]
        for one in made["relationships"]
        if (one["spdxElementId"], one["relationshipType"]) == ("SPDXRef-program", kind)
    }


def owners(*paths: str) -> set[str]:
    """Debian packages of files."""
    names = {name for path in paths for name in (path, "/usr" + path, os.path.realpath(path))}
    return set(re.findall(r"^([^:\s]+)(?::\S+)?: ", run("dpkg-query", "--search", *names).stdout, re.MULTILINE))


class BillTest(unittest.TestCase):
    """The bill of one program."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def expect_valid(self, text: str) -> None:
        path = self.folder / "bill.spdx.json"
        path.write_text(text)
        self.assertEqual([one.validation_message for one in validate_full_spdx_document(parse_file(str(path)))], [])

    def test_each_library_that_the_loader_maps_is_in_it(self) -> None:
        mapped = re.findall(r"(/\S+) \(0x", output("ldd", PROGRAM))
        self.assertGreater(len(mapped), 2)
        self.assertEqual(related(bill(PROGRAM), "DYNAMIC_LINK"), owners(*mapped))

    def test_each_library_inside_the_portable_program_is_in_its_bill(self) -> None:
        lines = output("nm", "--defined-only", "--demangle", PORTABLE).splitlines()
        defined = {re.split(r"[(\[]", line.split(" ", 2)[2])[0] for line in lines}
        made = bill(PORTABLE)
        sources = {one["sourceInfo"].split()[-2] for one in made["packages"][1:]}
        self.assertEqual(related(made, "DYNAMIC_LINK"), {"libc6"})
        for function, source in FUNCTIONS.items():
            with self.subTest(function):
                self.assertTrue(function in defined, "the program has the function")
                self.assertIn(source, sources)

    def test_libraries_of_headers_alone_are_in_it(self) -> None:
        self.assertLessEqual({"libasio-dev", "libcli11-dev", "rapidjson-dev"}, related(bill(PROGRAM), "CONTAINS"))

    def test_archives_are_told_from_shared_libraries(self) -> None:
        (self.folder / "CMakeLists.txt").write_text(CMAKE)
        (self.folder / "main.cpp").write_text(MAIN)
        build = self.folder / "build"
        output("cmake", "-S", self.folder, "-B", build, "-G", "Ninja")
        output("cmake", "--build", build)
        made = bill(build / "mixed")
        self.assertIn("libssl-dev", related(made, "STATIC_LINK"))
        shared = related(made, "DYNAMIC_LINK")
        self.assertLessEqual({"libidn2-0", "libunistring2"}, shared)
        self.assertNotIn("libssl3", shared)
        self.assertIn("rapidjson-dev", related(made, "CONTAINS"))
        self.expect_valid(json.dumps(made))

    def test_it_is_valid_and_names_version_source_and_license(self) -> None:
        text = output(SCRIPT, PROGRAM)
        self.expect_valid(text)
        packages = {one["name"]: one for one in json.loads(text)["packages"]}
        installed = output("dpkg-query", "--show", "--showformat=${Version}|${source:Package} ${source:Version}", "libssl3")
        version, source = installed.split("|")
        ssl = packages["libssl3"]
        self.assertEqual((ssl["versionInfo"], ssl["licenseDeclared"]), (version, "Apache-2.0"))
        self.assertTrue(ssl["sourceInfo"].endswith(source), ssl["sourceInfo"])
        # A copyright file of one license for the library and another for its tools, and one that machines cannot read.
        self.assertEqual(packages["libidn2-0"]["licenseDeclared"], "LGPL-3.0-or-later OR GPL-2.0-or-later")
        self.assertEqual(packages["libc6"]["licenseDeclared"], "LGPL-2.1-or-later")

    def test_each_package_has_a_license(self) -> None:
        for program in (PROGRAM, PORTABLE):
            for package in bill(program)["packages"]:
                with self.subTest(f"{program.parent.name}: {package['name']}"):
                    self.assertNotEqual(package["licenseDeclared"], "NOASSERTION")

    def test_the_same_build_gives_the_same_bytes(self) -> None:
        elsewhere = {**os.environ, "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "1"}
        self.assertEqual(output(SCRIPT, PROGRAM), output(SCRIPT, PROGRAM, env=elsewhere, cwd="/"))

    def test_no_path_of_a_source_is_in_a_package(self) -> None:
        # It would depend on the directory of the build, and so would the package. With a compiler cache it is relative to the build.
        for pattern in ("*_amd64.deb", "*-x86_64.tar.xz"):
            (package,) = PACKAGES.glob(pattern)
            with self.subTest(package.name):
                (data,) = (data for name, data in self.packed_files(package).items() if name.endswith("/bin/aluvia-connect"))
                self.assertEqual(re.findall(rb"[\w./-]*/(?:lib|app|build)/[\w./-]*\.(?:cc|[ch]pp)\b", data), [])

    def test_what_it_cannot_describe_it_names(self) -> None:
        ended = run(SCRIPT, "/bin/true")
        self.assertEqual(ended.returncode, 69)
        self.assertRegex(ended.stderr, r"^bill-of-materials: cannot find the build of /.*/true: .*\n$")
        (self.folder / "build.ninja").touch()
        self.assertRegex(
            run(SCRIPT, self.folder / "no").stderr,
            r"^bill-of-materials: cannot read .*no\.map: .*; link .*\n$",
        )
        self.assertEqual(run(SCRIPT).returncode, 64)

    def test_packages_with_static_libraries_have_the_notices_of_these(self) -> None:
        authors = ("OpenSSL Project Authors", "Daniel Stenberg", "Simon Josefsson", "Victor Zverovich", "Jean-loup Gailly")
        for (package,) in (list(PACKAGES.glob(pattern)) for pattern in ("*-x86_64.tar.xz", "*_x86_64.whl", "*-linux-x64-*.tgz")):
            with self.subTest(package.name):
                (notices,) = (data for name, data in self.packed_files(package).items() if name.endswith("/NOTICES"))
                self.assertEqual([name for name in authors if name not in notices.decode()], [])

    def packed_files(self, package: pathlib.Path) -> dict[str, bytes]:
        """Files of a package by name."""
        if package.suffix == ".whl":
            with zipfile.ZipFile(package) as wheel:
                return {name: wheel.read(name) for name in wheel.namelist()}
        if package.suffix == ".deb":
            extracted = subprocess.run(["dpkg-deb", "--fsys-tarfile", str(package)], check=True, capture_output=True)
            package = self.folder / "deb.tar"
            package.write_bytes(extracted.stdout)
        with tarfile.open(package) as content:
            files = {one.name: content.extractfile(one) for one in content if one.isfile()}
            return {name: file.read() for name, file in files.items() if file}

    def test_each_package_has_the_bill_of_its_program(self) -> None:
        patterns = ("*_amd64.deb", "*-x86_64.tar.xz", "*_x86_64.whl", "*-linux-x64-*.tgz")
        for (package,) in (list(PACKAGES.glob(pattern)) for pattern in patterns):
            with self.subTest(package.name):
                files = self.packed_files(package)
                (program,) = (data for name, data in files.items() if re.search(r"/(bin|scripts)/aluvia-connect$", name))
                (made,) = (json.loads(data) for name, data in files.items() if name.endswith("/aluvia-connect.spdx.json"))
                sums = {one["algorithm"]: one["checksumValue"] for one in made["files"][0]["checksums"]}
                self.assertEqual(sums["SHA256"], hashlib.sha256(program).hexdigest())


if __name__ == "__main__":
    unittest.main()
