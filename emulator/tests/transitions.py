"""Which state of a group may follow which, as tables: what brings it about, from, to, and who says so."""

from collections.abc import Iterable
from typing import Literal

Cause = Literal["time", "operation", "put", "patch", "delete", "start", "stop", "restart", "kill", "move"]
"""`time` passes always; `operation` is time while a long-running operation is under way."""

Rows = tuple[tuple[Cause, str, str, str], ...]

FINAL = {"Succeeded", "Failed"}
"""Values of provisioningState without an operation under way."""

PROVISIONING: Rows = (
    ("time", "Pending", "Creating", "document: container-state"),
    ("time", "Pending", "Failed", "assumption: no capacity, found late"),
    ("time", "Creating", "Succeeded", "document: container-state"),
    ("time", "Creating", "Failed", "document: container-state"),
    ("time", "Updating", "Succeeded", "recording: PowerShell 2024"),
    ("time", "Updating", "Failed", "document: container-state"),
    ("time", "Repairing", "Succeeded", "document: container-state"),
    ("time", "Repairing", "Failed", "document: container-state"),
    ("time", "Failed", "Succeeded", "variant: after_timeout"),
    ("put", "Succeeded", "Pending", "report: azure-powershell #15793"),
    ("put", "Failed", "Pending", "document: container-instances-update"),
    ("start", "Succeeded", "Pending", "document: container-state"),
    ("start", "Failed", "Pending", "document: container-state"),
    ("restart", "Succeeded", "Updating", "recording: PowerShell 2024"),
    ("restart", "Failed", "Updating", "assumption"),
    ("delete", "Succeeded", "Deleting", "specification; variant: delete_answer"),
    ("delete", "Failed", "Deleting", "specification; variant: delete_answer"),
    ("delete", "Pending", "Deleting", "variant: delete_while_transitioning"),
    ("delete", "Creating", "Deleting", "variant: delete_while_transitioning"),
    ("delete", "Updating", "Deleting", "variant: delete_while_transitioning"),
    ("kill", "Pending", "Failed", "assumption"),
    ("kill", "Creating", "Failed", "assumption"),
    ("kill", "Updating", "Failed", "assumption"),
    ("move", "Succeeded", "Repairing", "variant: moving_state"),
)

STATES: Rows = (
    ("time", "Pending", "Waiting", "variant: waiting_state"),
    ("time", "Pending", "Running", "recording: CLI 2023"),
    ("time", "Waiting", "Running", "recording: CLI 2023"),
    ("time", "Pending", "Failed", "assumption: an init container that fails"),
    ("time", "Waiting", "Failed", "assumption: an init container that fails"),
    ("time", "Running", "Succeeded", "document: container-state"),
    ("time", "Running", "Failed", "recording: CLI 2023"),
    ("operation", "Stopped", "Running", "document: container-instances-update"),
    ("operation", "Succeeded", "Running", "recording: CLI 2020; restart of a group whose run is over"),
    ("operation", "Failed", "Running", "assumption: as of one that succeeded"),
    ("put", "Succeeded", "Pending", "document: container-instances-update"),
    ("put", "Failed", "Pending", "document: container-instances-update"),
    ("put", "Running", "Pending", "document: container-instances-update"),
    ("put", "Stopped", "Pending", "document: container-instances-update"),
    ("put", "Waiting", "Pending", "document: container-instances-update"),
    ("start", "Stopped", "Pending", "recording: .NET 2021"),
    ("start", "Succeeded", "Pending", "document: container-instances-stop-start"),
    ("start", "Failed", "Pending", "document: container-instances-stop-start"),
    ("start", "Waiting", "Pending", "assumption"),
    ("stop", "Running", "Stopped", "recording: PowerShell 2024"),
    ("stop", "Pending", "Stopped", "assumption"),
    ("stop", "Waiting", "Stopped", "assumption"),
    ("kill", "Pending", "Stopped", "assumption"),
    ("kill", "Pending", "Failed", "assumption"),
    ("kill", "Waiting", "Stopped", "assumption"),
    ("kill", "Waiting", "Failed", "assumption"),
    ("kill", "Running", "Stopped", "assumption"),
    ("kill", "Succeeded", "Stopped", "assumption"),
    ("kill", "Succeeded", "Failed", "assumption"),
    ("kill", "Failed", "Stopped", "assumption"),
    ("kill", "Stopped", "Failed", "assumption"),
)


def follows(rows: Rows, before: str, after: str, causes: Iterable[Cause]) -> bool:
    """Whether `after` can be what `before` has become: any number of rows of these causes lead there."""
    edges = {(start, end) for cause, start, end, _ in rows if cause in set(causes)}
    reached = {before}
    while more := {end for start, end in edges if start in reached} - reached:
        reached |= more
    return after in reached
