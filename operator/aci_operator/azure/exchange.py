"""One request to Azure and what came of it."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from typing import Any

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.rest import AsyncHttpResponse

from aci_operator.azure.errors import Answer, refused
from aci_operator.azure.operations import Operation
from aci_operator.azure.redact import redacted
from aci_operator.azure.text import parsed
from aci_operator.azure.transport import NEVER_LEFT
from aci_operator.azure.witness import OPTION
from aci_operator.core import errors
from aci_operator.engine.telemetry import RequestCounter

CONNECT_TIMEOUT = 10.0
"""Seconds for TCP and TLS."""

_ENCODING = "utf-8-sig"  # JSON is always UTF-8; without a word the SDK would guess from the bytes

Send = Callable[..., Awaitable[object]]
"""A call of the SDK that takes the pipeline's options as keywords."""


class Exchange:
    """Sends one request and looks at the answer itself.

    It is the witness of its own call, so it knows whether a request was about to leave, and has ARM's own answer, apart
    from the answers of the token endpoint. What the SDK's models and exceptions make of an answer decides nothing.
    """

    def __init__(self, operation: Operation, timeout: float, telemetry: RequestCounter) -> None:
        self._operation = operation
        self._timeout = timeout
        self._telemetry = telemetry
        self._sent = False
        self._response: AsyncHttpResponse | None = None

    async def run(self, send: Send) -> AsyncHttpResponse:
        """Send the request.

        Returns:
            The answer, with a 2xx status.

        Raises:
            errors.AzureError: Any other outcome.
        """
        started = time.perf_counter()
        failure: BaseException | None = None
        try:
            async with asyncio.timeout(self._timeout):
                await send(
                    **{OPTION: self},
                    connection_timeout=min(CONNECT_TIMEOUT, self._timeout),
                    read_timeout=self._timeout,
                )
        except Exception as error:  # noqa: BLE001 - no foreign exception crosses the port, and a write may have had effect
            failure = error
        finally:
            self._telemetry.arm_request(self._operation.label, self._code(failure), time.perf_counter() - started)
        # No exception of the SDK is chained: its text holds what Azure wrote, unfiltered, and would reach the log.
        if self._response is None:
            raise self._unanswered(failure) from None
        if not 200 <= self._response.status_code < 300:
            raise refused(self._operation, _answer(self._response)) from None
        return self._response

    def leaves(self) -> None:
        """See the request leave."""
        self._sent = True
        # A challenge (401 with claims) repeats the request: the former answer is then void.
        self._response = None

    def answered(self, response: AsyncHttpResponse) -> None:
        """See its answer."""
        self._response = response

    def content(self, response: AsyncHttpResponse) -> Any:
        """Return an answer's JSON."""
        try:
            return parsed(self._body(response))
        except ValueError:
            raise self.unusable("the answer is not JSON") from None

    def digest(self, response: AsyncHttpResponse) -> bytes:
        """Return what tells an answer from another one."""
        return hashlib.sha256(self._body(response).encode()).digest()

    def _body(self, response: AsyncHttpResponse) -> str:
        try:
            # Not response.content: an answer may be of azure-core's older generation, which has only text().
            return response.text(_ENCODING)
        except ValueError:
            raise self.unusable("the answer is not in UTF-8") from None

    def unusable(self, why: str) -> errors.AzureError:
        """Return the error for an answer of 2xx that cannot be understood."""
        return self._operation.unknown(message=redacted(why))

    def _unanswered(self, failure: BaseException | None) -> errors.AzureError:
        if failure is None:
            return self._operation.unknown(message="the transport gave no answer")
        if not self._sent:
            return _without_token(failure)
        kind = errors.Unavailable if _never_left(failure) else self._operation.unknown
        return kind(message=_text(failure))

    def _code(self, failure: BaseException | None) -> str:
        if self._response is not None:
            return str(self._response.status_code)
        if failure is None:
            return "cancelled"
        if not self._sent:
            return "no-token"
        if _never_left(failure):
            return "unreachable"
        return "timeout" if isinstance(failure, TimeoutError | ServiceResponseTimeoutError) else "cut"


def _answer(response: AsyncHttpResponse) -> Answer:
    try:
        text = response.text(_ENCODING)
    except ValueError:
        text = ""
    return Answer(response.status_code, response.headers, text)


def _never_left(failure: BaseException) -> bool:
    # azure-core's transport calls every client error of aiohttp a ServiceRequestError ("no request was sent"), a
    # connection cut after the request too; only the error inside tells.
    if isinstance(failure, ServiceRequestTimeoutError):
        return True
    if not isinstance(failure, ServiceRequestError):
        return False
    return failure.inner_exception is None or isinstance(failure.inner_exception, NEVER_LEFT)


def _without_token(failure: BaseException) -> errors.AzureError:
    """Nothing was sent to ARM: a credential that is refused is a person's work, one that cannot be had now is not."""
    if isinstance(failure.__cause__, ServiceRequestError | ServiceResponseError):
        pass  # azure-identity calls a metadata endpoint that it cannot reach a credential that is not set up
    elif isinstance(failure, ClientAuthenticationError):
        status = failure.response.status_code if failure.response is not None else None
        if status is None or (400 <= status < 500 and status not in {408, 429}):
            return errors.Unauthenticated(message=_text(failure))
    elif isinstance(failure, ValueError) or (isinstance(failure, OSError) and not isinstance(failure, TimeoutError)):
        # A credential that is set up wrongly, or whose token file cannot be read.
        return errors.Unauthenticated(message=_text(failure))
    return errors.Unavailable(message=f"no token: {_text(failure)}")


def _text(failure: BaseException) -> str:
    if isinstance(failure, TimeoutError):
        return "no answer in time"
    text = failure.message if isinstance(failure, AzureError) else str(failure)
    return redacted(text or type(failure).__name__)
