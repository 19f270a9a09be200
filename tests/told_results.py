"""What the pages of results say with a number in it, made of the stored runs and of what the benchmarks printed."""

import re
from collections.abc import Callable, Sequence
from statistics import fmean, stdev

from tests.stored_labs import lab, percent, points, printed, those, told
from zoped.evals.held_out import COUNT, elementary_seeds, held_out_set
from zoped.symbolic import fingerprint
from zoped.train.lab.comparison import difference, mean_interval

UNEVEN, MIDDLE, FIRST, TUNING = (
    lab(name) for name in ("uneven", "interpolated", "main", "language_model")
)
WEAK, TEN, TEN_UNEVEN = (lab(name) for name in ("weak", "ten_rounds", "ten_rounds_uneven"))
ELSEWHERE, BEFORE = (lab("uneven", f"uneven/{name}") for name in ("other_machine", "before"))
TUNING_BEFORE = lab("language_model", "language_model/before")


MADE, MADE_LATER = "lab/made_uneven", "lab/made_numbers"


def of_made(which: str, arm: str = "", kind: str = "all", of: str = MADE) -> str:
    """From what `benchmarks.lab_made` printed of sampled or likeliest answers to a kind of problems: at the start, or
    what an arm gained."""
    block = printed(of).split(f"{which} answers\n")[1].split(f"  {kind}, ")[1]
    if not arm:
        return re.search(r"at the start ([\d.]+)%", block)[1] + " %"
    return re.search(rf"^    {arm} +\d seeds +(\S+) \(", block, re.MULTILINE)[1]


def made_against(first: str, second: str) -> str:
    block = printed(MADE).split("  easy, ")[0]
    line = re.search(rf"^    {first} .*", block, re.MULTILINE)[0]
    mean, low, high = re.search(
        rf"against {second} (\S+) points, 95 % (\S+) to (\S+),", line
    ).groups()
    return f"{mean} points (95 % {low} to {high})"


def like_the_seeds() -> int:
    """How many of the lab's held-out problems have the structure of a seed."""
    structures = {fingerprint(seed.symbols) for seed in elementary_seeds()}
    return sum(fingerprint(problem.symbols) in structures for problem in held_out_set("lab", COUNT))


def smollm2(arm: str) -> str:
    """The gain of its run with seed 0, from what was printed."""
    found = re.search(rf"smollm2, {arm}, seed 0: ([\d.]+)% to ([\d.]+)%", printed("lab/smollm2"))
    return f"{float(found[2]) - float(found[1]):+.1f} points"


def passes(name: str, k: int) -> list[tuple[str, str, str]]:
    """Pass@k of the students in the order in which they were printed, with the interval of the change."""
    return re.findall(rf"pass@{k} ([\d.]+)%(?: \((\S+) to (\S+)\))?", printed(f"lab/{name}"))


def span(found: tuple[str, str, str]) -> str:
    """The interval of a change in pass@k."""
    return f"({found[1]} to {found[2]} points)"


def in_many_tries(k: int) -> dict[str, dict[int, float]]:
    """Pass@k by arm and random seed, of students in between and of those with the trained weights."""
    found: dict[str, dict[int, float]] = {}
    for arm, seed, share in re.findall(
        rf"(\w+)/seed-(\d+)/\S+ .*pass@{k} ([\d.]+)%", printed("lab/pass_at_between")
    ):
        found.setdefault(arm, {})[int(seed)] = float(share) / 100
    return found


def sixteen(first: str, second: str) -> tuple[str, str]:
    """By the first eight random seeds and by the others."""
    gains = [UNEVEN.values(arm) for arm in (first, second)]
    return tuple(
        told(*(those(values, seeds) for values in gains)) for seeds in (range(8), range(8, 16))
    )


def then_and_now(arm: str, other: str) -> tuple[str, str]:
    """The eight random seeds that were to decide: with the code of then, and run again."""
    theirs = UNEVEN.values(other)
    return tuple(
        told(ours, those(theirs, range(8, 16)))
        for ours in (BEFORE.values(arm), those(UNEVEN.values(arm), range(8, 16)))
    )


def told_again(arm: str, name: str) -> str:
    """How much more the same random seeds gain with the present code."""
    before = BEFORE.values(arm, name)
    return told(those(UNEVEN.values(arm, name), before), before)


def told_first() -> list[str]:
    ours, theirs, alone, beside, full = (
        *("adaptive_seeds", "random_filtered", "seeds", "random_seeds", "adaptive_full"),
    )
    first, _ = sixteen(ours, beside)
    then, now = then_and_now(ours, beside)
    halfway = {arm: f"{points(UNEVEN.halfway(arm))} points" for arm in (alone, beside, ours)}
    eight, many = passes("pass_at_uneven", 8), passes("pass_at_uneven", 32)
    wide = {arm: percent(fmean(of.values()), 1) for arm, of in in_many_tries(32).items()}
    _, low, high = mean_interval(list(TUNING.values("tuned").values()))
    return [
        f"It gains {UNEVEN.gain(ours)} on held-out problems",
        f"filtered by pass rate bring it {UNEVEN.gain(theirs)}.",
        f"The seeds alone bring {UNEVEN.gain(alone)}, the seeds with other numbers {UNEVEN.gain('numbers')}, and the seeds with random operators beside them {UNEVEN.gain(beside)}.",
        f"choosing itself adds about a point: {UNEVEN.against(ours, beside)} by sampled",
        f"{like_the_seeds()} of the 600 have the structure of a seed",
        f"gains of {halfway[alone]} (`{alone}`), {halfway[beside]} (`{beside}`) and {halfway[ours]} (`{ours}`)",
        f"only {percent(UNEVEN.mean(alone, 'gradient_measured'))} of the groups of `{alone}`",
        f"{of_made('sampled', ours)} points with `{ours}`, {of_made('sampled', beside)} points with `{beside}` and {of_made('sampled', alone)} points with `{alone}`",
        f"`{alone}` changes it by {of_made('sampled', alone, 'easy')} points",
        f"`{full}` gains {UNEVEN.against(full, theirs)} more than `{theirs}`",
        f"and {UNEVEN.against(full, 'random_large')} more than `random_large`",
        f"spends {UNEVEN.count('random_large', 'rollouts')} rollouts",
        f"measures nothing, and gains {UNEVEN.gain('numbers')}; `{ours}` is ahead of it by {UNEVEN.against(ours, 'numbers')} by sampled",
        f"`numbers` gains {of_made('sampled', 'numbers', of=MADE_LATER)} points: it",
        f"spends {UNEVEN.count('oracle', 'rollouts')} rollouts and gains {UNEVEN.gain('oracle')}, over eight random seeds, {UNEVEN.against('oracle', ours)} more than",
        f"seeds it adds {UNEVEN.against(ours, beside)} by sampled",
        f"had left that open, {first};",
        f"decide it said {then}, and run again with the present code they say {now}.",
        f"as large, at {UNEVEN.count('random_seeds_large', 'rollouts')} rollouts, it is ahead by {UNEVEN.against(ours, 'random_seeds_large')}, over",
        f"(`random`) gain {UNEVEN.gain('random')} over",
        f"and are ahead of it by {UNEVEN.against('random', theirs)}",
        f"do not differ, {made_against(ours, beside)}.",
        f"takes {UNEVEN.minutes(ours)} minutes of a processor and one of `{theirs}` {UNEVEN.minutes(theirs)}",
        f"a student gains {TUNING.gain('tuned')} (95 % {points(low)} to {points(high)}); with all moves drawn alike, {TUNING.gain('untuned')}.",
        f"The difference, {TUNING.against('tuned', 'untuned')}, comes",
        f"nothing of the language model, gain {TUNING.gain('operators')} in about the same time of a processor, {TUNING.against('operators', 'tuned')} more than `tuned`",
        f"By its likeliest answers the student of `tuned` changes by {TUNING.gain('tuned', 'greedy_gain')}.",
        f"costs {TUNING.count('tuned', 'rollouts')} rollouts instead of {TUNING.count('untuned', 'rollouts')}",
        f"gains {MIDDLE.gain(theirs)} with `{theirs}` and {MIDDLE.count(theirs, 'rollouts')} rollouts, and {MIDDLE.gain('adaptive_half')} with `adaptive_half` and {MIDDLE.count('adaptive_half', 'rollouts')}",
        f"gains {WEAK.gain(ours)} with `{ours}` and {WEAK.gain(theirs)} with `{theirs}`, over",
        f"`{ours}` is ahead by {WEAK.against(ours, theirs)} by sampled and {WEAK.against(ours, theirs, 'greedy_gain')} by likeliest",
        f"pass@8 has gone from {eight[0][0]} % to {eight[1][0]} % and pass@32 from {many[0][0]} % to {many[1][0]} %",
        f"pass@32 has fallen to {many[2][0]} % (95 % {many[2][1]} to {many[2][2]} points), and of `{theirs}` to {many[4][0]} % (95 % {many[4][1]} to {many[4][2]} points)",
        f"it gains {UNEVEN.gain('adaptive_between')} over eight random seeds, and after four rounds pass@32 is {wide['adaptive_between']} where `{ours}` has {wide[ours]}, over four. {after_ten()}",
        f"`adaptive` gained {smollm2('adaptive')} and `random_filtered` {smollm2('random_filtered')}",
        f"ahead of `{theirs}` by {ahead_elsewhere('gain')} points",
    ]


def ahead_elsewhere(name: str) -> str:
    """How far `adaptive_seeds` is ahead of `random_filtered` on the other machine."""
    return points(
        difference(*(ELSEWHERE.values(a, name) for a in ("adaptive_seeds", "random_filtered"))).mean
    )


def told_of_many_faults() -> list[str]:
    ours, theirs, alone, beside = "adaptive_seeds", "random_filtered", "seeds", "random_seeds"
    full, half, near = "adaptive_full", "adaptive", "adaptive_near"
    first, _ = sixteen(ours, beside)
    then, now = then_and_now(ours, beside)
    _, alike = sixteen(ours, theirs)
    spent = {arm: UNEVEN.count(arm, "rollouts") for arm in UNEVEN.settings.arms if UNEVEN.of(arm)}
    needed = {arm: UNEVEN.needed(arm, theirs) for arm in (ours, full, half)}
    reached = {
        arm: f"{n.share:.2f} of them (95 % {n.low:.2f} to {n.high:.2f})"
        for arm, n in needed.items()
    }
    expected, found = (
        {arm: percent(UNEVEN.mean(arm, name)) for arm in (ours, theirs)}
        for name in ("gradient_expected", "gradient_measured")
    )
    of = {
        (arm, name): UNEVEN.count(arm, name)
        for arm in (ours, theirs)
        for name in ("problems", "structures")
    }
    looks = UNEVEN.mean(ours, "measuring") / UNEVEN.mean(ours, "problems")
    both = {
        arm: f"{of_made('sampled', arm)} and {of_made('likeliest', arm)} points with `{arm}`"
        for arm in (ours, beside, alone)
    }
    later = {
        arm: " and ".join(of_made(which, arm, of=MADE_LATER) for which in ("sampled", "likeliest"))
        for arm in ("numbers", "oracle")
    }
    weak = {
        arm: points(fmean(WEAK.values(arm, "greedy_gain").values())) for arm in WEAK.settings.arms
    }
    share = WEAK.needed(ours, theirs)
    less = [r for r in WEAK.of(theirs).values() if r.points[-1].accuracy < r.points[1].accuracy]
    by_round = {arm: TEN_UNEVEN.by_round(arm) for arm in (ours, theirs, full)}
    assert all(map(is_rising, zip(*by_round[full], strict=True)))
    lasting = TEN_UNEVEN.by_round("adaptive_between")
    assert lasting[-1][0] >= lasting[2][0]
    assert max(by_round[ours]) == by_round[ours][3] and max(by_round[theirs]) == by_round[theirs][2]
    one, eight, many = (passes("pass_at_uneven", k) for k in (1, 8, 32))
    between = "adaptive_between"
    as_much = f"{between} is within 1 point of {ours} in gain"
    wide = in_many_tries(32)
    halfway = [percent(fmean(wide[arm].values()), 1) for arm in (between, ours)]
    quick = printed("quickstart_seeds").split("Before the seeds were part")[1]
    since = re.findall(r"^\w+ answers: (\S+) points", quick, re.MULTILINE)
    without, with_them = re.search(
        r"With them, random seed 8.*?\n([\d.]+) [\d.]+ %, without them ([\d.]+) ",
        printed("lab/tried"),
    ).groups()[::-1]
    return [
        f"**, {reached[ours]}. `{full} reaches",
        f"**, {reached[full]}. `{half} reaches",
        f"it takes {needed[half].share:.2f} of them, but",
        f"there `{ours}` is ahead by {alike}.",
        f"to decide it. They said {then} with the code of then, and say {now} with the present one, where the first eight say {first}.",
        f"gains {told_again(ours, 'gain')} more by sampled and {told_again(ours, 'greedy_gain')} by likeliest answers than",
        f"and gains {UNEVEN.gain('random_lean')} with {spent['random_lean']} rollouts; `random_large` has steps as large, and gains {UNEVEN.gain('random_large')} with {spent['random_large']}.",
        f"costs {spent['random_seeds_large']} rollouts",
        f"held-out problems {like_the_seeds()} have the structure of a seed",
        f"student solves {of_made('sampled')} of them by sampled and {of_made('likeliest')} by likeliest answers",
        f"- {both[ours]}, over",
        f"- {both[beside]}, over eight: `{ours}` is ahead by {made_against(ours, beside)}",
        f"- {both[alone]}, over four: `{ours}` is ahead by {made_against(ours, alone)}",
        f"`{alone}` changes by {of_made('sampled', alone, 'easy')} points",
        f"of `numbers` gain {later['numbers']} points, over",
        f"nearly always solved {of_made('sampled', 'numbers', 'easy', MADE_LATER)} points; those of `oracle` {later['oracle']} points, over",
        f"{percent(UNEVEN.mean('oracle', 'gradient_measured'))} of its groups carry a gradient, and with {UNEVEN.count('oracle', 'measuring')} rollouts of measuring it gains {UNEVEN.both_gains('oracle')}, over eight random seeds. `{ours}` measures with {UNEVEN.count(ours, 'measuring')}, and `oracle` is not shown to gain more: {UNEVEN.against('oracle', ours)}.",
        f"the change is worth {told_again('tuned', 'gain')}, over",
        f"to `adaptive_seeds`, for {spent['tuned']} rollouts",
        f"and {percent(UNEVEN.mean('adaptive_dynamic', 'gradient_measured'))} of what it trains on has a gradient. It gains {UNEVEN.both_gains('adaptive_dynamic')} with {spent['adaptive_dynamic']} rollouts",
        f"`{ours}` is ahead of it by {UNEVEN.against(ours, 'adaptive_dynamic')}: a group",
        f"with {UNEVEN.minutes('adaptive_dynamic')} minutes of a processor a run",
        f"`{ours}` trains on {of[ours, 'problems']} different problems of {of[ours, 'structures']} structures, `{theirs}` on {of[theirs, 'problems']} of {of[theirs, 'structures']}.",
        variety(ours, full, theirs, "numbers"),
        "paper reports 0.37 for problems that are mutated as symbols, and 0.07 for texts",
        f"groups of `{ours}` {expected[ours]} were expected to carry a gradient and {found[ours]} did, at {looks:.1f} rollouts",
        f"those of `{theirs}` {expected[theirs]} and {found[theirs]}.",
        f"Of the groups of `{alone}` {percent(UNEVEN.mean(alone, 'gradient_measured'))} carry one",
        f"A run takes {UNEVEN.minutes(ours)} minutes of a processor with `{ours}`, {UNEVEN.minutes(theirs)} with `{theirs}`, {UNEVEN.minutes(alone)} with `{alone}` and {UNEVEN.minutes(half)} with `{half}`",
        f"It gains {UNEVEN.both_gains(near)}, with {spent[near]} rollouts",
        f"`{half}` gains {UNEVEN.both_gains(half)}, with {spent[half]} rollouts",
        f"it gains {WEAK.gain(ours)} with `{ours}` and {WEAK.gain(theirs)} with `{theirs}`, by likeliest answers {weak[ours]} and {weak[theirs]} points: `{ours}` is ahead by {WEAK.against(ours, theirs)} by sampled and {WEAK.against(ours, theirs, 'greedy_gain')} by likeliest answers",
        f"it had gained {points(WEAK.halfway(ours))} points, and `{theirs}`, which ends with less in {len(less)} of the eight runs, {points(WEAK.halfway(theirs))} points. The one run of `{alone}` gains {WEAK.gain(alone)} by sampled and {weak[alone]} points by likeliest",
        f"with {share.share:.2f} of its rollouts (95 % {share.low:.2f} to {share.high:.2f}), **{WEAK.answers[f'{ours} reaches {theirs} with at most 0.5 of its rollouts'].verdict}**",
        f"pass@8 goes from {eight[0][0]} % to {eight[1][0]} % {span(eight[1])}, pass@32 from {many[0][0]} % to {many[1][0]} % {span(many[1])}",
        f"pass@32 has fallen to {many[3][0]} % {span(many[3])} after four rounds and to {many[2][0]} % {span(many[2])} after ten, pass@8 to {eight[2][0]} % {span(eight[2])}",
        f"three quarters of the way pass@1 is {one[6][0]} % instead of {one[3][0]} %, and pass@32 {many[6][0]} % {span(many[6])}; halfway {one[5][0]} % and {many[5][0]} % {span(many[5])}",
        f"it gains {UNEVEN.both_gains(between)}, and pass@32 is {halfway[0]} where that of `{ours}` is {halfway[1]} with the same random seeds, a difference of {told(wide[between], wide[ours])}. {UNEVEN.verdict(as_much)}, {UNEVEN.against(between, ours)}.",
        f"random seeds {min(wide[ours])} to {max(wide[ours])}).",
        f"all that it has learnt after four. {after_ten()}",
        f"pass@32 to {many[4][0]} % {span(many[4])} and pass@8 to {eight[4][0]} % {span(eight[4])}",
        f"`{full}` gains no more, {since[0]} points by sampled and {since[1]} points by likeliest answers",
        f"ends at {with_them} % with it and at {without} % without",
        f"`{ours}` is ahead by {ahead_elsewhere('gain')} points by sampled and {ahead_elsewhere('greedy_gain')} points by likeliest answers",
    ]


def after_ten() -> str:
    """Pass@8 and pass@32 of the students in between, means over random seeds, after asserting that none of these is below
    the first student beyond chance."""
    eight, many = (passes("pass_at_ten", k) for k in (8, 32))
    assert all(float(high) > 0 for _, _, high in (*eight[1:], *many[1:]))
    means = [fmean(float(rate) for rate, *_ in found[1:]) for found in (eight, many)]
    return f"After ten rounds pass@8 is {means[0]:.1f} % and pass@32 {means[1]:.1f} %, means over four random seeds"


def variety(*arms: str) -> str:
    """Entropy of structures and mean cosine distance of what four arms train on, from what `benchmarks.lab_diversity`
    printed."""
    told = printed("lab/diversity")
    size = re.search(r"(\d+) problems of each run", told)[1]
    entropy, distance = zip(
        *(
            re.search(rf"^{arm}\S* +\d+ +\d+ +(\S+) +(\S+)", told, re.MULTILINE).groups()
            for arm in (*arms, "seeds ")
        ),
        strict=True,
    )
    return (
        f"Of {size} problems of each, entropy of structures is {entropy[0]} bits with `{arms[0]}`, {entropy[1]} with "
        f"`{arms[1]}`, {entropy[2]} with `{arms[2]}` and {entropy[3]} with `{arms[3]}`, whose structures are the seeds'. "
        "By meaning they are alike: a mean cosine distance of "
        f"{distance[0]}, {distance[1]}, {distance[2]} and {distance[3]}, where the seeds have {distance[4]} "
    )


def is_rising(values: Sequence[float]) -> bool:
    return list(values) == sorted(values)


def over_ten_rounds() -> list[list[str]]:
    """Rows of a table: an arm, its accuracy by sampled and by likeliest answers, and what it took."""
    arms = dict.fromkeys(run.arm for run in TEN_UNEVEN.runs)
    return [
        [
            f"`{arm}`",
            str(len(TEN_UNEVEN.of(arm))),
            *(f"{percent(a, 1)} ({percent(b, 1)})" for a, b in TEN_UNEVEN.by_round(arm)),
            TEN_UNEVEN.count(arm, "rollouts"),
        ]
        for arm in arms
    ]


def told_of_slips() -> list[str]:
    return [*told_of_the_middle(), *told_of_what_is_learnt(), *told_of_ten(), *told_of_the_first()]


def told_of_the_middle() -> list[str]:
    arms = ("adaptive_half", "random_filtered", "adaptive")
    half, theirs, _ = (MIDDLE.values(arm) for arm in arms)
    gaps = {seed: half[seed] - theirs[seed] for seed in half}
    seen, unseen = ([gaps[s] for s in gaps if (s < 8) is side] for side in (True, False))
    spent, measuring, minutes = (
        [MIDDLE.count(arm, "rollouts") for arm in arms],
        [MIDDLE.count(arm, "measuring") for arm in arms],
        [MIDDLE.minutes(arm) for arm in arms],
    )
    expected, measured = (
        [percent(MIDDLE.mean(arm, name)) for arm in arms]
        for name in ("gradient_expected", "gradient_measured")
    )
    shown = 100 * 2.8 * stdev(gaps.values()) / len(gaps) ** 0.5  # 5 %, two-sided, power 80 %
    return [
        f"with {spent[0]} rollouts instead of {spent[1]}, at {measuring[0]} instead of {measuring[1]} for measuring",
        f"**confirmed**, {told(half, theirs)}.",
        f"a difference of {points(fmean(seen))} points; the eight that nobody had seen say {points(fmean(unseen))} points",
        f"takes {MIDDLE.needed(arms[0], arms[1]).share:.2f} of them, but of two equal arms",
        f"standard deviation of {100 * stdev(theirs.values()):.1f} points, paired",
        f"`adaptive_half` by {100 * stdev(gaps.values()):.1f} points. Sixteen random seeds show a difference of {shown:.1f} points",
        f"takes {minutes[0]} minutes of a processor; on the other machine `adaptive` took {minutes[2]} and `random_filtered` {minutes[1]}",
        f"{measured[1]} instead of {expected[1]} for `random_filtered`, {measured[0]} instead of {expected[0]} for `adaptive_half`",
    ]


def told_of_what_is_learnt() -> list[str]:
    """From what `benchmarks.lab_transfer`, `lab_gradients`, `lab_distinct` and `lab_greedy` printed."""
    found = re.findall(
        r"^  (\w.*?) +(\d+) problems +([\d.]+)% to +([\d.]+)%",
        printed("lab/transfer"),
        re.MULTILINE,
    )
    known, held_out = {name: rest for name, *rest in found[:4]}, found[-1]
    (band, hard, all_) = (known[name] for name in ("in the band", "hard", "all"))
    quarters = re.findall(r"^ +1 +(\d) (\w+) +\d+ +(\d+)%", printed("lab/gradients"), re.MULTILINE)
    share = {(int(quarter), kind): found for quarter, kind, found in quarters}
    gains: dict[str, list[str]] = {"4": [], "40": [], "400": []}
    for number, gain in re.findall(r"^ +(\d+) +(\S+) +\S+$", printed("lab/distinct"), re.MULTILINE):
        gains[number].append(gain)
    by_number = ", ".join(f"{' and '.join(found)} points with {n}" for n, found in gains.items())
    (_, _, sampled), (before, after, likeliest) = re.findall(
        r"^\w+: ([\d.]+)% to ([\d.]+)% \((\S+)\)", printed("lab/greedy"), re.MULTILINE
    )[:2]
    return [
        f"{band[1]} % to {band[2]} %, of what",
        f"{hard[1]} % to {hard[2]} %, and that is {hard[0]} of the 600 problems. In all {all_[1]} % to {all_[2]} %.",
        f"operators, {held_out[2]} % to {held_out[3]} %.",
        f"not easy {share[1, 'others']} % carry a gradient in the first quarter of the first round and {share[4, 'others']} % in its last, of the easy ones {share[1, 'easy']} % and {share[4, 'easy']} %",
        f"{by_number} (two random",
        f"right in {after} % of the held-out problems, where the first student's is in {before} %: {likeliest} points, of {sampled} points by sampled",
    ]


def told_of_ten() -> list[str]:
    (theirs,), (half,) = (TEN.of(arm).values() for arm in ("random_filtered", "adaptive_half"))
    [best] = [p.accuracy for p in theirs.points if p.round == 2]
    assert best == max(p.accuracy for p in theirs.points)
    ours = [p.accuracy for p in half.points]
    assert ours == sorted(ours)
    many, some = ([found for found, *_ in passes("pass_at", k)] for k in (32, 8))
    return [
        f"best after two rounds, {percent(best, 1)}",
        f"ends at {percent(theirs.points[-1].accuracy, 1)} after {theirs.rollouts:,} rollouts",
        f"to the end, to {percent(ours[-1], 1)} with {half.rollouts:,}. The first student has {percent(ours[0], 1)}.",
        f"pass@32 falls from {many[0]} % to {many[1]} and {many[2]} %, pass@8 goes from {some[0]} % to {some[1]} and {some[2]} %",
    ]


def told_of_the_first() -> list[str]:
    ours, theirs = FIRST.values("adaptive"), FIRST.values("random_filtered")
    gaps = {seed: ours[seed] - theirs[seed] for seed in ours}
    tried, fresh = ([gaps[s] for s in gaps if (s < 4) is side] for side in (True, False))
    unfiltered = sorted(FIRST.values("random").values())
    itself, share = (
        FIRST.needed(a, "random_filtered").share for a in ("random_filtered", "adaptive")
    )
    measuring, rollouts = (
        [FIRST.count(arm, name) for arm in ("adaptive", "random_filtered")]
        for name in ("measuring", "rollouts")
    )
    arms = ("random_filtered", "adaptive", "random_wide")
    first = [points(FIRST.halfway(arm)) for arm in arms]
    second = [points(fmean(FIRST.values(a).values()) - FIRST.halfway(a)) for a in arms]
    gradient = [FIRST.mean("adaptive", f"gradient_{name}") for name in ("expected", "measured")]
    middle = {
        (arm, level): told(
            those(MIDDLE.values(arm, level=level), range(8)), FIRST.values(arm, level=level)
        )
        for arm, level in (("random_filtered", "at_level"), ("adaptive", "above"))
    }
    return [
        f"the difference is {points(fmean(tried))} points; on the others, which nobody had looked at, {points(fmean(fresh))} points",
        f"It takes {share:.2f} of them, but in more",
        f"accuracy with {itself:.2f} of its rollouts",
        f"between {points(unfiltered[0])} and {points(unfiltered[-1])} points",
        f"measures {measuring[0]} answers instead of {measuring[1]}",
        f"it takes {rollouts[0]} rollouts instead of {rollouts[1]}",
        f"{FIRST.minutes('adaptive')} minutes instead of {FIRST.minutes('random_filtered')}",
        f"{percent(gradient[0])} of groups were to carry a gradient, {percent(gradient[1])} did",
        f"the {percent(FIRST.mean('random_filtered', 'gradient_measured'))} of `random_filtered`",
        f"with {first[0]} points (`{arms[0]}`), {first[1]} points (`{arms[1]}`) and {first[2]} points (`{arms[2]}`)",
        f"change by {second[0]}, {second[1]} and {second[2]} points, none",
        f"`random_filtered`, {FIRST.against('random_wide', 'random_filtered', level='at_level')}.",
        f"go from {points(min(gaps.values()))} to {points(max(gaps.values()))} points",
        f"standard deviation of {100 * stdev(gaps.values()):.1f} points. If the true difference were {points(fmean(gaps.values()))} points, it would take about 40 random seeds",
        f"student's level, {middle['random_filtered', 'at_level']}, and",
        f"above it, {middle['adaptive', 'above']}: half",
    ]


def told_of_tuning() -> list[str]:
    spent, calls = (
        [TUNING.count(arm, name) for arm in ("tuned", "untuned")]
        for name in ("rollouts", "teacher_calls")
    )
    numbers = " +".join([r"(\d+)"] * 7)
    rewritten, by_operators = (
        re.search(rf"^{way} +{numbers}", printed("embedded_learnable"), re.MULTILINE).groups()
        for way in ("rewriting", "operators")
    )
    shuffled = "tuned > shuffled in gain"
    assert TUNING.answers[shuffled].verdict == "not shown"
    before = [TUNING_BEFORE.gain(arm) for arm in ("tuned", "untuned", "shuffled")]
    assert all(
        fmean(TUNING.values(arm, "greedy_gain").values()) < 0 for arm in TUNING.settings.arms
    )
    return [
        f"costs {spent[0]} rollouts instead of {spent[1]}, {calls[0]} calls of the reader instead of {calls[1]}, and {TUNING.minutes('tuned')} minutes of a processor instead of {TUNING.minutes('untuned')}",
        f"go to other moves the student gains as much, {TUNING.gain('shuffled')}.",
        f"`tuned` gained {before[0]}, `untuned` {before[1]} (six random seeds, {TUNING_BEFORE.against('tuned', 'untuned')}) and `shuffled` {before[2]}, over two.",
        f"Of {rewritten[2]} problems that the present reader rewrote {rewritten[4]} were solved at least once in sixteen answers and {rewritten[5]} lies in the band, of {by_operators[2]} by operators {by_operators[4]} and {by_operators[5]} ",
    ]


TOLD: dict[str, Callable[[], list[str]]] = {
    "results": told_first,
    "results-uneven": told_of_many_faults,
    "results-slips": told_of_slips,
    "results-tuning": told_of_tuning,
}
