"""The command line: one group that loads a noun's commands only when they are called."""

from __future__ import annotations

import importlib
import sys
from typing import Any, NamedTuple

import typer
from typer.core import TyperGroup

from danlu.cli import output
from danlu.errors import DanluError


class Door(NamedTuple):
    """Where a command lives and what the overview says of it."""

    module: str
    app: str
    help: str


DOORS = {
    "up": Door("platform", "up", "Start page, API, workers and scheduler."),
    "demo": Door("demo", "demo", "Replay a bundled real log through the whole loop."),
    "data": Door("datasets", "app", "Import files; list, show, see rejected rows."),
    "network": Door("networks", "app", "Propose, check, convert and save networks."),
    "train": Door("experiments", "train", "Search and train; the best goes online with --deploy."),
    "experiment": Door("experiments", "app", "List, show, stop and resume experiments."),
    "model": Door("models", "app", "List, show and export trained models."),
    "deploy": Door("deployments", "deploy", "Put a model behind a name."),
    "deployment": Door("deployments", "app", "List, show, promote and roll back deployments."),
    "predict": Door("deployments", "predict", "Ask a deployment about rows of a file."),
    "feedback": Door("deployments", "feedback", "Tell a deployment what really happened."),
    "loop": Door("loops", "app", "Set, show and run the standing order of a deployment."),
    "project": Door("projects", "app", "Create and list projects."),
    "key": Door("keys", "app", "Create, list and revoke keys."),
    "job": Door("jobs", "app", "List, show and cancel jobs."),
    "serve": Door("platform", "serve", "Serve one bundle alone, without the platform."),
    "backup": Door("platform", "backup", "Copy a workspace to a folder, consistently."),
    "restore": Door("platform", "restore", "Make a workspace from a backup."),
    "doctor": Door("platform", "doctor", "Say which protections are up on this machine."),
}


class Doors(TyperGroup):
    """A group that shows every command and imports only the one that runs."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """List the commands in the order of the work."""
        return list(DOORS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """Return a light stand-in that carries name and help for the overview."""
        if cmd_name not in DOORS:
            return None
        return typer.core.TyperCommand(cmd_name, help=DOORS[cmd_name].help)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Load the real command."""
        name, command, rest = super().resolve_command(ctx, args)
        if name is None or command is None:
            return name, command, rest
        return name, loaded(name, DOORS[name]), rest


def loaded(name: str, door: Door) -> Any:
    """Import the module behind a door; a lone function becomes a command, an app a group."""
    found = getattr(importlib.import_module(f"danlu.cli.{door.module}"), door.app)
    if not isinstance(found, typer.Typer):
        alone = typer.Typer(add_completion=False)
        alone.command(name)(found)
        found = alone
    command = typer.main.get_command(found)
    command.name = name
    return command


app = typer.Typer(
    cls=Doors, no_args_is_help=True, add_completion=False, rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Danlu: hand over your logs, get a prediction API that improves every day.",
)  # fmt: skip


@app.callback()
def about() -> None:
    """Danlu: hand over your logs, get a prediction API that improves every day."""


def main() -> None:
    """Run one command; a DanluError becomes one readable message and exit code 1."""
    try:
        app()
    except DanluError as problem:
        output.problem(problem)
        sys.exit(1)
    except KeyboardInterrupt:
        output.note("stopped; what was finished is kept, and the same command goes on from there")
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)


if __name__ == "__main__":
    main()
