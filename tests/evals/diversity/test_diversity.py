"""Diversity of words, structures and meanings, with numbers that can be worked out by hand."""

from __future__ import annotations

import json
from math import log2

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from zoped.evals.audit import AuditError
from zoped.evals.diversity import LEAVES, Item, diversity, load_items
from zoped.evals.diversity.meanings import mean_distance, vendi_score
from zoped.evals.diversity.measure import entropy, growth
from zoped.evals.diversity.words import distinct_n, self_bleu
from zoped.programs import builtin_seeds
from zoped.programs.random_operators import RandomOperators


def test_distinct_n_counts_different_runs_of_words():
    assert distinct_n(["a b c", "a b d"], 1) == 4 / 6
    assert distinct_n(["a b c", "a b d"], 2) == 3 / 4
    assert distinct_n(["a"], 2) == 0.0


def test_self_bleu_tells_copies_from_others():
    same = ["Ann has three pens and buys two more pens today."] * 5
    other = [f"w{i}a w{i}b w{i}c w{i}d w{i}e w{i}f" for i in range(5)]
    assert self_bleu(same) == pytest.approx(1.0)
    assert self_bleu(other) < 0.15
    assert self_bleu(other) < self_bleu([*other, *same]) < 1
    assert self_bleu(["one"]) == 0.0


def test_growth_is_what_drawing_gives_on_average():
    assert growth([1] * 40) == {10: pytest.approx(10), 30: pytest.approx(30), 40: pytest.approx(40)}
    assert growth([20]) == {10: pytest.approx(1), 20: pytest.approx(1)}
    curve = growth([10, 5])
    assert curve[15] == pytest.approx(2)
    # Ten of fifteen miss the five only when they are the ten: 1 in C(15, 10).
    assert curve[10] == pytest.approx(2 - 1 / 3003)
    assert growth([]) == {}


def test_entropy_is_in_bits():
    assert entropy([5, 5, 5, 5]) == pytest.approx(2) and entropy([7]) == 0 and entropy([]) == 0


def test_distances_and_the_vendi_score():
    apart, alike = np.eye(6), np.repeat(np.eye(6)[:1], 6, axis=0)
    assert vendi_score(apart) == pytest.approx(6) and vendi_score(alike) == pytest.approx(1)
    assert mean_distance(apart) == pytest.approx(1) and mean_distance(alike) == pytest.approx(0)
    two = np.repeat(np.eye(6)[:2], 3, axis=0)
    assert vendi_score(two) == pytest.approx(2)
    assert mean_distance(two) == pytest.approx(1 - 6 * 2 / 30)


@pytest.fixture(scope="module")
def items():
    return [
        Item(s.text, s.symbols, s.symbols.topic, "seed", i % 2)
        for i, s in enumerate(builtin_seeds()[:80])
    ]


def test_the_built_in_seeds_are_more_varied_than_variants_of_one(items):
    free = RandomOperators(variants=30, operators=["change_numbers"])
    made = free(builtin_seeds()[3]).accepted
    one = diversity([Item(p.text, p.symbols, p.symbols.topic, p.move) for p in made], embed=0)
    seeds = diversity(items, embed=0)
    assert one.fingerprints == 1 and one.entropy["structures"] == 0
    assert seeds.fingerprints > 40 and len(seeds.leaves) > 15 and seeds.leaf_coverage > 0.25
    assert seeds.leaves.keys() <= LEAVES.keys()
    assert seeds.self_bleu < one.self_bleu and seeds.distinct_n[2] > one.distinct_n[2]
    assert seeds.entropy["depths"] == pytest.approx(1) and seeds.entropy["structures"] < log2(80)
    assert seeds.growth[10] < 10.01 and seeds.vendi_score is None


def test_files_of_both_kinds_are_read(tmp_path, items):
    rows = [
        {"text": i.text, "symbols": i.symbols.model_dump(mode="json"), "move": "m", "depth": 1}
        for i in items[:5]
    ]
    rows.append({"question": "What is it?", "symbols": {"variables": []}})
    (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, rows)))
    read, unread = load_items(tmp_path / "p.jsonl")
    assert [i.symbols for i in read] == [*(i.symbols for i in items[:5]), None]
    assert unread == {"its symbols cannot be read": 1} and read[0].topic == items[0].topic
    table = pyarrow.table({"text": ["a", "b"], "depth": [1, None]})
    pyarrow.parquet.write_table(table, tmp_path / "p.parquet")
    assert [i.depth for i in load_items(tmp_path / "p.parquet")[0]] == [1, None]
    (tmp_path / "p.jsonl").write_text('{"answer": 1}')
    with pytest.raises(AuditError, match=r"p\.jsonl:1: no text"):
        load_items(tmp_path / "p.jsonl")
