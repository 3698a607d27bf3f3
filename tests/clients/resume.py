"""A Python client with a session that prints what it is told, one JSON document a line, until its input ends.

usage: target/clients/python/bin/python tests/clients/resume.py http://127.0.0.1:3000/mcp
It opens its stream and finds it again by itself; this file never touches the connection.
"""

import json
import sys

import anyio
from mcp import Client


def say(**line: object) -> None:
    print(json.dumps(line), flush=True)


async def told(message: object) -> None:
    """What comes unasked: a notification, or an error of the connection."""
    method = getattr(message, "method", None)
    say(notification=method) if method else say(error=str(message))


async def main(url: str) -> None:
    async with Client(url, mode="legacy", message_handler=told, read_timeout_seconds=20) as client:
        say(client="python", protocolVersion=client.protocol_version)
        await anyio.to_thread.run_sync(sys.stdin.read)
    say(ended=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    anyio.run(main, sys.argv[1])
