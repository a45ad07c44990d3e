"""Options that the commands for people share."""

from pathlib import Path

import click

kubeconfig = click.option(
    "--kubeconfig",
    envvar="KUBECONFIG",
    type=click.Path(path_type=Path),
    default=Path.home() / ".kube" / "config",
    help="Default: the variable KUBECONFIG, then ~/.kube/config.",
)
namespace = click.option("--namespace", "-n", default="default", show_default=True)
