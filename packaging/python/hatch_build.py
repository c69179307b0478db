"""Build hook: puts program and bill of materials into the wheel, and tags it with their platform."""

import os
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ProgramHook(BuildHookInterface):  # type: ignore[type-arg]
    """Reads two variables of scripts/package-python: the program's path, and the wheel's platform tag."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the program as a script: installers put it on PATH, and it starts without Python."""
        if version == "editable":
            return
        build_data["shared_scripts"] = {os.environ["ALUVIA_PROGRAM"]: "aluvia-connect"}
        build_data["sbom_files"] = [f"{os.environ['ALUVIA_PROGRAM']}.spdx.json"]
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{os.environ['ALUVIA_PLATFORM']}"
