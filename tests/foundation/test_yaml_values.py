from __future__ import annotations

import pytest
import yaml

from zoped.foundation.reading.yaml_values import MOST, load_yaml

TENFOLD = "".join(f"- &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30))


@pytest.mark.parametrize(
    "text", [f"- &a0 [1]\n{TENFOLD}", f"- &a0 {{x: 1}}\n{TENFOLD.replace('[', '[*a0, ')}"]
)
def test_a_few_lines_that_stand_for_billions_of_values_are_refused(text: str) -> None:
    with pytest.raises(yaml.YAMLError, match="stands for more than"):
        load_yaml(text)


def test_what_is_repeated_now_and_then_is_read() -> None:
    assert load_yaml("a: &a [1, 2]\nb: *a\nc: {<<: {x: *a}}") == {
        "a": [1, 2],
        "b": [1, 2],
        "c": {"x": [1, 2]},
    }
    assert len(load_yaml(f"[{'1,' * (MOST - 2)}]")) == MOST - 2


def test_what_is_nested_too_deep_is_no_yaml() -> None:
    with pytest.raises(yaml.YAMLError, match="nested too deep"):
        load_yaml("[" * 5_000)
