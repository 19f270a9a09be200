"""What the embedded reader makes of problems: rewrites under a strategy, and texts from symbols.

    python -m benchmarks.embedded_teacher_writing --rewrites 200 --texts 200

Rewrites: held-out problems of one or two steps, each with a strategy out of those that it was taught, in
the library's words. Of the replies are counted: readable; accepted (one proved answer, sensible, nothing
idle, another problem than before); of those obeyed, which is a structure (by its fingerprint) that
carrying out the strategy on this problem by rules gives in one of `TRIES` draws; and of a structure that
no single operator makes of this problem in `TRIES` draws of each.

Texts: held-out problems told from their symbols. A text is whole when it states every given and
not the answer; it is read back when a majority of `READINGS` readings of the text alone, by the same model,
prove the known answer.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from itertools import islice
from random import Random

from pydantic import ValidationError

from benchmarks.asking_reader import Ask, add_options, asker, messages
from benchmarks.embedded_teacher_reading import outcome
from zoped.programs.strategies import known_strategies
from zoped.programs.teachers.reader.adapter import FORMALIZE, GRAMMAR, REWRITE, VERBALIZE
from zoped.signatures import WrittenProblem, as_lines
from zoped.symbolic import (
    MutationRefused,
    SymbolicProblem,
    check_problem,
    fingerprint,
    instance_key,
    mutate,
    operators,
)
from zoped.symbolic.wording.text_checks import missing_givens, states_answer
from zoped.train.teacher.realized import Made, carry_out, made_problems, taught_strategies

TRIES, READINGS = 8, 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_options(parser)
    parser.add_argument("--rewrites", type=int, default=200)
    parser.add_argument("--texts", type=int, default=200)
    parser.add_argument("--show", type=int, default=5, help="of each, printed")
    options = parser.parse_args()
    print(f"python -m benchmarks.embedded_teacher_writing {' '.join(sys.argv[1:])}")
    print(f"{os.cpu_count()} cores, {options.engine}")
    ask = asker(options)
    if options.rewrites:
        rewrites(ask, options.rewrites, options.show)
    if options.texts:
        texts(ask, options.texts, options.show)


def rewrites(ask: Ask, most: int, show: int) -> None:
    rng = Random("rewrites")
    strategies = known_strategies(None)
    names = [name for name in taught_strategies() if name in strategies]
    made = list(islice(made_problems(Random("rewritten"), held_out=True), most))
    orders = [rng.choice(names) for _ in made]
    jobs = [
        (messages(REWRITE, f"{strategies[name].text}\n{as_lines(each.problem)}"), 0)
        for each, name in zip(made, orders, strict=True)
    ]
    began = time.monotonic()
    replies = ask(jobs, {})
    seconds = time.monotonic() - began
    count: Counter[str] = Counter()
    by_strategy: dict[str, Counter[str]] = {name: Counter() for name in names}
    for each, name, (reply, tokens) in zip(made, orders, replies, strict=True):
        found = judged(each.problem, name, reply, rng)
        count.update(found)
        by_strategy[name].update([*found, "asked"])
        count["tokens"] += tokens
        if show > 0 and "accepted" in found:
            show -= 1
            print(f"  {name} ({', '.join(found)})\n{_indented(as_lines(each.problem))}\n    ->")
            print(_indented(reply))
    accepted = count["accepted"] or 1
    print(
        f"rewrites: {most} asked, {count['readable'] / most:.0%} readable, "
        f"{count['accepted'] / most:.0%} accepted; of those {count['obeyed'] / accepted:.0%} obeyed, "
        f"{count['new structure'] / accepted:.0%} of a structure that no single operator makes; "
        f"{count['tokens'] / seconds:.0f} tokens/s, {count['accepted'] / seconds:.2f} accepted a second"
    )
    refused = {w: n for w, n in count.most_common() if w.startswith("refused")}
    print(f"  refused: {', '.join(f'{n} {w[9:]}' for w, n in refused.items())}")
    for name, own in sorted(by_strategy.items()):
        print(
            f"  {name:22} {own['asked']:3} asked {own['accepted']:3} accepted {own['obeyed']:3} obeyed"
        )


def judged(problem: SymbolicProblem, strategy: str, reply: str, rng: Random) -> list[str]:
    """What is true of a rewrite."""
    try:
        rewritten = WrittenProblem.model_validate(reply).to_problem()
    except (ValueError, ValidationError):
        return ["refused: not readable"]
    check = check_problem(rewritten)
    if check.reason is not None:
        return ["readable", f"refused: {check.reason}"]
    if instance_key(rewritten) == instance_key(problem):
        return ["readable", "refused: unchanged"]
    found = ["readable", "accepted"]
    structure = fingerprint(rewritten)
    if structure in {s for s in (carried(problem, strategy, rng) for _ in range(TRIES)) if s}:
        found.append("obeyed")
    if structure not in by_one_operator(problem, rng):
        found.append("new structure")
    return found


def carried(problem: SymbolicProblem, strategy: str, rng: Random) -> str | None:
    result = carry_out(problem, strategy, rng)
    return None if result is None else fingerprint(result)


def by_one_operator(problem: SymbolicProblem, rng: Random) -> set[str]:
    """The structures that single operators make of it; its own is one."""
    found = {fingerprint(problem)}
    for name in operators():
        for _ in range(TRIES):
            try:
                found.add(fingerprint(mutate(problem, name, seed=rng.getrandbits(31))))
            except (MutationRefused, ValidationError):
                break
    return found


def texts(ask: Ask, most: int, show: int) -> None:
    made = list(islice(made_problems(Random("retold"), held_out=True), most))
    began = time.monotonic()
    told = [
        text.strip()
        for text, _ in ask([(messages(VERBALIZE, as_lines(e.problem)), 0) for e in made], {})
    ]
    seconds = time.monotonic() - began
    jobs = [(messages(FORMALIZE, text), seed) for text in told for seed in range(READINGS)]
    readings = [reply for reply, _ in ask(jobs, {"grammar": GRAMMAR})]
    # How well the reader reads the rules' own texts of the same problems bounds what can be read back.
    rules = [(messages(FORMALIZE, e.text), seed) for e in made for seed in range(READINGS)]
    of_rules = [reply for reply, _ in ask(rules, {"grammar": GRAMMAR})]
    count: Counter[str] = Counter()
    for place, (each, text) in enumerate(zip(made, told, strict=True)):
        own = slice(READINGS * place, READINGS * (place + 1))
        whole = is_whole(each, text)
        back = _majority(readings[own], text, each.answer)
        count.update(whole=whole, back=back, both=whole and back)
        count.update(rules=_majority(of_rules[own], each.text, each.answer))
        if place < show:
            print(f"  {text}  <- {each.text}")
    print(
        f"texts: {most} told ({most / seconds:.1f} a second), {count['whole'] / most:.0%} state every "
        f"given and not the answer, {count['back'] / most:.0%} are read back, {count['both'] / most:.0%} "
        f"both; of the rules' texts of the same problems {count['rules'] / most:.0%} are read back"
    )


def is_whole(made: Made, text: str) -> bool:
    return not missing_givens(made.problem, text) and not states_answer(
        text, made.answer, made.problem
    )


def _majority(readings: list[str], text: str, answer: str) -> bool:
    passed = [outcome(reply, text, answer) for reply in readings].count("passed")
    return passed > len(readings) // 2


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


if __name__ == "__main__":
    main()
