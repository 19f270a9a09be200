"""The answer that a statement commits to.

"The answer is 5" commits to 5. A statement that denies a number ("not 5"), leaves it open ("about 5",
"5 or 6"), compares with it ("more than 5"), still calculates with it ("twice 5") or only numbers
something with it ("step 5") commits to nothing.
"""

from __future__ import annotations

import re

from zoped.evals.answers.expression import open_calculations
from zoped.evals.answers.kinds import Clock, Equation, Form, Ordered, Ratio, Several, Word
from zoped.evals.answers.number_words import MULTIPLIERS, SMALL
from zoped.evals.answers.numbers import Quantity
from zoped.evals.answers.reading import MAX_ANSWER, read_answer
from zoped.evals.answers.words import read_choice

_ALTERNATIVE = re.compile(rf"\b(?:{'|'.join(SMALL)}|\d+)\s+(?:or|and|to)\s+\Z", re.IGNORECASE)
NUMBER = re.compile(
    r"(?<![\w.,^])(?<!\^\{)(?:(?<![\d)\]\s])[-−+]|(?<=\s)[-−](?=\S))?(?:\\?[$€£₹¥]\s?)?(?:(?<![\d)\]])[-−])?"
    r"(?:\d{1,3}(?:(?:,|\{,\}|,?\\!|\\,)(?:\\!)?\d{3})+(?!\d)|\d{1,3}(?: \d{3})+(?![\d,.]*\d|-)|\d+)?(?:(?<=\d)\.\d+|(?<!\d)\.\d+|(?<=\d))"
    r"(?:\s?/\s?\d+(?!\d|\.\d))?(?:\s?\\?%)?",
    re.ASCII,
)
# Words before a number that deny it, leave it open, compare with it, or calculate with it.
_OPEN_BEFORE = re.compile(
    r"""\b(?:
      not|never|nor|neither|cannot|no|none|hardly|without|except|besides|like|but|excluding|wrong|incorrect|unlikely|isn't|wasn't
      |other\s+than|rather\s+than|instead\s+of|different\s+from|opposed\s+to|opposite|far\s+from|denied?
      |about|around|approximately|approx|roughly|nearly|almost|maybe|perhaps|possibly|probably|presumably|likely
      |might|may|could\s+be|would\s+be\s+either|guess|unsure|either|whether|estimated?|close\s+to|near|circa|ish
      |seems?|suspect|unclear|bet|supposedly|hopefully|if|unless|suppose|assume|assuming|let|try|trying
      |more|less|fewer|greater|higher|larger|bigger|smaller|lower|longer|shorter|older|younger|than|over|under|above
      |below|beyond|exceeds?|exceeding|at\s+least|at\s+most|up\s+to|between|within|minimum\s+of\s+about|beneath
      |as\s+(?:much|many|large|big|high|low|long)\s+as|upper\s+bound|lower\s+bound|bounded|limit
      |twice|thrice|double|triple|quadruple|half|halve|times|plus|minus|square|squared|cube|cubed|root|power|multiple
      |factors?|divisor|product|sum|difference|quotient|remainder|reciprocal|inverse|negation|factorial|logarithm
      |percent(?:age)?\s+of|divisible|until|till|absolute\s+value|fraction\s+of|multipl(?:y|ying|ied)|divid(?:e|es|ing|ed)|subtract(?:s|ing|ed)?
      |add(?:s|ing|ed)?\s+(?=[^.]*\Z)|increased\s+by|decreased\s+by|reduced\s+by|successor|predecessor|digit|(?:number|integer|one|value)\s+(?:just\s+|right\s+)?(?:after|before|following|preceding)
      |(?:third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth|tens?)s?\s+of|complement|negative\s+of
    )\b|n't\b|[~≈≠<>≤≥±^]|\\approx|\\sim|\\le|\\ge|\\neq?\b|\\sqrt|\\pm""",
    re.IGNORECASE | re.VERBOSE,
)
# What, said of the number, sets it right again: 3 * 4 to get 12.
_RESULT = re.compile(
    r"\b(?:is|are|was|were|(?<!or\s)equal(?:s|\s+to)?|gets?|gives?|giving|makes?|making|has|have|had|leaves?|total(?:s|ing)?|results?\s+in"
    r"|becomes?|comes\s+to|yields?|amounts\s+to|means|need(?:s|ed)?|to\s+(?:find|obtain))\b",
    re.IGNORECASE,
)
_OPEN_AFTER = re.compile(
    r"""\s*(?:[-−+*/×·÷^=<>≤≥(\[{!?](?!\s*\d*\s*words)|(?:st|nd|rd|th)\b|\\(?:times|cdot|div|pm|approx|le|ge|sqrt|frac|%?\w*pi)\b
      |\s(?:cases|steps|unknowns|equations|conditions|sub-?problems|parts)\b
      |\s(?:times\s+(?:as\s+\w+\s+as\b|\w+er\s+than\b|more\s+than\b|[$\\]?\d|the\s+square|itself|[a-z]\b)|plus|minus|squared|cubed|divided|multiplied|raised|factorial|recurring|repeating|doubled|tripled|halved|percent\s+of|%\s+of|or|to\s+\d|nor|and\s+\d)\b
      |\s(?:more|less|fewer|greater|larger|smaller|higher|lower|older|younger)\s+than(?:\s+(?:\$?\d|[a-z]\b|half|twice|that|it|the\s+(?:answer|sum|product|difference|quotient|square|double|number|value|previous|result))|\W*\Z)
      |\s(?:is|was|are|were|would\s+be|seems?|looks?)\s+(?:wrong|incorrect|not|false|too|only\s+a|impossible|a\s+guess|an?\s+estimate|unlikely)\b
      |\s(?:isn't|wasn't|can't|cannot|won't)\b|\sis\s+(?:more|less|greater|smaller)\b|\s(?:wrong|incorrect|or\s+so|at\s+most|at\s+least|maybe|perhaps|probably)\b
      |,?\s(?:maybe|perhaps|probably|possibly|I\s+(?:think|guess|suppose|believe)|or\s+(?:so|more|less)|give\s+or\s+take)\b)""",
    re.IGNORECASE | re.VERBOSE,
)
_LABEL = re.compile(
    r"(?:©|\b(?:steps?|equations?|eqs?\.?|formulas?|figures?|fig\.?|parts?|questions?|problems?|exercises?|cases?|chapters?|pages?|sections?"
    r"|examples?|options?|lines?|rows?|columns?|items?|tables?|copyright|versions?|no\.|nr\.?|numbers?|lemma|theorem|rules?|methods?"
    r"|levels?|round|room|week|day|year|grade|point|task|paragraph|appendix|solution|attempt|phase|stage|rounded?\s+to)|\#)"
    r"\s*(?:[#(:]\s*)?\Z",
    re.IGNORECASE,
)
_PLANNED = re.compile(
    r"\b(?:need|needs|have|want|going|try|left)\s+to\s+(?:find|compute|calculate|determine|know|work\s+out)\b",
    re.IGNORECASE,
)
_COMES_TO = re.compile(
    r"\b(?:gives?|giving|gets?|equals?|yields?|results?\s+in|(?<!to\s)makes?|leaves?|(?:we|I|you)\s+(?:have|find|obtain))\s+(?:us\s+|you\s+|a\s+total\s+of\s+)?\Z",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"\b(?:the|these|those|all|both|his|her|their|my|our|your|its|every|each|first|last|next|other|same)\s+\Z",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"(?:[,;]\s*)?\b(?:because|since|as\s+(?:there|it|he|she|they|we|you|one|no|the|each|every|all|both|this|that|\d)|which|so\s+that|where|who"
    r"|when|due\s+to|given\s+that|given|for\s+(?:all|every|each|the|a|\d+)|if|after|before|in\s+(?:order|the|those|these|that|this|\d+|each)|from|based\s+on"
    r"|out\s+of|with|on\s+(?:the|a|each)|to\s+(?:make|read|buy|get|finish|pay|reach|\w+\s+(?:the|all|a|his|her|their|\d+))|during"
    r"|every|per\s+the|(?<!more\s)(?<!less\s)(?<!er\s)than\s+(?![\d$])|(?<!%\s)(?<!percent\s)of\s+(?:the|those|these|material)|between|by\s+the|while|thanks\s+to|meaning|i\.e\.|namely|using|and\s+(?:that|this|it|I|we|he|she|they|there|so|thus))\b"
    r"|\s(?:--?|–|—)\s|;",
    re.IGNORECASE,
)
# Behind a dash: a number, a bracket or a root, or a letter with a factor before the dash: 2x - y.
_TERM = re.compile(r"[-−+$€£₹¥(\[{\s]*(?:\.?\d[\d.,/]*|\\?(?:[dt]?frac|sqrt|pi)\b|[√π]|\\[$%(\[])")
_LETTER_TERM = re.compile(r"\d*[a-z]\b(?=[^=]*=)")
_COMES_TO_NUMBER = re.compile(
    rf"[=≈]|(?:{_RESULT.pattern}|\b(?:so|hence|thus|therefore)\b)\W{{1,4}}\d", re.IGNORECASE
)
# Signs of a calculation among the words that leave a number open.
_SIGN = re.compile(r"\^|\\(?:sqrt|times)\b")
_THEREFORE = re.compile(r",?\s+so\s+|\s*[,;:]\s")
_SECOND_THOUGHT = re.compile(
    r"[\s,;(](?:but\s+(?:that|this|it)\s+(?:\w+\s+)?(?:wrong|incorrect|off|strange|too\s+\w+|impossible)|maybe|perhaps|possibly|probably|give\s+or\s+take|more\s+or\s+less|(?:I|we)\s+(?:guess|suppose)|not\s+sure|if|unless"
    r"|provided|assuming)\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"\s*\((?!\s*(?:or|maybe|perhaps|possibly|could|not\s+sure)\b)(?=[^()]*(?:[A-Za-z]{2}|i\.\s?e\b|\d\s?[-+*/×·÷=]\s?\d))[^()]{1,200}\)"
)
_NOT_THAT = re.compile(
    r",?\s*\(?\b(?:and\s+|but\s+)?(?:not|rather\s+than|instead\s+of|as\s+opposed\s+to)\s+(?:\w+\s+){0,2}?[-$€£]?\d[\d.,/]*\b%?\)?,?",
    re.IGNORECASE,
)
_ROUNDED = re.compile(
    r"\b(?:rounds?\s+(?:up\s+|down\s+|off\s+)?to|rounded\s+(?:up\s+|down\s+|off\s+)?(?:is|to|gives))\s+"
    r"(?!\d+\s+(?:decimals?|digits?|places?|significant))",
    re.IGNORECASE,
)
_MULTIPLIER = re.compile(rf"\s+(?:{'|'.join(MULTIPLIERS)})s?\b", re.IGNORECASE)
_HEDGED = re.compile(
    r"\b(?:maybe|perhaps|possibly|probably|presumably|(?:might|could|may)\s+(?:be|have|get|equal)|suppose|assum(?:e|ing)|let|if|guess|impossible|contradict\w*|not\s+sure|unsure|uncertain|don't\s+know)\b",
    re.IGNORECASE,
)
# Verbs of somebody else: what they say the answer is commits the student to nothing.
REPORTED = r"(?<!\bI\s)(?<!\bwe\s)\b(?:says|said|thinks|believes|argues|insists|reckons|guesses|told\s+\w+|claims|claimed)"
_OF_OTHERS = re.compile(
    rf"(?:{REPORTED}|\b(?:nobody|no\s+one)\s+\w+|\bwhether)\b[^.;]*\b(?:answer|result|solution)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"n't\b|\b(?:not|never|cannot|no)\b", re.IGNORECASE)
_DOUBTED = re.compile(
    r"\b(?:maybe|perhaps|possibly|probably|might\s+be|(?:I|my|a)\s+guess|not\s+sure|unsure|don't\s+know)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\W*(?:for\s+(?:example|instance)\W+)?(?:if|suppose|let|assume|assuming|say)\b[^\d,]*\Z",
    re.IGNORECASE,
)
_ALTERNATIVES = re.compile(
    r"=[^=]*\d[^=]*\b(?:or|and)\s+(?:\\?[$]?[A-Za-z](?:_?\{?\d\}?)?)\s*\Z"
)  # x = 2 or x
_UNKNOWN = re.compile(r"[\s$\\(]*[A-Za-z](?![A-Za-z])[\s$.)\\]*(?:,(.*))?\Z", re.DOTALL)
# What makes a result a part of a longer calculation, or takes it back.
_GOES_ON = re.compile(
    r"[\s$]*(?:[-−+*/×·÷^]\s*[\d($.]|\^|\\(?:times|cdot|div|pm)|(?:plus|minus|times|divided by|multiplied by|or|to)\s+\$?\d"
    r"|(?:is|was)\s+(?:wrong|incorrect|not)\b|is\s?n't)",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:\s*(?:as follows|below(?=:)|simply|therefore|thus|then|that|equal to|exactly|just|given by|clearly|indeed|obviously|now|the number(?!\s+(?:just\s+|right\s+)?(?:after|before|following|preceding))"
    r"|the value|also|hence|still|actually|in fact|of course|therefore:)\s*[:,]?)+\s+",
    re.IGNORECASE,
)
_MARKERS = re.compile(r"\A\s*(?:(?:step\s+)?\d{1,2}\s*[.):](?=\s|\Z)|[-*•>#]+\s)\s*", re.IGNORECASE)


_BUT = re.compile(r"\Anot\s+[-$€£]?\d[\d.,/]*\s*,?\s+but\s+(?:rather\s+)?(?=\W*\d)", re.IGNORECASE)
SETS_RIGHT = r"i\s+mean|or\s+rather|actually|make\s+that"  # before what takes a number's place
_SET_RIGHT = re.compile(
    rf"\A.*[,;–—-]\s*(?:no,?\s+wait|wait|sorry|{SETS_RIGHT})\b[,:]?\s+"
    r"(?:it(?:'s|\s+is|\s+should\s+be)\s+)?(?=[$\\({*-]*\d)",
    re.IGNORECASE | re.DOTALL,
)
# What a statement comes to in the end: "35% of 20, so 7", "6 squared, which is 36".
_COMES_OUT = re.compile(
    r".*(?:,\s+(?:so|hence|thus|therefore)|\bwhich\s+(?:is|equals|gives|makes|comes\s+to))\s+(?=\W{0,3}\d)(.+)",
    re.DOTALL | re.IGNORECASE,
)
_GIVEN = re.compile(
    r"\s*(?:we\s+(?:are\s+(?:given|told)|know)|(?:it\s+is|it's)\s+(?:given|known)|(?:(?:first|next|now|also),?\s+)?(?:please\s+)?(?:note|notice|recall|remember|observe|consider)|the\s+(?:problem|question)\s+(?:says|states|asks|tells))\b"
    r"(?!.*\b(?:so|thus|hence|therefore)\b)",
    re.IGNORECASE | re.DOTALL,
)
# What is to be done: "I will use 4 as the base", "Add 3 to both sides".
_PLAN = re.compile(
    r"\s*(?:(?:first|next|now|then|finally|so),?\s+)?(?:(?:we|I|you|let's|let\s+us)\s*(?:will|'ll|can|must|should|now|then|first|need\s+to)*\s+)?"
    r"(?:use|try|take|add|subtract|multiply|divide|substitute|plug|set|start|begin|factor|expand|apply|move|test)\b"
    r"(?!.*(?:=|\b(?:gets?|gives?|giving|is|are|equals?|leaves?|leaving|has|have|makes?|so|thus|hence|therefore|yields?|obtain)\b))",
    re.IGNORECASE | re.DOTALL,
)
# "The probability is $\frac{1}{4}$."
_SHOWN = re.compile(
    r"(.*\b(?:is|are|be|equals?|equal\s+to|gives?|get|have|obtain)\b|.*=)\s*:?\s*(?:\$([^$]{1,200})\$|\\\((.{1,200}?)\\\))[\s.*!]*\Z",
    re.DOTALL,
)
_BREAKS_OFF = re.compile(
    r"(?:[,:(]|\b(?:gives?|yields?|equals?|is|are|the|of|and|or|by|to|get|have|obtain|with|for|then|so))\s*\Z",
    re.IGNORECASE,
)


def corrected(statement: str) -> str:
    """7 of "not 8 but 7" and of "8, no wait, 7"."""
    return _BUT.sub("", _SET_RIGHT.sub("", statement.strip(), count=1))


def stated_answer(statement: str) -> str:
    """The answer in what stands behind "the answer is": all of it if it reads as one, else what
    comes before a reason or an aside, else the one number in it that it commits to; else all of it,
    which then matches nothing but itself."""
    statement = corrected(statement).rstrip("✓✔✅ ")
    if re.match(r"\W*[~≈]", statement):
        return f"about {statement}"
    if lead := _LEAD.match(statement):
        statement = statement[lead.end() :]
    if choice := read_choice(statement):
        if not choice[1] or is_typed(choice[1]):
            return statement
    if _SECOND_THOUGHT.search(statement):
        return statement[:MAX_ANSWER]
    texts = _shortened(statement)
    for text in texts:
        if is_typed(text):
            return _without_noun(text)
    # A word: what comes before the reason.
    word = next((text for text in texts if read_answer(text) is not None), None)
    if word is not None and not any(character.isdigit() for character in word):
        return word
    for text in texts:
        number = committed_number(text)
        if number is not None:
            return number
    return statement[:MAX_ANSWER]


def _without_noun(text: str) -> str:
    """12 of "12 apples": what was counted is no part of the number."""
    answer = read_answer(text)
    if isinstance(answer, Quantity) and answer.unit and not answer.unit.is_known:
        number = NUMBER.match(text)
        alone = read_answer(number[0]) if number is not None else None
        if number is not None and isinstance(alone, Quantity) and alone.value == answer.value:
            return number[0].strip()
    return text


def is_typed(text: str) -> bool:
    """Whether a text is an answer as it stands, of a type other than a word."""
    answer = read_answer(text) if 0 < len(text) <= MAX_ANSWER else None
    if isinstance(answer, Several) and any(
        isinstance(item, Word) and len(item.text) > 2 for item in answer.items
    ):
        return False
    if isinstance(answer, Word):
        return any(character.isdigit() for character in answer.text)  # a date
    return answer is not None and not (isinstance(answer, Equation) and _measures(text, answer))


def _measures(text: str, equation: Equation) -> bool:
    """Whether the letters of an equation are those of a unit: 12 cm - 5 cm = 7 cm."""
    result = read_answer(text.rpartition("=")[2])
    return (
        isinstance(result, Quantity)
        and result.unit is not None
        and result.unit.is_known
        and equation.difference.symbols <= set(text.rpartition("=")[2])
    )


def _is_calculation(text: str) -> bool:
    answer = read_answer(text) if 0 < len(text) <= MAX_ANSWER else None
    return isinstance(answer, Form) and open_calculations(answer.expression) > 0


def _reason(text: str, start: int = 0) -> re.Match[str] | None:
    """Where a reason begins at or behind `start`; the minus of a calculation begins none."""
    return next(
        (found for found in _REASON.finditer(text, start) if not _subtracts(text, found)), None
    )


def _subtracts(text: str, dash: re.Match[str]) -> bool:
    """Whether a dash is a minus: of "12 - 5 = 7" and "12 - 5 pens", not of "7 - 3 red and 4 blue"."""
    before, after = text[: dash.start()], text[dash.end() :]
    if dash[0].strip(" -–—") or not any(character.isdigit() for character in before):
        return False
    if re.search(r"\d[a-z]\Z", before) and _LETTER_TERM.match(after):
        return True
    term = _TERM.match(after)
    if term is None:
        return False
    if _COMES_TO_NUMBER.search(after):
        return True
    return before[-1].isdigit() and re.fullmatch(r"(?:\s+\w+)?\W*", after[term.end() :]) is not None


def _shortened(statement: str) -> list[str]:
    """The statement, and without asides, reasons and second thoughts; then what its calculations
    come to."""
    texts = [statement]
    text = _NOT_THAT.sub(" ", statement)
    text = _ASIDE.sub("", text).strip()
    texts.append(text)
    if reason := _reason(text, 1):
        texts.append(text[: reason.start()].strip(" ,"))
        if "," in texts[-1]:
            texts.append(texts[-1].partition(", ")[0])
    elif ", " in text:
        texts.append(text.partition(", ")[0])
    if therefore := _THEREFORE.search(text):
        texts.append(text[: therefore.start()])
    if ": " in text and " : " not in text and re.search("[A-Za-z]{3}", text.partition(": ")[2]):
        texts.insert(2, text.partition(": ")[0])
    if end := _COMES_OUT.fullmatch(statement):
        texts = [part for part in texts if not _is_calculation(part)]
        texts.append(end[1].strip())
    stated = text[: reason.start()] if reason else text
    for calculation in (stated, text, *(part for part in texts if text.startswith(part))):
        if "=" in calculation and not _OPEN_BEFORE.search(_SIGN.sub(" ", calculation)):
            texts.append(calculation.rpartition("=")[2].strip())
    return [text for place, text in enumerate(texts) if text and text not in texts[:place]]


_LISTED = re.compile(r",\d")  # 3 of "3,5" is a part, whatever the whole is


def committed_number(text: str) -> str | None:
    """The number that a sentence says is the case, with what multiplies it; None where it says none,
    or several."""
    numbers = [
        found
        for found in NUMBER.finditer(text)
        if any(character.isdigit() for character in found[0])
    ]
    numbers = [
        found
        for found in numbers
        if not _LABEL.search(text[max(0, found.start() - 30) : found.start()])
    ]
    if len(numbers) > 1 and _COMES_TO.search(text[: numbers[-1].start()]):
        return _with_multiplier(numbers[-1], text[numbers[-1].end() :])
    if len(numbers) > 1:
        numbers = [
            found
            for found in numbers
            if not _REFERENCE.search(text[max(0, found.start() - 12) : found.start()])
        ]
    if len(numbers) != 1:
        return None
    (number,) = numbers
    before, after = text[: number.start()], text[number.end() :]
    if _LISTED.match(after):
        return None
    return _with_multiplier(number, after) if not _is_open(before, after) else None


def _is_open(before: str, after: str) -> bool:
    results = list(_RESULT.finditer(before))
    clause = before[results[-1].end() :] if results else before
    last_clause = re.split(r"[,;] ", before)[-1]
    if (
        _DENIED.search(last_clause)
        or _OF_OTHERS.search(before)
        or _HEDGED.search(before)
        or _DOUBTED.search(after)
        or _PLANNED.search(before)
        or _OPEN_BEFORE.search(clause)
        or _ALTERNATIVE.search(before)
    ):
        return True
    return _OPEN_AFTER.match(after.replace("**", "").replace("$", "")) is not None


def _with_multiplier(number: re.Match[str], after: str) -> str:
    multiplier = _MULTIPLIER.match(after)
    return number[0].strip() + (multiplier[0] if multiplier else "")


def concluded_answer(sentence: str) -> str | None:
    """The number that a sentence without a mark comes to: the result of its last calculation, or the
    one that it states."""
    sentence = _MARKERS.sub("", sentence.replace("**", "").replace("`", ""))
    sentence = _NOT_THAT.sub(" ", sentence)
    if _GIVEN.match(sentence) or _PLAN.match(sentence) or _breaks_off(sentence):
        return None
    if (shown := _SHOWN.match(sentence)) is not None and "\\" in (shown[2] or shown[3]):
        formula = (shown[2] or shown[3]).strip()
        return formula if is_typed(formula) and not _is_open(shown[1], "") else None
    if rounded := list(_ROUNDED.finditer(sentence)):
        sentence = f"It is {sentence[rounded[-1].end() :]}"
    if pair := _bracketed(sentence):
        return pair
    if "=" in sentence:
        return _result(sentence)
    sentence = _ASIDE.sub("", sentence)
    number = _whole_tail(sentence) or committed_number(sentence)
    reason = _reason(sentence)
    while number is None and reason is not None:
        before = sentence[: reason.start()]
        if not before.strip():  # the reason comes first
            sentence = sentence[reason.end() :].partition(", ")[2]
            number = committed_number(sentence)
            reason = _reason(sentence)
        elif NUMBER.search(before):
            return committed_number(before)
        else:
            reason = _reason(sentence, reason.end())
    return number


_PART_OF = re.compile(r"\b(?:ratio|probability|chances?|odds|fraction|proportion)\b", re.IGNORECASE)
_OPENS = re.compile(
    r"\W*(?:(?:so|then|now|first|next|by),?\s+)?(?:\w+ing|with|for|if|when|since|because|given|as)\b",
    re.IGNORECASE,
)


def _whole_tail(sentence: str) -> str | None:
    """5 hours and 30 minutes, 5:30 PM, and, of what is called a ratio or a chance, 3 to 4 and 3 out of 4:
    one answer with two numbers in it at the end of the sentence."""
    numbers = [found for found in NUMBER.finditer(sentence) if found[0].strip()]
    if not 2 <= len(numbers) <= 4:
        return None
    before, tail = sentence[: numbers[0].start()], sentence[numbers[0].start() :].strip(" .*!")
    answer = read_answer(tail) if len(tail) < 60 else None
    if isinstance(answer, Quantity):
        compound = answer.unit is not None and answer.unit.is_known
        held = compound or _PART_OF.search(before) is not None
    else:
        held = isinstance(answer, Clock) or (
            isinstance(answer, Ratio) and _PART_OF.search(before) is not None
        )
    return tail if held and not _is_open(before, "") else None


_PAIR = re.compile(r"(?<![\w\\^])(\\left\s?)?[(\[][^()\[\]=]{1,200}[)\]](?=[\s.*!$]*\Z)")


def _bracketed(sentence: str) -> str | None:
    """(1, 2) or [1, 2) at the end of a sentence without another number: a tuple or an interval, of
    which one number alone would be a part."""
    found = _PAIR.search(sentence)
    if found is None or any(character.isdigit() for character in sentence[: found.start()]):
        return None
    held = isinstance(read_answer(found[0]), Ordered)
    return found[0] if held and not _is_open(sentence[: found.start()], "") else None


def _breaks_off(sentence: str) -> bool:
    found = _BREAKS_OFF.search(sentence)
    if found is None:
        return False
    return found[0].strip() not in ",:" or "=" not in sentence or _OPENS.match(sentence) is not None


def _result(sentence: str) -> str | None:
    """What stands behind the last sign of equality, if it is a number."""
    before, _, tail = sentence.rpartition("=")
    if _ALTERNATIVES.search(before):
        return None
    if _CONDITION.match(before) or before.endswith(("!", "<", ">")):
        return None
    if _DOUBTED.search(sentence):
        return None
    if unknown := _UNKNOWN.match(tail):  # 20 = x
        numbers = list(NUMBER.finditer(before))
        if numbers and not before[numbers[-1].end() :].strip(" $\\"):
            return numbers[-1][0].strip()
        return committed_number(unknown[1]) if unknown[1] else None
    tail = (
        tail.lstrip(" (").removeprefix("$ ") if not re.match(r"\s*\$[^$]", tail) else tail.lstrip()
    )
    number = NUMBER.match(tail)
    if number is None or not any(character.isdigit() for character in number[0]):
        return None
    after = tail[number.end() :]
    return (
        None if _GOES_ON.match(after) or _LISTED.match(after) else _with_multiplier(number, after)
    )
