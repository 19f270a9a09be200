"""A trainer of one's own over HTTP: it asks `zoped serve` for problems, and tells what became of them.

    zoped serve FOLDER --seeds elementary --instruction "" --group-size 16 --port 8765
    python examples/http_client.py http://127.0.0.1:8765 [--groups 600]

Here the lab student only answers, in groups of sixteen (`--group`, as the service is told); a trainer would take
its step between answering and asking for more. The gradient share, of groups with right and wrong answers, is
printed as it goes.
"""

from __future__ import annotations

import argparse
import warnings

from zoped.evals import is_right
from zoped.students import load_student
from zoped.train.live.client import LiveClient

STEP = 16  # problems


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("--groups", type=int, default=608)
    parser.add_argument("--group", type=int, default=16, help="answers to a problem")
    parser.add_argument(
        "--name", default="example", help="of this training: observations count once"
    )
    options = parser.parse_args()
    group = options.group
    warnings.simplefilter("ignore")
    student = load_student("lab")
    shares = []
    with LiveClient(options.url) as live:
        for step in range(options.groups // STEP):
            name = f"{options.name}-{step}"
            problems = live.take(STEP, request=name)
            answers = student.sample([p.text for p in problems], samples=group, seed=step)
            passes = [
                sum(is_right(text, problem.answer) for text in texts)
                for problem, texts in zip(problems, answers, strict=True)
            ]
            live.observe_all(
                [(p.key, n, group, name) for p, n in zip(problems, passes, strict=True)]
            )
            shares.append(sum(0 < n < group for n in passes) / STEP)
            if step % 8 == 7:
                recent = shares[-8:]
                print(f"groups {STEP * (step - 7)} to {STEP * (step + 1)}: {sum(recent) / 8:.1%}")
        print(f"gradient share: {sum(shares) / len(shares):.1%}")
        late = shares[len(shares) // 3 :]
        print(f"after the first third: {sum(late) / len(late):.1%}")
        print(f"calibration: {live.stats()['calibration']}")


if __name__ == "__main__":
    main()
