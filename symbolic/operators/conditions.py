"""Questions with a condition in them, told in two: what is so, and what is asked for then."""

from __future__ import annotations

import re

from zoped.symbolic.language.expression import Symbol
from zoped.symbolic.operators.editing import rebuilt
from zoped.symbolic.problem import MAX_PHRASE, SymbolicProblem
from zoped.symbolic.wording.asked_for import asked_of_whom, quoted_question, with_question
from zoped.symbolic.wording.inflection import HER, HIM, capitalize, is_plural

_IF_FIRST = re.compile(r"If (?P<condition>.+?),? (?P<question>(?:how|what) .+\?)\Z")
_IF_LAST = re.compile(
    r"(?P<question>(?:How|What) [^,]+?),? if (?P<condition>[^,]+(?:(?:, [^,]+)*,? and [^,]+)?)\?\Z"
)
_HANGING = re.compile(r"(?P<before>\A|.*[.!] )If (?P<condition>[^,.]+)\Z", re.DOTALL)
# Somebody else, of whom the main clause may be: "If it rains Tom takes the bus".
_SECOND = re.compile(r" (?:then|[Hh]e|she|it|they|we|I|you|there|[A-Z][a-z]+)\b")
_PRONOUN = re.compile(r"(each (?=(?:has|is|was|had|[a-z]+s) )|[Hh]e|[Ss]he)\b ?")
# A story that names somebody, or says "he", may mean another one than the question speaks of.
_NAME = re.compile(r"[A-Z][a-z]+")
_OF_NOBODY = re.compile(r"(?:An?|The|There|In|On|At|For|Of|One|Each|Every|Some|\{\w+\})(?= )")
_WORD = re.compile(r"[A-Za-z]+")
_THERE = re.compile(r"(\A(?!.*\bthen\b).* (?:is|are|were) there)\?\Z")
# What is only imagined, or is no sentence of its own.
_UNTOLD = re.compile(
    r"\bif\b|\A(?:not|so|only if|instead)\b|\b(?:was|were) to\b|\b(?:I|he|she|it|[A-Z][a-z]+) were\b"
)


def _of_whom(condition: str, question: str, story: str) -> str:
    """The condition with those of whom the question speaks for a pronoun that would come before them now:
    "each of the carts has 2 wheels" for "each has", "Ann bakes" for "she bakes" where the story speaks of nobody."""
    match = _PRONOUN.match(condition)
    who = asked_of_whom(question) if match else ""
    if match is None or not who or "{" in who or not who[0].isalpha():
        return condition
    rest = condition[match.end() :]
    if match[1] != "each ":
        is_meant = _NAME.fullmatch(who) and _names_nobody(story)
        return f"{who} {rest}" if is_meant else condition
    several = is_plural(who.split()[-1]) and who.startswith(("the ", "these ", "his ", "her "))
    return f"each of {who} {rest}" if several else condition


def _names_nobody(story: str) -> bool:
    sentences = [_OF_NOBODY.sub("", one, count=1) for one in story.split(". ")]
    return (HIM | HER).isdisjoint(_WORD.findall(story)) and not any(map(_NAME.search, sentences))


def _without_hanging(problem: SymbolicProblem) -> SymbolicProblem:
    """The problem without the "If" that begins the story's last sentence, where no main clause follows it."""
    story = problem.constraints[0].statement if problem.constraints else ""
    match = _HANGING.match((story or "").rstrip("."))
    if match is None or _UNTOLD.search(match["condition"]) or _SECOND.search(match["condition"]):
        return problem
    first, *others = problem.constraints
    told = f"{match['before']}{capitalize(match['condition'])}"
    return problem.replaced(constraints=(first.replaced(statement=told), *others))


def condition_told(problem: SymbolicProblem) -> SymbolicProblem:
    """The problem with the condition of its quoted question as the last sentence of the story.

    "Ann had 9 songs. If she deleted 4 songs, how many songs does she have?" asks for the number of songs
    she has, once the story tells that she deleted 4. The question that was written is gone: this is for
    steps that go on from it. As it was where there is no such condition, or no story. A last sentence of the
    story that has nothing but a condition ("If she spent 3 dollars.") is told as well.
    """
    problem = _without_hanging(problem)
    if not isinstance(problem.target, Symbol):
        return problem
    asked = problem.variable(problem.target.name)
    question = quoted_question(asked.meaning)
    match = _IF_FIRST.match(question) or _IF_LAST.match(question)
    story = problem.constraints[0].statement if problem.constraints else ""
    if match is None or not story or _UNTOLD.search(match["condition"]):
        return problem
    question = capitalize(match["question"].rstrip("?")) + "?"
    told = f"{story.rstrip('.')}. {capitalize(_of_whom(match['condition'], question, story))}"
    meaning = with_question(asked.meaning, _THERE.sub(r"\1 then?", question))
    if len(told) > MAX_PHRASE:
        return problem
    first, *others = problem.constraints
    return rebuilt(
        problem,
        variables=[v.replaced(meaning=meaning) if v is asked else v for v in problem.variables],
        constraints=[first.replaced(statement=told), *others],
        target=problem.target,
    )
