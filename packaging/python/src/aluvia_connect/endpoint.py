"""The address of a proxy, in the forms that HTTP clients and browsers take."""

from typing import Optional, TypedDict
from urllib.parse import quote

from .process import Ready


class PlaywrightProxy(TypedDict, total=False):
    """The `proxy` argument of Playwright's `launch()`: the same fields as its `ProxySettings`."""

    server: str
    bypass: Optional[str]
    username: Optional[str]
    password: Optional[str]


class Endpoint:
    """Host, port and URL of a running proxy."""

    def __init__(self, ready: Ready, proxy_auth: Optional[str]) -> None:
        self.host = ready.host
        """Address that the proxy listens on."""
        self.port = ready.port
        """Port that the proxy listens on."""
        self.url = ready.url
        """URL of the proxy, without credentials."""
        self._proxy_auth = proxy_auth

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url}>"

    def playwright(self) -> PlaywrightProxy:
        """Return the `proxy` argument of Playwright's `launch()`."""
        if self._proxy_auth is None:
            return {"server": self.url}
        user, _, password = self._proxy_auth.partition(":")
        return {"server": self.url, "username": user, "password": password}

    def requests_proxies(self) -> dict[str, str]:
        """Return the `proxies` argument of requests."""
        url = self.httpx_proxy()
        return {"http": url, "https": url}

    def httpx_proxy(self) -> str:
        """Return the `proxy` argument of httpx and aiohttp: the URL, with credentials if there are any."""
        if self._proxy_auth is None:
            return self.url
        user, _, password = self._proxy_auth.partition(":")
        return self.url.replace("://", f"://{quote(user, safe='')}:{quote(password, safe='')}@", 1)
