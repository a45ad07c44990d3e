"""What really went over the wire, seen from below the SDK's authentication."""

from typing import Any, Final, Protocol

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest

OPTION: Final = "witness"
"""The keyword with which a call of the SDK is given its witness."""


class Witness(Protocol):
    """Is told what happens to one call."""

    def leaves(self) -> None:
        """Tell that a request is about to leave."""

    def answered(self, response: AsyncHttpResponse) -> None:
        """Hand over its answer."""


class WitnessPolicy(SansIOHTTPPolicy[HttpRequest, Any]):
    """Tells a call's witness of each request and each answer.

    Not azure-core's CustomHookPolicy: its request hook is not called again when a challenge (401 with claims) makes the
    authentication repeat a request, and the 401 would then stand for a write whose second answer was lost.
    """

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        """See a request leave."""
        witness: Witness = request.context.options.pop(OPTION, None) or request.context[OPTION]
        request.context[OPTION] = witness
        witness.leaves()

    def on_response(self, request: PipelineRequest[HttpRequest], response: PipelineResponse[HttpRequest, Any]) -> None:
        """See an answer come, whatever its status."""
        request.context[OPTION].answered(response.http_response)
