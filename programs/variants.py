"""The problems that one decision makes: pure functions, which everything that decides shares."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from zoped.foundation.errors import first_fault
from zoped.programs.acceptance import NotAccepted, Reason
from zoped.programs.menu import Option
from zoped.programs.strategies import REWRITE
from zoped.symbolic import MutationRefused, SymbolicProblem, instance_key

OTHER_NUMBERS = "change_numbers"


@dataclass(frozen=True)
class Variant:
    """A problem that may be accepted. `key` seeds all that is drawn for it, `identity` is its
    instance key."""

    key: str
    problem: SymbolicProblem
    identity: str

    @classmethod
    def of(cls, key: str, problem: SymbolicProblem) -> Variant:
        return cls(key, problem, instance_key(problem))


@dataclass(frozen=True)
class Decision:
    """How a problem is changed: by an option of the menu, or into what a teacher wrote."""

    option: Option | None = None
    arguments: Mapping[str, int] = field(default_factory=dict)
    rewritten: SymbolicProblem | None = None

    @property
    def move(self) -> str:
        """The option's name, or that of the rewrite."""
        if self.option is not None:
            return self.option.name
        return REWRITE if self.rewritten is None else self.rewritten.lineage.move or REWRITE

    @property
    def depth(self) -> int:
        """Mutations since the problem that was changed."""
        return 1 if self.option is None else len(self.option.operators)

    def variants(
        self, problem: SymbolicProblem, key: str, n: int, *, taken: Container[str] = frozenset()
    ) -> Iterator[Variant | NotAccepted]:
        """Up to `n` problems by this decision on `problem`; a rewrite is followed by the same with
        other numbers."""
        if self.option is not None:
            yield from variants(problem, self.option, key, n, arguments=self.arguments, taken=taken)
        elif self.rewritten is not None:
            yield Variant.of(f"{key}:0", self.rewritten)
            yield from with_other_numbers(self.rewritten, key, n)


def variants(
    problem: SymbolicProblem,
    option: Option,
    key: str,
    n: int,
    *,
    arguments: Mapping[str, int] | None = None,
    taken: Container[str] = frozenset(),
) -> Iterator[Variant | NotAccepted]:
    """`n` times the option on the problem, each by its own random stream: what comes, or why not.

    Where that gives what came before or is `taken` (an operator that leaves nothing to chance), the
    option is applied to the same problem with other numbers, of as many digits where all have as
    many: the problems of one decision are to be about as hard as each other.
    """
    if not option.applies(problem):
        yield NotAccepted(Reason.REFUSED, f"{option.name} does not apply to this problem")
        return
    made: set[str] = set()
    for i in range(n):
        stream = f"{key}:{i}"
        try:
            variant = Variant.of(stream, option.changed(problem, stream, arguments))
        except (MutationRefused, ValidationError) as error:
            yield refusal(error)
            continue
        if variant.identity in made or variant.identity in taken:
            numbers = Option(_same_size(problem))
            fresh = changed_quietly(problem, numbers, f"{stream}:numbers")
            again = fresh and changed_quietly(fresh, option, stream, arguments)
            variant = Variant.of(stream, again) if again else variant
        if variant.identity not in made:
            made.add(variant.identity)
            yield variant


def with_other_numbers(problem: SymbolicProblem, key: str, n: int) -> Iterator[Variant]:
    """The same problem with other numbers, `n` of them with itself; fewer where that cannot be."""
    made = {instance_key(problem)}
    for i in range(1, n):
        stream = f"{key}:{i}"
        changed = changed_quietly(problem, Option(OTHER_NUMBERS), stream)
        if changed is not None:
            variant = Variant.of(stream, changed.replaced(lineage=problem.lineage))
            if variant.identity not in made:
                made.add(variant.identity)
                yield variant


def changed_quietly(
    problem: SymbolicProblem,
    option: Option,
    key: str,
    arguments: Mapping[str, int] | None = None,
) -> SymbolicProblem | None:
    """The option on the problem; None where it does not apply."""
    try:
        return option.changed(problem, key, arguments)
    except (MutationRefused, ValidationError):
        return None


def refusal(error: MutationRefused | ValidationError) -> NotAccepted:
    """What an operator's refusal, or its result that passes the limits, is as a rejection."""
    if isinstance(error, MutationRefused):
        return NotAccepted(Reason.REFUSED, str(error))
    return NotAccepted(Reason.OVER_LIMIT, first_fault(error))


def _same_size(problem: SymbolicProblem) -> str:
    """The operator that draws other numbers of the same size."""
    values = [abs(v.value) for v in problem.givens if v.value is not None]
    for name, low, high in (("one_digit_numbers", 1, 9), ("two_digit_numbers", 10, 99)):
        if all(value.denominator == 1 and low <= value <= high for value in values):
            return name
    return OTHER_NUMBERS
