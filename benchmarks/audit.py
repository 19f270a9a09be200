"""How many known faults of published data sets an audit finds, and how often it accuses wrongly.

    ZOPED_DATA=data python benchmarks/audit.py --replies replies.jsonl --seeds seeds.jsonl \\
        > benchmarks/results/audit.txt

The rows of every `train` file under ZOPED_DATA are audited by their equations.
`equation_mismatch.tsv` there lists the rows whose equations were found not to give the gold by another
program: those that the audit names too are found, those that it does not are missed, and those that it
names alone are printed, to be looked at. Recorded formalizations of a capable teacher (rows of
`step`, `inputs` and `reply`) are audited as symbols against the golds of their seeds, which are taken to be
right: whatever is named `wrong_gold` there accuses wrongly. Neither way finds a gold that is wrong together with
its equations.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

from pydantic import ValidationError

from zoped.evals.audit import Audit, AuditRow, audit, load_rows
from zoped.evals.contamination import (
    TestedTexts,
    available_benchmarks,
    benchmark_texts,
)
from zoped.signatures import WrittenProblem

GOLD = ("wrong_gold", "steps_differ", "no_answer", "several_answers")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--replies", type=Path)
    parser.add_argument("--seeds", type=Path)
    parser.add_argument("--kept", type=Path, help="SQLite file, to go on after a kill")
    parser.add_argument("--shown", type=int, default=12, help="findings shown of a kind")
    options = parser.parse_args()
    data = Path(os.environ["ZOPED_DATA"])
    lines = (data / "equation_mismatch.tsv").read_text(encoding="utf-8").split("\n")[1:]
    known = dict(line.split("\t") for line in lines if line)
    print(f"{os.cpu_count()} cores; one process")
    tested = TestedTexts(benchmark_texts(available_benchmarks()))
    for path in sorted(data.glob("*/train.jsonl")):
        rows = [row for row in load_rows(path) if row.equations]
        begun = time.monotonic()
        found = audit(rows, tested=tested, kept=options.kept)
        report(path.parent.name, found, rows, known, time.monotonic() - begun, options.shown)
    if options.replies and options.seeds:
        recorded(options.replies, options.seeds, options.shown)


def report(
    name: str,
    found: Audit,
    rows: list[AuditRow],
    known: dict[str, str],
    seconds: float,
    shown: int,
) -> None:
    """One data set: what was found, against what is known."""
    here = {row.id for row in rows} & known.keys()
    accused = {finding.id for finding in found.findings if finding.kind in GOLD}
    print(f"\n{name}: {found.rows:,} rows with equations, {found.solved:,} solved, {seconds:.0f} s")
    print(f"  findings: {', '.join(f'{k} {n}' for k, n in found.counts.items()) or 'none'}")
    if found.unread:
        print(f"  not solved: {', '.join(f'{n} {why}' for why, n in found.unread.items())[:300]}")
    print(
        f"  known faults of golds: {len(here)}, found {len(here & accused)}, missed "
        f"{len(here - accused)}; accused beside them: {len(accused - here)}"
    )
    for id_ in sorted(here - accused)[:shown]:
        print(f"    missed: {id_} ({known[id_]})")
    for finding in [f for f in found.findings if f.kind in GOLD and f.id not in here][:shown]:
        print(f"    beside: {finding.id}: {finding.kind}: {finding.evidence[:160]}")
    for kind in ("wrong_step", "missing_number", "contradiction"):
        for finding in [f for f in found.findings if f.kind == kind][:3]:
            print(f"    {kind}: {finding.id}: {finding.evidence[:160]}")


def recorded(replies: Path, seeds: Path, shown: int) -> None:
    """A teacher's formalizations against golds that are right."""
    golds = {row.text: row for row in load_rows(seeds)}
    rows, unread = [], Counter[str]()
    for line in replies.read_text(encoding="utf-8").split("\n"):
        reply = json.loads(line) if line else {"step": ""}
        if reply["step"] != "formalize" or reply["inputs"]["text"] not in golds:
            continue
        seed = golds[reply["inputs"]["text"]]
        try:
            written = WrittenProblem.model_validate(json.loads(reply["reply"])["formalization"])
        except (ValueError, KeyError, ValidationError) as error:
            unread[type(error).__name__] += 1
            continue
        number = len(rows) + 1
        rows.append(
            AuditRow(number, f"{seed.id}#{number}", seed.text, seed.gold, written.to_problem())
        )
    found = audit(rows)
    print(
        f"\nrecorded formalizations of seeds: {found.rows}, solved {found.solved}; unreadable {dict(unread)}"
    )
    alone = {k: n for k, n in found.counts.items() if k != "near_duplicate"}
    print(f"  findings: {', '.join(f'{k} {n}' for k, n in alone.items()) or 'none'}")
    for finding in [f for f in found.findings if f.kind in alone][: 3 * shown]:
        print(f"    {finding.kind}: {finding.id}: {finding.evidence[:160]}")


if __name__ == "__main__":
    sys.exit(main())
