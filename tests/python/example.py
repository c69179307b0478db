"""A user's program, which mypy --strict checks against the installed wheel."""

import asyncio
import logging

import httpx
import requests
from aluvia_connect import (
    AgentConnectClient,
    AgentConnectSession,
    ApiError,
    AsyncAgentConnectClient,
    Configuration,
    Explanation,
    PlaywrightProxy,
    ProxyStartError,
)
from playwright.sync_api import ProxySettings, sync_playwright
from selenium import webdriver


def use(session: AgentConnectSession) -> str:
    explained: Explanation = session.explain("https://example.com/")
    changed: Configuration = session.update_rules(["*.example.com"], local=True)
    proxy: PlaywrightProxy = session.playwright()
    with sync_playwright() as playwright:
        playwright.chromium.launch(proxy=ProxySettings(**proxy), args=session.browser_args()).close()
        playwright.chromium.launch(proxy=session.playwright()).close()
    requests.get("https://example.com/", proxies=session.requests_proxies(), timeout=10)
    httpx.Client(proxy=session.httpx_proxy()).close()
    webdriver.Chrome(options=session.selenium_options(webdriver.ChromeOptions())).quit()
    return explained["rule"] + explained.get("trouble", "") + (changed["session_id"] or "")


async def use_asyncio() -> int:
    client = AsyncAgentConnectClient("token", gateway_protocol="https", local_port=54321, log_level="debug")
    try:
        async with client as session:
            configuration = await session.rotate()
            return configuration["configuration"]
    except ApiError as error:
        return error.status_code or 0


def main() -> None:
    logging.basicConfig()
    try:
        with AgentConnectClient(rules=["-cdn.example.com"], proxy_auth="agent:secret") as session:
            use(session)
    except ProxyStartError as error:
        raise SystemExit(str(error)) from error
    asyncio.run(use_asyncio())
