"""Which given can be asked for when the answer is told instead, and what the story then has to say."""

from __future__ import annotations

import re

from zoped.foundation.words import word_set
from zoped.symbolic.operators.distractors import goes_on, people_of
from zoped.symbolic.operators.editing import phrase, target_variable
from zoped.symbolic.problem import SymbolicProblem, Variable
from zoped.symbolic.wording.clauses import clause_parts
from zoped.symbolic.wording.inflection import BE

# "On the way there its speed is 60 km/h": no rule asks for that.
_ODD_OPENING = re.compile(r"(?:On|In|At|For|After|Before|With|From|Of|To) [^,]*\[")
_OF_THEM = re.compile(r"\bof (?:them|these)\b")
_HEAD = re.compile(r" (?:of|along|in|on|from|to|at|for|between|that|which)\b")
_OF_THE_LAST = re.compile(r"(?:Its|It|Their|They) ")
# What a sentence takes from the one before it.
_LEANS = re.compile(
    r"^(?:Its?|His|Her|S?he|They|Their|Another|Then|After that|Later|This|These|Of these|Among)\b"
    r"|\b(?:of them|of these|to this|for these|for them|like this)\b|\bthem all\b",
    re.IGNORECASE,
)
_SECOND_VERB = re.compile(r"\].* and (?!an? )")  # "[brakes] evenly and loses #"
# How a sentence says what there is; when; and what says that something has happened by then.
_STATES = BE | word_set(
    "has have owns own holds hold contains contain sit sits lie lies stand stands"
)
_WHEN = re.compile(
    r"\b(?:first|now|today|then|soon|later|left|before|ago|beginning|start|together|in all|more)\b"
    r"|\A(?:An?|Each|Every) |\b(?:born|sold|given)\b",
    re.IGNORECASE,
)
_LATER = re.compile(r"\b(?:left|now|then|still|in the end|after that|at last|in all|later)\b")
_ADDED = re.compile(r"\b(?:more|away|out|off)\b|\bfrom the\b")
_SEVERAL = re.compile(r"\b(?:[Tt]wo|[Tt]hree|[Ff]our|[Ff]ive) [a-z]")
_INDEFINITE = re.compile(r"\b[Aa]n? (?:[a-z]+ )??([a-z]+)")


def makes_a_question(problem: SymbolicProblem, given: Variable) -> bool:
    """Whether the story can do without the given's sentence, and rules can turn that into a question."""
    return not _introduces(problem, given) and _asks_well(problem, given)


def as_it_was_first(problem: SymbolicProblem, given: Variable) -> Variable:
    """The given, said to be what there is "at first" where it changes in the story."""
    if not _changes(problem, given):
        return given
    return given.replaced(
        clause=f"{(given.clause or '').rstrip('.')} at first",
        other_clauses=(),
        meaning=f"{given.meaning} at first" if given.meaning else "",
    )


def in_wordings_that_stand_alone(problem: SymbolicProblem) -> SymbolicProblem:
    """The problem without the other wordings that may point at a sentence that is not told any more."""

    def alone(wordings: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(words for words in wordings if not _LEANS.search(words))

    return problem.replaced(
        variables=tuple(
            v.replaced(other_clauses=alone(v.other_clauses)) if v.other_clauses else v
            for v in problem.variables
        ),
        constraints=tuple(
            c.replaced(other_statements=alone(c.other_statements)) if c.other_statements else c
            for c in problem.constraints
        ),
    )


def _changes(problem: SymbolicProblem, given: Variable) -> bool:
    """Whether the story goes on to what there is later of it, or to what comes or goes.

    "Finn has some money. He spends 6 dollars. He has 3 dollars left. How many dollars does he have?" asks
    for the 3, unless it says "at first".
    """
    verb, who = _verb_and_person(given)
    if verb not in _STATES or _WHEN.search(given.clause or ""):
        return False
    for relation in problem.relations:
        if given.name not in relation.symbols:
            continue
        for other in map(problem.variable, relation.symbols & {v.name for v in problem.variables}):
            clause = other.clause or ""
            if other.name == given.name or other.unit != given.unit or not clause:
                continue
            its_verb, its_person = _verb_and_person(other)
            if re.search(r"\beach\b|\[needs?\]", clause):
                continue
            if its_verb not in _STATES and (who in clause if who else _ADDED.search(clause)):
                return True
            if its_verb in _STATES and its_person == who and _LATER.search(clause):
                return True
    return False


def _verb_and_person(variable: Variable) -> tuple[str, str]:
    """The verb of the variable's clause, and the person who is its subject, or ""."""
    clause = variable.clause or ""
    verb = clause.partition("[")[2].partition("]")[0]
    return verb, next(iter(people_of(clause)), "")


def _asks_well(problem: SymbolicProblem, given: Variable) -> bool:
    """Whether rules can turn the given's sentence round into a question that says whom it is about."""
    clause = given.clause or ""
    parts = clause_parts(clause, given.unit)
    if parts is None or not clause:
        return True
    if ", " in parts.subject or _SECOND_VERB.search(clause):
        return False  # "When it is swapped, the number [grows] by #", "[brakes] and loses #"
    if not (parts.group or given.unit or parts.rest.startswith("of ") or parts.verb in BE):
        return False  # "[hits] it with probability #"
    return not _OF_THE_LAST.match(clause) or not _others_come_after(problem, given)


def _others_come_after(problem: SymbolicProblem, given: Variable) -> bool:
    """Whether something else is spoken of last, when the given is asked for and the answer told.

    "How long is its shadow?" is about that.
    """
    asked = target_variable(problem)
    at = problem.variables.index(given)
    later = {v.name for v in problem.variables[at + 1 :]}
    if any(v.is_given and v.clause for v in problem.variables[at + 1 :]):
        return True
    if (given.clause or "").startswith("The"):  # they, their: the several that the story is about
        return False
    if any(c.statement and later & c.relation.symbols for c in problem.constraints):
        return True
    before = " ".join([problem.story, *(v.clause or "" for v in problem.variables[:at])])
    parts = clause_parts(asked.clause or "", asked.unit)
    subject = parts.subject if parts else phrase(asked)
    head = _HEAD.split(subject, maxsplit=1)[0].split(" ")[-1]
    return head not in re.findall(r"[A-Za-z]+", before)


def _introduces(problem: SymbolicProblem, given: Variable) -> bool:
    """Whether the story needs the given's sentence to know what it speaks of.

    "One angle of a triangle is 50 degrees": without it, nobody knows of a triangle.
    """
    clause = given.clause or ""
    if clause.startswith(
        ("One ", "Two ", "Three ", "Four ", "The first ", "Each ")
    ) or _ODD_OPENING.match(clause):
        return True
    parts = clause_parts(clause, given.unit)
    if parts is not None and parts.between.split()[-1:] == ["of"]:
        return True  # "has a mass of # kg" makes no question
    after = problem.variables[problem.variables.index(given) + 1 :]
    if any(map(goes_on, after[:1])):
        return True
    if after and _OF_THEM.search(after[0].clause or ""):
        return True
    others = [problem.story, *((c.statement or "") for c in problem.constraints)]
    others += [v.clause or "" for v in problem.variables if v is not given]
    text = " ".join(others)
    if _SEVERAL.search(clause) and not _SEVERAL.search(text):
        return True  # "The product of two integers is 72" says that there are two
    return any(not re.search(rf"\b{noun}(?:s|es)?\b", text) for noun in _INDEFINITE.findall(clause))
