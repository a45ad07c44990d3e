"""The services whose last request failed, and is made again and again."""

from dataclasses import replace
from datetime import datetime

from aci_operator.core.service.share import Share
from aci_operator.engine.budgets.allowance import HOUR
from aci_operator.engine.budgets.line import Request
from aci_operator.engine.ports import Key


class Failures:
    """Remembers them. All replicas of a service are alike: what refuses one refuses the others, whenever they ask."""

    def __init__(self) -> None:
        self._failed_at: dict[Key, datetime] = {}

    def answered(self, service: Key, now: datetime, *, failed: bool) -> None:
        """Remember that a request of a service was refused or got no answer; forget it when one is taken."""
        if failed:
            self._failed_at[service] = now
        else:
            self._failed_at.pop(service, None)

    def shared(self, request: Request) -> Request:
        """Return a request as the retry that it is, if it would only be growth: it must not use up what others need."""
        again = request.share is Share.GROWTH and request.service in self._failed_at
        return replace(request, share=Share.RETRY) if again else request

    def sweep(self, now: datetime) -> None:
        """Forget what counts in no window any more."""
        self._failed_at = {service: at for service, at in self._failed_at.items() if now < at + HOUR}
