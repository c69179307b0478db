"""The bridge to Selenium, which is imported only where it is used."""

import importlib
from collections.abc import Sequence
from typing import Any, Optional, Protocol


class BrowserOptions(Protocol):
    """`ChromeOptions` and `EdgeOptions` of Selenium."""

    def add_argument(self, argument: str) -> None:
        """Add one argument of the browser."""


def add_arguments(options: Optional[BrowserOptions], arguments: Sequence[str]) -> Any:
    """Return the options, else new ones for Chrome, with the arguments added."""
    out: Any = options
    if out is None:
        try:
            out = importlib.import_module("selenium.webdriver").ChromeOptions()
        except ImportError as error:
            msg = "selenium_options() needs the package selenium; pip install selenium"
            raise ImportError(msg, name="selenium") from error
    for argument in arguments:
        out.add_argument(argument)
    return out
