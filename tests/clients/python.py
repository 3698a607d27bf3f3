"""The Python SDK against a running host, in both eras: discovery (2026-07-28) and the handshake before it.

usage: target/clients/python/bin/python tests/clients/python.py http://127.0.0.1:3000/mcp
Never changes anything but one order. Exits non-zero on any surprise.
"""

import asyncio
import json
import sys

from mcp import Client, MCPError

ORDER = "ord_1003"
TOOLS = [f"codecall:{name}" for name in ("describe", "execute", "invoke", "searchKnowledge", "searchSkills")]

REFUND = """
const { orderId } = ctx.input;
const before = await acme.getOrder({ orderId });
const refund = await acme.refundOrder({ orderId, amountCents: 100, reason: "goodwill" });
const after = await acme.getOrder({ orderId });
return { refund: refund.amountCents, change: after.refundedCents - before.refundedCents };
"""


def expect(condition: object, what: object) -> None:
    """An assertion that also holds under `python -O`."""
    if not condition:
        raise AssertionError(what)


async def call(client: Client, name: str, **arguments: object) -> dict:
    answer = await client.call_tool(name, arguments)
    expect(not answer.is_error, answer)
    expect(answer.structured_content, f"{name} answers with structured content")
    return answer.structured_content


async def tell(client: Client) -> dict:
    """Search, describe, refund; and be refused an unknown tool."""
    listed = sorted(tool.name for tool in (await client.list_tools()).tools)
    expect(listed == TOOLS, listed)

    found = await call(client, "codecall:searchSkills", queries=["refund a damaged order"])
    expect(found["skills"][0]["name"] == "refund-order", found)
    described = await call(client, "codecall:describe", skills=["refund-order"])
    expect("refundOrder" in json.dumps(described), described)
    refunded = await call(
        client, "codecall:execute", script=REFUND, skills=["refund-order"], input={"orderId": ORDER}
    )
    expect(refunded["status"] == "ok" and refunded["result"]["change"] == 100, refunded)

    try:
        await client.call_tool("codecall:nothing", {})
    except MCPError as error:
        expect(error.error.code == -32602, error)
    else:
        raise AssertionError("an unknown tool was not refused")
    return {"tools": listed, "found": [skill["name"] for skill in found["skills"]], "refunded": refunded["result"]}


async def main(url: str) -> None:
    for mode, modern in (("auto", True), ("legacy", False)):
        async with Client(url, mode=mode, read_timeout_seconds=20) as client:
            expect(client.server_info and client.server_info.name == "acme-shop", client.server_info)
            expect((client.protocol_version == "2026-07-28") == modern, client.protocol_version)
            seen = await tell(client)
            print(json.dumps({"client": "python", "mode": mode, "protocolVersion": client.protocol_version, **seen}))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    asyncio.run(main(sys.argv[1]))
