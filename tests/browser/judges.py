"""Who judges pages: axe-core in the browser, html-validate the HTML as it was served."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from playwright.async_api import Page

HERE = Path(__file__).parent
INSTALLED = HERE / "node_modules"
AXE = INSTALLED / "axe-core" / "axe.min.js"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async options => {
    await Promise.all(document.getAnimations().map(animation => animation.finished));
    const found = await axe.run(document, options);
    return found.violations.flatMap(({id, help, nodes}) =>
        nodes.map(node => `${id}: ${help}: ${node.html.slice(0, 200)} (${node.any.concat(node.all, node.none)
            .map(check => check.message).join("; ").slice(0, 200)})`));
}"""


async def install() -> None:
    """What package-lock.json names, into `node_modules`, unless it is there."""
    kept = INSTALLED / ".package-lock.json"  # npm's record of what it has installed
    if kept.exists() and kept.stat().st_mtime > (HERE / "package-lock.json").stat().st_mtime:
        return
    npm = await asyncio.create_subprocess_exec(
        "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", cwd=HERE
    )
    assert await npm.wait() == 0, "npm ci failed"


@cache
def axe_source() -> str:
    return AXE.read_text()


async def axe(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """What axe-core finds on the page as it stands, by all rules of the standards or by some. It is evaluated
    through the debugger, so the page keeps its Content-Security-Policy."""
    chosen = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": STANDARDS}
    if not await page.evaluate("typeof axe === 'object'"):
        await install()
        await page.evaluate(axe_source())
    found: list[str] = await page.evaluate(RUN, {"runOnly": chosen, "resultTypes": ["violations"]})
    return found


class Validator:
    """html-validate, in a process that judges one document after the other."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._to, self._from = process.stdin, process.stdout

    async def judge(self, html: str) -> list[str]:
        """What is wrong with the document."""
        self._to.write(json.dumps(html).encode() + b"\n")
        wrong: list[str] = json.loads(await self._from.readline())
        return wrong


@asynccontextmanager
async def validator() -> AsyncIterator[Validator]:
    """html-validate for the block."""
    await install()
    node = await asyncio.create_subprocess_exec(
        "node", str(HERE / "validate.mjs"), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        limit=2**20,
    )  # fmt: skip
    yield Validator(node)
    assert node.stdin is not None
    node.stdin.close()
    await node.wait()
