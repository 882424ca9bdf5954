"""`danlu demo`: a real year of flights replayed through the whole loop, by the public API only.

Will this flight arrive more than 15 minutes late? The first 60 days train a model. Then each day's
flights are asked over HTTP, the answers come back as feedback a day later, and every seven days the
loop retrains. A second deployment keeps the model of day 60: what standing still would cost.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from danlu.cli import output
from danlu.cli.session import AsJson, late

ALL_DAYS, FAST_DAYS = 305, 28


def demo(
    days: Annotated[int | None, typer.Option(min=1, max=305, help="Days to replay.")] = None,
    fast: Annotated[bool, typer.Option("--fast", help="A shorter stretch; then end.")] = False,
    as_json: AsJson = False,
    home: Annotated[
        Path | None, typer.Option("--home", help="An empty folder; default: a new one.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
) -> None:
    """Replay a bundled real log through the whole loop, then stay up (--fast ends by itself)."""
    began = time.monotonic()
    place = home or Path(tempfile.mkdtemp(prefix="danlu-demo-"))
    server = late("danlu.cli.replay:Server")(place, port)
    with server as door:
        replay = late("danlu.cli.replay:Replay")(door, place)
        replay.first_model()
        for _ in range(days or (FAST_DAYS if fast else ALL_DAYS)):
            if not replay.day():
                break
        found = replay.summary()
        found["seconds"] = round(time.monotonic() - began, 1)
        verdict(found)
        if as_json:
            sys.stdout.write(json.dumps(found) + "\n")
            sys.stdout.flush()
        if not fast:
            output.say(f"the page stays up: {server.login_link()} (Ctrl-C ends it)")
            server.wait()


def verdict(found: dict[str, Any]) -> None:
    """Say in words what the replay showed."""
    live, frozen = found["live"]["auc"], found["frozen"]["auc"]
    output.say(
        f"{found['days']} days, {found['predictions']:,} predictions, {found['lost']} lost, "
        f"{found['retrains']} retrains, {found['promotions']} promotions"
    )
    better = "better than" if live > frozen else "NOT better than"
    output.say(f"live AUC {live:.4f}, {better} the model frozen on day 60: {frozen:.4f}")
