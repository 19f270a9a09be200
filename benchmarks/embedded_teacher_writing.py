"""What the embedded reader makes of problems: rewrites under a strategy, and texts from symbols.

    python -m benchmarks.embedded_teacher_writing --rewrites 200 --texts 200

Rewrites: problems with a strategy each out of those that it was taught, in the library's words. The
problems are those that the reader itself reads out of the texts of `--seeds`, or, without that, made by
operators, of structures that are held out. Of the replies are counted: readable; accepted as a run
accepts them (one proved answer, sensible, nothing idle; where no number fits, others are looked for) and
another problem than before; of those obeyed, which is a structure (by its fingerprint) that
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
from collections.abc import Sequence
from itertools import islice
from random import Random

from pydantic import ValidationError

from benchmarks.asking_reader import Ask, add_options, asker, messages, speed
from benchmarks.embedded_teacher_reading import outcome
from zoped.programs import load_seeds
from zoped.programs.acceptance import Acceptance, NotAccepted
from zoped.programs.strategies import Strategy, known_strategies
from zoped.programs.teachers.reader.adapter import (
    FORMALIZE,
    GRAMMAR,
    REWRITE,
    REWRITE_GRAMMAR,
    VERBALIZE,
)
from zoped.programs.teachers.reader.lines import with_forgotten
from zoped.signatures import WrittenProblem, as_lines, from_lines
from zoped.symbolic import (
    MutationRefused,
    SymbolicProblem,
    fingerprint,
    instance_key,
    mutate,
    operators,
)
from zoped.symbolic.wording.text_checks import missing_givens, states_answer
from zoped.train.teacher.realized import (
    Made,
    carry_out,
    made_problems,
    problem_told,
    taught_strategies,
)

TRIES, READINGS = 8, 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_options(parser)
    parser.add_argument("--rewrites", type=int, default=200)
    parser.add_argument("--texts", type=int, default=200)
    parser.add_argument("--seeds", help="file of texts with answers to rewrite from")
    parser.add_argument("--show", type=int, default=5, help="of each, printed")
    options = parser.parse_args()
    print(f"python -m benchmarks.embedded_teacher_writing {' '.join(sys.argv[1:])}")
    print(f"{os.cpu_count()} cores, {options.engine}")
    ask = asker(options)
    if options.rewrites:
        problems = read_seeds(ask, options.seeds) if options.seeds else held_out(options.rewrites)
        rewrites(ask, (problems * options.rewrites)[: options.rewrites], options.show)
    if options.texts:
        texts(ask, options.texts, options.show)


def held_out(most: int) -> list[SymbolicProblem]:
    return [
        each.problem for each in islice(made_problems(Random("rewritten"), held_out=True), most)
    ]


def read_seeds(ask: Ask, path: str) -> list[SymbolicProblem]:
    """What the reader makes of the seeds' texts, the first of four replies that gives the answer."""
    seeds = load_seeds(path)
    jobs = [(messages(FORMALIZE, seed.text), k) for seed in seeds for k in range(4)]
    replies = [reply for reply, _ in ask(jobs, {"grammar": GRAMMAR})]
    found = []
    for place, seed in enumerate(seeds):
        for reply in replies[4 * place : 4 * place + 4]:
            if outcome(reply, seed.text, ";".join(seed.answers)) == "passed":
                problem = problem_told(seed.text, reply)
                if problem is not None:
                    found.append(problem)
                break
    print(f"{len(found)} of {len(seeds)} seeds read in four tries")
    return found


def rewrites(ask: Ask, problems: Sequence[SymbolicProblem], show: int) -> None:
    rng, most = Random("rewrites"), len(problems)
    strategies = known_strategies(None)
    names = [name for name in taught_strategies() if name in strategies]
    orders = [rng.choice(names) for _ in problems]
    jobs = [
        (messages(REWRITE, f"{strategies[name].text}\n{as_lines(problem)}"), place)
        for place, (problem, name) in enumerate(zip(problems, orders, strict=True))
    ]
    began = time.monotonic()
    replies = ask(jobs, {"grammar": REWRITE_GRAMMAR})
    seconds = time.monotonic() - began
    count: Counter[str] = Counter()
    by_strategy: dict[str, Counter[str]] = {name: Counter() for name in names}
    acceptance = Acceptance()
    for problem, name, (reply, tokens) in zip(problems, orders, replies, strict=True):
        found = judged(acceptance, problem, strategies[name], reply, rng)
        count.update(found)
        by_strategy[name].update([*found, "asked"])
        count["tokens"] += tokens
        if show > 0 and "accepted" in found:
            show -= 1
            print(f"  {name} ({', '.join(found)})\n{_indented(as_lines(problem))}\n    ->")
            print(_indented(reply))
    accepted = count["accepted"] or 1
    print(
        f"rewrites: {most} asked, {count['readable'] / most:.0%} readable, "
        f"{count['accepted'] / most:.0%} accepted ({count['other numbers'] / most:.0%} with other numbers); "
        f"of those {count['obeyed'] / accepted:.0%} obeyed, "
        f"{count['new structure'] / accepted:.0%} of a structure that no single operator makes; "
        f"{speed(count['tokens'], count['accepted'], seconds)}"
    )
    refused = {w: n for w, n in count.most_common() if w.startswith("refused")}
    print(f"  refused: {', '.join(f'{n} {w[9:]}' for w, n in refused.items())}")
    for name, own in sorted(by_strategy.items()):
        print(
            f"  {name:22} {own['asked']:3} asked {own['accepted']:3} accepted {own['obeyed']:3} obeyed"
        )


def judged(
    acceptance: Acceptance, problem: SymbolicProblem, strategy: Strategy, reply: str, rng: Random
) -> list[str]:
    """What is true of a rewrite."""
    try:
        fields = with_forgotten(from_lines(reply), from_lines(as_lines(problem)))
        rewritten = WrittenProblem.model_validate(fields).to_problem()
    except (ValueError, ValidationError):
        return ["refused: not readable"]
    try:
        accepted = acceptance.rewrite(rewritten, problem, strategy)
    except NotAccepted as why:
        return ["readable", f"refused: {why.reason}"]
    if instance_key(accepted) == instance_key(problem):
        return ["readable", "refused: unchanged"]
    found = ["readable", "accepted"]
    if accepted.givens != rewritten.givens:
        found.append("other numbers")
    structure = fingerprint(accepted)
    if structure in {s for s in (carried(problem, strategy.id, rng) for _ in range(TRIES)) if s}:
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
    told = [
        text.strip()
        for text, _ in ask([(messages(VERBALIZE, as_lines(e.problem)), 0) for e in made], {})
    ]
    jobs = [(messages(FORMALIZE, text), seed) for text in told for seed in range(READINGS)]
    readings = [reply for reply, _ in ask(jobs, {"grammar": GRAMMAR})]
    # How well the reader reads the rules' own texts of the same problems bounds what can be read back.
    rules = [(messages(FORMALIZE, e.text), seed) for e in made for seed in range(READINGS)]
    of_rules = [reply for reply, _ in ask(rules, {"grammar": GRAMMAR})]
    count: Counter[str] = Counter()
    for place, (each, text) in enumerate(zip(made, told, strict=True)):
        own = slice(READINGS * place, READINGS * (place + 1))
        whole = is_whole(each, text)
        back = is_read_back(readings[own], text, each.answer)
        count.update(whole=whole, back=back, both=whole and back)
        count.update(rules=is_read_back(of_rules[own], each.text, each.answer))
        if place < show:
            print(f"  {text}  <- {each.text}")
    print(
        f"texts: {most} told, {count['whole'] / most:.0%} state every "
        f"given and not the answer, {count['back'] / most:.0%} are read back, {count['both'] / most:.0%} "
        f"both; of the rules' texts of the same problems {count['rules'] / most:.0%} are read back"
    )


def is_whole(made: Made, text: str) -> bool:
    return not missing_givens(made.problem, text) and not states_answer(
        text, made.answer, made.problem
    )


def is_read_back(readings: list[str], text: str, answer: str) -> bool:
    passed = [outcome(reply, text, answer) for reply in readings].count("passed")
    return passed > len(readings) // 2


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


if __name__ == "__main__":
    main()
