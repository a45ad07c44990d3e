"""`python -m tests.soak`: run it, print what was seen, and fail if anything did not hold."""

import asyncio
import secrets
import tempfile
from pathlib import Path

import click

from . import soak_run as run


@click.command()
@click.option("--seconds", default=60.0, show_default=True, help="How long the clients ask.")
@click.option("--seed", type=int, help="Draws variants, requests and faults; by default another one each time.")
@click.option("--clients", default=6, show_default=True, help="How many at once.")
def main(seconds: float, seed: int | None, clients: int) -> None:
    """Ask an emulator that is full of faults, and exit with 1 if anything did not hold."""
    seed = secrets.randbelow(10_000) if seed is None else seed
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(run.soak(Path(folder), seconds, seed, clients))
    violations = [*report.violations, *report.unused]
    for line in [*report.lines, *violations]:
        click.echo(line)
    click.echo(f"{len(violations)} violations" if violations else "no violation")
    raise SystemExit(1 if violations else 0)


if __name__ == "__main__":
    main()
