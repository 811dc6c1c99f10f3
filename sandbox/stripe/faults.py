"""Faults by rule: what goes wrong with which request, how often."""

import re
import threading
import time
from dataclasses import asdict, dataclass, field

from sandbox.stripe.wire import Object, Request

KINDS = frozenset(
    {
        "drop_before",  # the connection closes; nothing happened
        "drop_after",  # it happened; the connection closes without an answer
        "cut_body",  # it happened; half of the answer arrives
        "error500_before",  # nothing happened; a 500 is stored for the key
        "error500_after",  # it happened; a 500 is stored for the key
        "rate_limit",  # 429 before the idempotency layer; nothing stored
        "outage",  # 503; nothing happened, nothing stored
        "latency_before",  # waits `seconds`, then it happens
        "latency",  # it happens, then the answer waits `seconds`
    }
)


@dataclass
class Rule:
    """Lets the first `nth - 1` matching requests pass, then strikes `count` times (None: always)."""

    kind: str
    method: str = ".*"
    path: str = ".*"
    count: int | None = 1
    nth: int = 1
    seconds: float = 0.0
    body: str = ""
    seen: int = field(default=0)
    struck: int = field(default=0)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"Unknown fault {self.kind!r}: one of {', '.join(sorted(KINDS))}")

    def strikes(self, request: Request) -> bool:
        """Whether this request is hit; counts it."""
        if self.count is not None and self.struck >= self.count:
            return False
        if not self._matches(request):
            return False
        self.seen += 1
        if self.seen < self.nth:
            return False
        self.struck += 1
        return True

    def _matches(self, request: Request) -> bool:
        return bool(
            re.fullmatch(self.method, request.method)
            and re.fullmatch(self.path, request.path)
            and (not self.body or re.search(self.body, request.body.decode(errors="replace")))
        )


class Faults:
    """The rules in force."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._lock = threading.Lock()

    def add(self, rule: Rule) -> None:
        """Puts a rule in force."""
        with self._lock:
            self._rules.append(rule)

    def clear(self) -> None:
        """Ends all rules."""
        with self._lock:
            self._rules.clear()

    def listed(self) -> list[Object]:
        """The rules with what they have done so far."""
        with self._lock:
            return [asdict(rule) for rule in self._rules]

    def striking(self, request: Request) -> "Struck":
        """The faults that hit this request; a rule is used up by it."""
        if not self._rules:
            return _UNHARMED
        with self._lock:
            return Struck([rule for rule in self._rules if rule.strikes(request)])


class Struck:
    """The faults of one request."""

    def __init__(self, rules: list[Rule]) -> None:
        self._rules = rules
        self.kinds = {rule.kind for rule in rules}

    def __contains__(self, kind: str) -> bool:
        return kind in self.kinds

    def wait(self, kind: str) -> None:
        """Sleeps as long as the rules of that kind say."""
        if kind in self.kinds:
            time.sleep(sum(rule.seconds for rule in self._rules if rule.kind == kind))


_UNHARMED = Struck([])
