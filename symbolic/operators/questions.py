"""Operators that ask something else about the answer: how many, the least, the greatest."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from zoped.symbolic.language.expression import Apply, Symbol
from zoped.symbolic.operators.base import Limits, MutationRefused, register_operator
from zoped.symbolic.operators.conditions import condition_told
from zoped.symbolic.operators.editing import fresh_name, rebuilt, solved_values, target_variable
from zoped.symbolic.operators.quantity import story_words
from zoped.symbolic.operators.stage import Stage
from zoped.symbolic.operators.story import Stories, chosen_story
from zoped.symbolic.operators.story_tables import stories
from zoped.symbolic.problem import Constraint, Domain, SymbolicProblem, Variable

_LETTERS = ("x", "y", "z", "t", "u", "v", "w")


class _AboutMultiples(Stage):
    """Asks about a whole number whose multiple is compared with the answer."""

    def _ask(
        self,
        problem: SymbolicProblem,
        rng: Random,
        step: int,
        stories: Stories,
        relation: str,
        query: str,
    ) -> SymbolicProblem:
        asked = target_variable(problem)
        if solved_values(problem)[asked.name] < 2 * step:
            raise MutationRefused("too_small", "there would be nothing to choose")
        problem = condition_told(problem)
        size = fresh_name(problem, "step")
        taken = {v.name for v in problem.variables} | story_words(problem)
        letter = next((x for x in _LETTERS if x not in taken), "")
        story, _ = chosen_story(problem, stories, size, rng, x=letter)
        n = letter if query == "count" else fresh_name(problem, "chosen")
        unknown = Variable(
            name=n,
            meaning=story.means,
            unit=story.unit,
            domain=Domain.POSITIVE_INTEGER,
        )
        given = Variable(name=size, domain=Domain.POSITIVE_INTEGER, value=Fraction(step))
        multiple = Apply("*", (Symbol(size), Symbol(n)))
        changed = rebuilt(
            problem,
            variables=[*problem.variables, given, unknown],
            constraints=[
                *problem.constraints,
                Constraint(
                    relation=Apply(relation, (multiple, Symbol(asked.name))), statement=story.says
                ),
            ],
            target=Symbol(n),
            query=query,
            topic="number theory",
        )
        if query != "count":
            return changed
        # By rules, the other unknowns would be asked for too where no linear way leads to them.
        return changed.replaced(questions=(f"How many values can {letter} have?",))


@register_operator
class AskCount(_AboutMultiples):
    name = "ask_count"
    description = "Ask how many whole numbers satisfy a condition with the answer."
    arguments = {"step": Limits(2, 9, "the factor in the condition")}

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        return self._ask(problem, rng, arguments["step"], stories("many"), "<=", "count")


@register_operator
class AskMinimum(_AboutMultiples):
    name = "ask_minimum"
    description = "Ask for the least whole number that satisfies a condition with the answer."
    arguments = {"step": Limits(2, 9, "the factor in the condition")}

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        return self._ask(problem, rng, arguments["step"], stories("least"), ">=", "minimum")


@register_operator
class AskMaximum(_AboutMultiples):
    name = "ask_maximum"
    description = "Ask for the greatest whole number that satisfies a condition with the answer."
    arguments = {"step": Limits(2, 9, "the factor in the condition")}

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        return self._ask(problem, rng, arguments["step"], stories("greatest"), "<=", "maximum")
