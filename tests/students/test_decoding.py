"""Our decoding writes what `generate` of transformers writes."""

from collections import Counter
from itertools import takewhile

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    FalconH1Config,
    Gemma3TextConfig,
    GenerationConfig,
    Lfm2Config,
    Mamba2Config,
    MambaConfig,
)

from zoped.evals.held_out import held_out_problems
from zoped.students.decoding import decode
from zoped.train import load_student

TEXTS = [problem.text for problem in held_out_problems(30)[:12]]

SMALL = {"vocab_size": 64, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2} | {
    "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16,
}  # fmt: skip
# Students that remember a prompt in other ways than by its keys and values alone.
OTHERS = {
    "sliding windows": Gemma3TextConfig(
        **SMALL, sliding_window=8, layer_types=["sliding_attention", "full_attention"]
    ),
    "convolutions": Lfm2Config(**SMALL, full_attn_idxs=[1]),
    "states alone": MambaConfig(
        vocab_size=64, hidden_size=32, state_size=8, num_hidden_layers=2, initializer_range=1.0
    ),
    "states alone, in heads": Mamba2Config(
        **{k: SMALL[k] for k in ("vocab_size", "hidden_size", "num_hidden_layers")},
        state_size=8,
        num_heads=4,
        head_dim=16,
        n_groups=1,
    ),
    "states beside keys": FalconH1Config(
        **SMALL, mamba_d_ssm=32, mamba_n_heads=2, mamba_d_head=16, mamba_d_state=8, mamba_n_groups=1
    ),
}


@pytest.fixture(scope="module")
def lab():
    return load_student("lab")


def inputs(lab, texts):
    prompts = [
        lab.tokenizer.apply_chat_template(
            lab.messages(text), tokenize=False, add_generation_prompt=True
        )
        for text in texts
    ]
    lab.tokenizer.padding_side = "left"
    return lab.tokenizer(prompts, return_tensors="pt", padding=True, add_special_tokens=False)


def ours(lab, texts, **settings):
    rows = inputs(lab, texts)
    end = [lab.tokenizer.eos_token_id]
    answers = decode(lab.model, rows["input_ids"], rows["attention_mask"], end=end, **settings)
    return lab.tokenizer.batch_decode(answers)


def theirs(lab, texts, **settings):
    rows = inputs(lab, texts)
    config = GenerationConfig(
        pad_token_id=lab.tokenizer.pad_token_id, eos_token_id=lab.tokenizer.eos_token_id, **settings
    )
    output = lab.model.generate(
        input_ids=rows["input_ids"],
        attention_mask=rows["attention_mask"],
        generation_config=config,
    )
    new = output[:, rows["input_ids"].shape[1] :]
    return lab.tokenizer.batch_decode(new, skip_special_tokens=True)


def test_the_greedy_answers_are_those_of_generate(lab):
    mine = ours(lab, TEXTS, samples=1, temperature=0.0, max_new_tokens=40)
    assert mine == theirs(lab, TEXTS, do_sample=False, max_new_tokens=40)
    assert len(set(map(len, mine))) > 1, "rows of the batch end at different steps"


@pytest.mark.slow
@pytest.mark.parametrize("temperature", [0.5, 1.0])
def test_samples_come_from_the_same_distribution(lab, temperature):
    torch.manual_seed(0)
    text, count = TEXTS[1:2], 600
    mine = Counter(ours(lab, text, samples=count, temperature=temperature, max_new_tokens=40))
    settings = {"do_sample": True, "temperature": temperature, "top_p": 1.0, "top_k": 0}
    other = Counter(theirs(lab, text, num_return_sequences=count, max_new_tokens=40, **settings))
    assert len(mine) > 1
    for answer, times in (mine + other).most_common(4):
        share = times / (2 * count)
        spread = (share * (1 - share) * 2 / count) ** 0.5
        assert abs(mine[answer] - other[answer]) / count < 4 * spread


def test_an_answer_is_cut_at_the_limit(lab):
    short = ours(lab, TEXTS, samples=2, temperature=0.0, max_new_tokens=3)
    long = ours(lab, TEXTS, samples=2, temperature=0.0, max_new_tokens=40)
    assert len(short) == 2 * len(TEXTS)
    assert all(whole.startswith(cut) for cut, whole in zip(short, long, strict=True))
    assert short[0::2] == short[1::2]


@pytest.mark.parametrize("kind", OTHERS)
def test_students_of_every_kind_are_sampled_as_by_generate(kind):
    torch.manual_seed(5)
    model = AutoModelForCausalLM.from_config(OTHERS[kind]).eval()
    lengths, longest, end = (5, 12, 20), 16, range(2, 14)
    ids = torch.randint(10, 64, (3, 20))
    mask = torch.stack([torch.arange(20) >= 20 - length for length in lengths]).long()
    settings = {"max_new_tokens": longest, "temperature": 0.0, "samples": 2}
    mine = decode(model, ids * mask, mask, end=list(end), **settings)
    config = GenerationConfig(
        do_sample=False, max_new_tokens=longest, pad_token_id=end[0], eos_token_id=list(end)
    )
    output = model.generate(input_ids=ids * mask, attention_mask=mask, generation_config=config)
    theirs = [list(takewhile(lambda token: token not in end, row[20:])) for row in output.tolist()]
    assert mine == [answer for answer in theirs for _ in range(2)]
    assert len(set(map(len, mine))) > 1, "rows of the batch end at different steps"
