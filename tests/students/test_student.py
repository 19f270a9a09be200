"""Students: loaded by name, sampled in batches, seeded, versioned by their weights."""

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer, RwkvConfig, RwkvForCausalLM

from zoped.evals import PassRateMeter
from zoped.evals.held_out import held_out_problems
from zoped.students.hugging_face import without_weights
from zoped.students.prompting import INSTRUCTION
from zoped.train import StudentError, load_student

TEXTS = [problem.text for problem in held_out_problems(30)[:6]]


@pytest.fixture(scope="module")
def lab():
    return load_student("lab")


def test_the_lab_student_is_a_plain_transformers_folder(lab):
    model = AutoModelForCausalLM.from_pretrained(lab.folder)
    tokenizer = AutoTokenizer.from_pretrained(lab.folder)
    assert 0.8e6 < sum(p.numel() for p in model.parameters()) < 1.2e6
    chat = [{"role": "user", "content": TEXTS[0]}, {"role": "assistant", "content": "8"}]
    assert TEXTS[0] in tokenizer.apply_chat_template(chat, tokenize=False)
    assert tokenizer.decode(tokenizer(TEXTS[0]).input_ids) == TEXTS[0]


def test_sampling_is_seeded_and_shaped(lab):
    first = lab.sample(TEXTS, samples=3, seed=1)
    assert [len(answers) for answers in first] == [3] * len(TEXTS)
    assert first == lab.sample(TEXTS, samples=3, seed=1)
    assert first != lab.sample(TEXTS, samples=3, seed=2)


def test_greedy_answers_do_not_depend_on_the_batch(lab):
    together = lab.greedy(TEXTS)
    assert together == [lab.greedy([text])[0] for text in TEXTS]


@pytest.mark.parametrize("end", [None, 7, [7, 8]])
def test_answers_end_at_the_tokenizers_end_too_as_they_do_in_training(lab, end, tmp_path):
    lab.save(tmp_path)
    other = load_student(tmp_path)
    other.model.generation_config.eos_token_id = end
    assert other.greedy(TEXTS) == lab.greedy(TEXTS)


def test_any_text_can_be_asked(lab):
    assert len(lab.sample(["Ünïcode 日本語 \\boxed{} 🙂", ""], samples=1, seed=0)) == 2


def test_the_version_follows_the_weights(lab, tmp_path):
    lab.save(tmp_path)
    again = load_student(tmp_path)
    assert again.version.split("@")[1] == lab.version.split("@")[1]
    again.model.lm_head.weight.data[0, 0] += 1
    again.save(tmp_path)
    assert load_student(tmp_path).version != again.version


def test_a_saved_student_is_asked_as_before(lab, tmp_path):
    lab.save(tmp_path)
    again = load_student(tmp_path)
    assert (again.instruction, again.max_new_tokens) == (lab.instruction, lab.max_new_tokens)
    assert load_student(tmp_path, instruction="Think.").messages("x")[0]["content"] == "x\n\nThink."
    assert INSTRUCTION.endswith("\\boxed{}.")


def test_a_student_is_asked_in_the_way_that_it_was_given(lab, tmp_path):
    template = "{% if enable_thinking is false %}<no>{% endif %}{{ messages[0]['content'] }}"
    lab.save(tmp_path / "first")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "first")
    tokenizer.chat_template = template
    tokenizer.save_pretrained(tmp_path / "first")
    prompts = []

    def answer(batches):
        prompts.extend(prompt for batch in batches for prompt in batch.prompts)
        return [[""] * len(batch.prompts) for batch in batches]

    options = {"instruction": "Think.", "chat_template_kwargs": {"enable_thinking": False}}
    student = load_student(tmp_path / "first", **options)
    student.save(tmp_path / "saved")
    again = load_student(tmp_path / "saved")
    for each in (student, again):
        each.answer_batches = answer
        each.greedy(["x"])
    assert prompts == ["<no>x\n\nThink."] * 2
    assert again.version.split("@")[1] == student.version.split("@")[1]
    assert load_student(tmp_path / "first", instruction="Think.").version != student.version


def test_the_lab_student_is_measured_like_any_other(lab):
    meter = PassRateMeter(lab, max_rollouts=8)
    rates = meter.measure(held_out_problems(30)[:4])
    assert all(4 <= rate.rollouts <= 8 for rate in rates)


@pytest.mark.parametrize("name", ["./nowhere", "/no/such/folder", "a/b/c", "no-such/model-at-all"])
def test_an_unknown_student_is_refused_with_what_would_be_right(name):
    with pytest.raises(StudentError, match=name.split("/")[-1]):
        load_student(name)


def test_a_model_without_a_cache_is_refused_by_its_type(lab, tmp_path):
    sizes = {"vocab_size": len(lab.tokenizer), "hidden_size": 16, "num_hidden_layers": 2}
    RwkvForCausalLM(RwkvConfig(**sizes, attention_hidden_size=16)).save_pretrained(tmp_path)
    lab.tokenizer.save_pretrained(tmp_path)
    for load in (load_student, without_weights):
        with pytest.raises(StudentError, match=r"a model of the type rwkv .* cannot be sampled"):
            load(str(tmp_path))


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(StudentError, match="has no config"):
        load_student(tmp_path)
