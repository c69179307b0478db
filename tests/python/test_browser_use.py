"""Tests browser-use with a session's proxy: its browser authenticates, and each request takes the route of the rules."""

import asyncio
import json
import os
import urllib.request

os.environ.update(ANONYMIZED_TELEMETRY="false", BROWSER_USE_CLOUD_SYNC="false")  # read at the import

from aluvia_connect import AsyncAgentConnectClient
from browser_use import BrowserProfile, BrowserSession
from browser_use.browser import ProxySettings

from harness import DIRECT, PROXIED, Case, Sandbox

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


class BrowserUseTest(Case):
    def setUp(self) -> None:
        super().setUp()
        self.sandbox = Sandbox(self)
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = str(self.folder)

    async def visit(self) -> None:
        options = self.sandbox.options(proxy_auth="agent:p@ss word")
        async with AsyncAgentConnectClient(**options) as session:
            profile = BrowserProfile(
                headless=True,
                executable_path=CHROMIUM,
                chromium_sandbox=False,
                enable_default_extensions=False,
                user_data_dir=str(self.folder / "profile"),
                proxy=ProxySettings(**session.playwright()),
            )
            browser = BrowserSession(browser_profile=profile)
            await browser.start()
            for host in (PROXIED, DIRECT):
                await browser.navigate_to(self.sandbox.http(host))
            await browser.kill()

    def test_each_request_takes_its_route(self) -> None:
        asyncio.run(self.visit())
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            f"{self.sandbox.api}/sandbox/requests"
        ) as seen:
            # The browser also asks for pages of its own.
            ways = {
                (one["host"], one["way"])
                for one in json.load(seen)["requests"]
                if one["host"] in (PROXIED, DIRECT)
            }
        self.assertEqual(ways, {(PROXIED, "gateway"), (DIRECT, "direct")})
