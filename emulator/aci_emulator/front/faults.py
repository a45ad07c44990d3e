"""What goes wrong on purpose: the rules in force, and how often each kind was hit."""

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from aci_emulator.front.kinds import Kind
from aci_emulator.front.rules import Rule, answer
from aci_emulator.wire import Request

__all__ = ["Faults", "Kind", "Rule", "answer"]


@dataclass
class Faults:
    """The rules in force. The first that fires takes the request; used-up rules stay, for their hits.

    Attributes:
        counts: hits of each kind that ever had a rule, also of rules that are gone.
        on_release: called with the id of each rule that is released or cleared, for whoever holds its requests.
    """

    rules: list[Rule] = field(default_factory=list)
    on_release: Callable[[str], None] = field(default=lambda _id: None)
    counts: Counter[Kind] = field(default_factory=Counter)
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def add(self, rule: Rule) -> str:
        """Put a rule in force; gives its id, like "hold-1"."""
        rule.id = f"{rule.kind.removesuffix('-before').removesuffix('-after')}-{next(self._ids)}"
        self.rules.append(rule)
        self.counts[rule.kind] += 0
        return rule.id

    def take(self, request: Request, operation: str) -> Rule | None:
        """The rule that fires for this request, counted as a hit; None when there is none."""
        for rule in self.rules:
            if rule.fires(request, operation):
                self.counts[rule.kind] += 1
                return rule
        return None

    def give_back(self, rule: Rule) -> None:
        """Take back a hit that changed nothing: no item to leave out, no group to delete."""
        rule.hits -= 1
        self.counts[rule.kind] -= 1

    def release(self, rule_id: str = "all") -> list[str]:
        """Lift one hold, or all, and let its requests go on. Gives the ids that were lifted.

        Raises:
            KeyError: no hold of that id.
        """
        holds = [r.id for r in self.rules if r.kind.startswith("hold") and rule_id in {"all", r.id}]
        if not holds and rule_id != "all":
            raise KeyError(rule_id)
        self._drop(holds)
        return holds

    def clear(self) -> list[str]:
        """Lift every rule; what is held goes on. Gives the ids."""
        ids = [r.id for r in self.rules]
        self._drop(ids)
        return ids

    def _drop(self, ids: list[str]) -> None:
        self.rules = [r for r in self.rules if r.id not in ids]
        for rule_id in ids:
            self.on_release(rule_id)
