"""Names that the operator owns in a cluster and in Azure."""

from typing import Final

GROUP: Final = "acioperator.dev"
VERSION: Final = "v1alpha1"
API_VERSION: Final = f"{GROUP}/{VERSION}"

SERVICE_KIND: Final = "AciService"
GROUP_KIND: Final = "AciContainerGroup"

FINALIZER: Final = f"{GROUP}/azure"

LABEL_SERVICE: Final = f"{GROUP}/service"
LABEL_SERVICE_UID: Final = f"{GROUP}/service-uid"
LABEL_REVISION: Final = f"{GROUP}/revision"
LABEL_SERIAL: Final = f"{GROUP}/serial"

ANNOTATION_RETRY: Final = f"{GROUP}/retry"
"""Set by the operator on the group object of a replica that follows failures of its revision."""

ANNOTATION_REASON: Final = f"{GROUP}/reason"
"""Set by the operator on the group object of a replica: why it was made."""

ANNOTATION_PASSED_OVER: Final = f"{GROUP}/passed-over"
"""Set by the operator on the group object of a replica: which better places had no room then, and why."""

ANNOTATION_ABANDON: Final = f"{GROUP}/abandon"
"""Set by a user to the object's own uid: the finalizer goes without another call to Azure."""

ANNOTATION_SPENT: Final = f"{GROUP}/spent"
"""Written by the operator on its Lease: what it has spent of Azure's budgets in the last hour."""

# Azure refuses < > % & \ ? / in the names of tags, so these are joined with an underscore.
TAG_PREFIX: Final = f"{GROUP}_"
TAG_CLUSTER: Final = f"{TAG_PREFIX}cluster"
TAG_NAMESPACE: Final = f"{TAG_PREFIX}namespace"
TAG_NAME: Final = f"{TAG_PREFIX}name"
TAG_UID: Final = f"{TAG_PREFIX}uid"
TAG_SERVICE: Final = f"{TAG_PREFIX}service"
TAG_REVISION: Final = f"{TAG_PREFIX}revision"
TAG_CREATED: Final = f"{TAG_PREFIX}created"
TAG_ORPHANED_FROM: Final = f"{TAG_PREFIX}orphaned-from"
