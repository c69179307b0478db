"""An agent with one task: it opens each page of its arguments through the proxy, and prints status and title.

  PROXY_URL=http://127.0.0.1:54321 [PROXY_AUTH=USER:PASSWORD] python3 agent.py URL…
"""

import json
import os
import sys
from collections.abc import Mapping

from playwright.sync_api import Browser, ProxySettings, sync_playwright


def proxy_of(environment: Mapping[str, str]) -> ProxySettings:
    """Return the proxy that the variables name."""
    server = environment.get("PROXY_URL")
    if not server:
        sys.exit("set PROXY_URL to the address of aluvia-connect, such as http://127.0.0.1:54321")
    username, colon, password = environment.get("PROXY_AUTH", "").partition(":")
    return {"server": server, "username": username, "password": password} if colon else {"server": server}


def visit(browser: Browser, url: str) -> None:
    """Open the page and print the site's answer."""
    page = browser.new_page()
    response = page.goto(url)
    print(json.dumps({"url": url, "status": response and response.status, "title": page.title()}))
    page.close()


def main(urls: list[str]) -> None:
    """Open the pages one after the other."""
    if not urls:
        sys.exit("no page to open; usage: python3 agent.py URL…")
    with sync_playwright() as playwright:
        # CHROMIUM names a browser other than the one in Playwright's image.
        browser = playwright.chromium.launch(proxy=proxy_of(os.environ), executable_path=os.environ.get("CHROMIUM"))
        for url in urls:
            visit(browser, url)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
