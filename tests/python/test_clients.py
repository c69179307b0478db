"""Tests real clients with the adapters of a session: each request takes the route of the rules."""

import asyncio
import json
import os
import pathlib
import re
import ssl
import subprocess
import sys
import urllib.request
from typing import Any

import aiohttp
import httpx
import playwright.async_api
import playwright.sync_api
import requests
import selenium.webdriver
from aluvia_connect import AgentConnectClient, AsyncAgentConnectClient

from harness import DIRECT, PROXIED, Case, Sandbox, written

ROUTES = {PROXIED: "gateway", DIRECT: "direct"}
README = pathlib.Path(__file__).parents[2] / "packaging" / "python" / "README.md"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")

SPIDER = """
import os
import scrapy

class Sites(scrapy.Spider):
    name = "sites"
    custom_settings = {"LOG_ENABLED": False, "TELNETCONSOLE_ENABLED": False}

    async def start(self):
        for url in os.environ["SITES"].split():
            yield scrapy.Request(url, meta={"proxy": os.environ["PROXY"]})

    def parse(self, response):
        yield {"url": response.url, "via": response.headers["x-sandbox-via"].decode()}
"""


class HttpClientTest(Case):
    """Libraries that send requests."""

    def setUp(self) -> None:
        super().setUp()
        self.sandbox = Sandbox(self)
        self.client = AgentConnectClient(**self.sandbox.options(proxy_auth="agent:p@ss word"))
        self.addCleanup(self.client.stop)
        self.session = self.client.start()
        self.sites = {
            url: via
            for host, via in ROUTES.items()
            for url in (self.sandbox.http(host), self.sandbox.https(host))
        }

    def test_requests(self) -> None:
        with requests.Session() as client:
            client.trust_env = False
            client.proxies = self.session.requests_proxies()
            for url, via in self.sites.items():
                response = client.get(url, verify=self.sandbox.ca_file, timeout=30)
                self.assertEqual(response.headers["x-sandbox-via"], via)

    def test_httpx(self) -> None:
        trust = ssl.create_default_context(cafile=self.sandbox.ca_file)
        with httpx.Client(proxy=self.session.httpx_proxy(), verify=trust, timeout=30) as client:
            for url, via in self.sites.items():
                self.assertEqual(client.get(url).headers["x-sandbox-via"], via)

    def test_aiohttp(self) -> None:
        async def fetch_all() -> None:
            trust = ssl.create_default_context(cafile=self.sandbox.ca_file)
            async with aiohttp.ClientSession() as client:
                for url, via in self.sites.items():
                    async with client.get(url, proxy=self.session.httpx_proxy(), ssl=trust) as response:
                        self.assertEqual(response.headers["x-sandbox-via"], via)

        asyncio.run(fetch_all())

    def test_scrapy(self) -> None:
        spider, items = self.folder / "spider.py", self.folder / "items.csv"
        spider.write_text(SPIDER)
        environment = {**os.environ, "SITES": " ".join(self.sites), "PROXY": self.session.httpx_proxy()}
        words = [sys.executable, "-m", "scrapy", "runspider", str(spider), "-o", str(items)]
        ended = subprocess.run(
            words, env=environment, cwd=self.folder, capture_output=True, text=True, timeout=90, check=False
        )
        self.assertEqual(ended.returncode, 0, ended.stderr)
        seen = dict(line.rsplit(",", 1) for line in items.read_text().split()[1:])
        self.assertEqual(seen, self.sites)

    def test_a_program_with_the_variables_of_env(self) -> None:
        words = ["curl", "-sS", "-o", os.devnull, "-w", "%header{x-sandbox-via}", self.sandbox.http(PROXIED)]
        ended = subprocess.run(
            words,
            env={**os.environ, **self.session.env()},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        self.assertEqual((ended.stdout, ended.stderr), ("gateway", ""))


class BrowserTest(Case):
    """Libraries that start a browser. A wrapper starts Debian's Chromium headless, and as root, without its sandbox."""

    # Chromium's main process and chromedriver end before the processes that Chromium has started: under load by 0.2 s.
    patience = 30.0

    def setUp(self) -> None:
        super().setUp()
        self.sandbox = Sandbox(self, "example.com")
        os.environ["HOME"] = str(self.folder)
        self.chromium = self.folder / "chromium"
        written(
            self.chromium,
            f'#!/bin/sh\nexec {CHROMIUM} --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage "$@"\n',
        )
        self.trust()

    def trust(self) -> None:
        """Put the sandbox's CA where Chromium looks for the user's."""
        database = self.folder / ".pki" / "nssdb"
        database.mkdir(parents=True)
        for words in (
            ["-N", "--empty-password"],
            ["-A", "-n", "sandbox", "-t", "C,,", "-i", self.sandbox.ca_file],
        ):
            subprocess.run(["certutil", "-d", f"sql:{database}", *words], check=True, timeout=30)

    def test_playwright(self) -> None:
        options = self.sandbox.options(proxy_auth="agent:p@ss word")
        with AgentConnectClient(**options) as session, playwright.sync_api.sync_playwright() as library:
            browser = library.chromium.launch(proxy=session.playwright(), executable_path=self.chromium)
            response = browser.new_page().goto("https://example.com/")
            assert response
            self.assertEqual(response.headers["x-sandbox-via"], "gateway")
            browser.close()

    def test_playwright_with_asyncio(self) -> None:
        async def visit() -> Any:
            async with (
                AsyncAgentConnectClient(**self.sandbox.options()) as session,
                playwright.async_api.async_playwright() as library,
            ):
                browser = await library.chromium.launch(
                    proxy=session.playwright(), executable_path=self.chromium
                )
                response = await (await browser.new_page()).goto("https://example.com/")
                await browser.close()
                return response and response.headers["x-sandbox-via"]

        self.assertEqual(asyncio.run(visit()), "gateway")

    def test_selenium(self) -> None:
        with AgentConnectClient(**self.sandbox.options()) as session:
            options = session.selenium_options()
            options.binary_location = str(self.chromium)
            driver = selenium.webdriver.Chrome(
                options, selenium.webdriver.ChromeService("/usr/bin/chromedriver")
            )
            try:
                driver.get("https://example.com/")
            finally:
                driver.quit()
        self.assertEqual(self.ways("example.com"), {"gateway"})

    def ways(self, host: str) -> set[str]:
        """Return the routes by which requests for the host have reached the sandbox's site."""
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            f"{self.sandbox.api}/sandbox/requests"
        ) as seen:
            return {one["way"] for one in json.load(seen)["requests"] if one["host"] == host}

    def test_the_examples_of_the_readme(self) -> None:
        os.environ.update(self.environment())
        programs = re.findall(r"```python\n(import .*?)```", README.read_text(), re.DOTALL)
        self.assertEqual(len(programs), 3)
        for text in programs:
            ended = subprocess.run(
                [sys.executable, "-c", text], capture_output=True, text=True, timeout=60, check=False
            )
            self.assertEqual((ended.returncode, ended.stderr), (0, ""))
        self.assertEqual(self.ways("example.com"), {"gateway"})

    def test_the_changes_of_the_readme(self) -> None:
        (text,) = re.findall(r"```python\n(session\..*?)```", README.read_text(), re.DOTALL)
        os.environ.update(self.environment())
        with AgentConnectClient() as session:
            exec(text, {"session": session})
            self.assertIsNotNone(session.rotate()["session_id"])

    def environment(self) -> dict[str, str]:
        """Variables with which an example finds account, gateway and browser."""
        fields = self.sandbox.fields
        browsers = self.folder / "browsers"
        script = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
        path = subprocess.check_output([sys.executable, "-c", script], text=True)
        revision = re.search(r"chromium-(\d+)", path)
        assert revision
        folder = browsers / f"chromium_headless_shell-{revision[1]}" / "chrome-headless-shell-linux64"
        folder.mkdir(parents=True)
        (folder / "chrome-headless-shell").symlink_to(self.chromium)
        return {
            "PLAYWRIGHT_BROWSERS_PATH": str(browsers),
            "ALUVIA_TOKEN": fields["token"],
            "ALUVIA_API_BASE_URL": fields["api"],
            "ALUVIA_GATEWAY_HOST": fields["gateway_host"],
            "ALUVIA_GATEWAY_PORT": str(fields["gateway_port"]),
            "ALUVIA_DNS_SERVER": fields["dns_server"],
            "ALUVIA_ALLOW_LOOPBACK_NAMES": "yes",
        }
