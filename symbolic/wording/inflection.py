"""The English that realization needs: inflection, articles, numbers in print, word banks.

Small rule sets and exception lists for the short, plain sentences of word problems; not a
grammar of English.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from zoped.foundation.words import word_set

FEMALE_NAMES = ("Ann", "Mia", "Zoe", "Eva", "Lily", "Nora", "Sara", "Ruth", "Kate", "Emma")
MALE_NAMES = ("Ben", "Tom", "Max", "Leo", "Sam", "Dan", "Jack", "Paul", "Adam", "Finn")
PRONOUNS = dict.fromkeys(FEMALE_NAMES, "she") | dict.fromkeys(MALE_NAMES, "he")
# What somebody is called by whose name is in one of the two banks.
HIM, HER = word_set("he He his His him Him"), word_set("she She her Her hers Hers")
# Words of one bank can stand for each other in any sentence that one of them fits.
THINGS = ("pen", "stamp", "bead", "marble", "sticker", "button", "badge")
FOODS = ("apple", "pear", "plum", "peach", "bun", "nut", "cookie")

BE = frozenset({"is", "are", "was", "were"})
MODALS = frozenset({"can", "will", "must", "may", "could", "would", "should"})
_IRREGULAR_PLURALS = {
    "child": "children",
    "man": "men",
    "woman": "women",
    "person": "people",
    "foot": "feet",
    "tooth": "teeth",
    "goose": "geese",
    "mouse": "mice",
    "half": "halves",
    "shelf": "shelves",
    "loaf": "loaves",
    "knife": "knives",
    "leaf": "leaves",
    "wolf": "wolves",
    "potato": "potatoes",
    "tomato": "tomatoes",
    "die": "dice",
    "vertex": "vertices",
    "penny": "pennies",
}
_SYMBOLS = word_set(
    "percent km cm mm m kg g mg l ml s h mph km/h m/s degC N J W Hz V A dm kJ kW kWh kPa Pa"
)
_UNCHANGED = _SYMBOLS | word_set(
    "sheep fish goldfish starfish jellyfish deer salmon aircraft series species"
)
_IRREGULAR_SINGULARS = {many: one for one, many in _IRREGULAR_PLURALS.items()}
_SINGULAR_IN_S = word_set(
    "bus gas glass class boss grass dress bonus lens is as was has does this its less plus "
    "minus across always perhaps us yes thus times radius basis canvas compass lotus"
)
_IE_NOUNS = frozenset({"pie", "tie", "cookie", "movie", "lie", "brownie", "calorie"})
# Units that measure; "some dollars" and "how many metres" need other words than things do.
_MEASURES = word_set(
    "dollar cent euro pound coin metre meter centimetre centimeter kilometre kilometer mile "
    "inch foot yard litre liter gram kilogram ton hour minute second day week month year "
    "degree point square cubic percent times joule newton watt volt ohm ampere kelvin pascal hertz "
    "kilojoule kilowatt kilopascal milligram"
)
_WITH_CENTS = frozenset({"dollar", "euro", "pound"})
_BASE_FORMS = {"has": "have", "does": "do", "goes": "go", "is": "be", "are": "be"}
_PAST = {
    "had": "have",
    "gave": "give",
    "bought": "buy",
    "sold": "sell",
    "made": "make",
    "took": "take",
    "ate": "eat",
    "ran": "run",
    "went": "go",
    "got": "get",
    "lost": "lose",
    "found": "find",
    "paid": "pay",
    "spent": "spend",
    "drove": "drive",
    "won": "win",
    "wrote": "write",
    "left": "leave",
    "held": "hold",
    "kept": "keep",
    "saw": "see",
    "grew": "grow",
    "rode": "ride",
    "built": "build",
}
_IRREGULAR_PAST = {base: past for past, base in _PAST.items()} | dict(
    pair.split(":")
    for pair in word_set(
        "bring:brought catch:caught teach:taught think:thought fight:fought seek:sought read:read "
        "put:put cut:cut set:set hit:hit let:let shut:shut split:split spread:spread cost:cost "
        "swim:swam sing:sang drink:drank begin:began ring:rang sit:sat draw:drew throw:threw "
        "know:knew fly:flew blow:blew break:broke choose:chose wear:wore tear:tore steal:stole "
        "speak:spoke freeze:froze wake:woke feed:fed lead:led meet:met lend:lent send:sent "
        "bend:bent lay:laid say:said sleep:slept sweep:swept feel:felt leave:left hide:hid "
        "bite:bit light:lit hear:heard stand:stood understand:understood tell:told hang:hung "
        "dig:dug stick:stuck shoot:shot fall:fell come:came become:became do:did forget:forgot "
        "give:gave rise:rose shake:shook mean:meant grind:ground bind:bound wind:wound "
        "swing:swung spin:spun breed:bred weave:wove strike:struck"
    )
)
IRREGULAR_VERBS = frozenset(_IRREGULAR_PAST)
PAST_FORMS = frozenset(_IRREGULAR_PAST.values())
# Of the verbs whose participle is not their past, and of "be".
PARTICIPLES = PAST_FORMS - word_set(
    "gave took ate ran went saw grew drove wrote rode swam sang drank began rang drew threw knew flew blew broke chose "
    "wore tore stole spoke froze woke hid bit fell came became did forgot rose shook wove"
) | word_set(
    "been given taken eaten run gone seen grown driven written ridden swum sung drunk begun rung drawn thrown known "
    "flown blown broken chosen worn torn stolen spoken frozen woken hidden bitten fallen come become done forgotten "
    "risen shaken woven gotten"
)
_ONE_SHORT_SYLLABLE = re.compile(r"[^aeiou]*[aeiou][^aeiouwxy]\Z")


@lru_cache(maxsize=4096)
def plural(noun: str) -> str:
    """The plural of a singular noun; of a noun phrase, the plural of its head."""
    if noun.startswith(("square ", "cubic ")):
        kind, _, rest = noun.partition(" ")
        return f"{kind} {plural(rest)}"
    head, of, rest = noun.partition(" ")
    if of:
        return f"{plural(head)} {rest}" if rest.startswith(("of ", "per ", "a ")) else noun + "s"
    if noun in _IRREGULAR_PLURALS:
        return _IRREGULAR_PLURALS[noun]
    if noun in _UNCHANGED or "/" in noun or not noun:
        return noun
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return noun + "es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


@lru_cache(maxsize=4096)
def singular(noun: str) -> str:
    """The singular of a plural noun; a noun that is not plural is returned as it is."""
    if noun.startswith(("square ", "cubic ")):
        kind, _, rest = noun.partition(" ")
        return f"{kind} {singular(rest)}"
    if noun in _IRREGULAR_SINGULARS:
        return _IRREGULAR_SINGULARS[noun]
    if not is_plural(noun) or noun in _UNCHANGED:
        return noun
    if noun.endswith("ies"):
        return noun[:-1] if noun[:-1] in _IE_NOUNS else noun[:-3] + "y"
    if noun.endswith(("sses", "xes", "ches", "shes", "buses", "gases")):
        return noun[:-2]
    return noun[:-1]


def is_plural(word: str) -> bool:
    """Whether `word` looks like a plural noun (or a unit that has no plural)."""
    if word in _IRREGULAR_SINGULARS or word in _UNCHANGED or "/" in word:
        return True
    return (
        len(word) > 2
        and word.endswith("s")
        and not word.endswith(("ss", "'s"))
        and word not in _SINGULAR_IN_S
        and not word[0].isupper()
    )


def is_measure(noun: str) -> bool:
    """Whether the (plural or singular) noun is a unit of measurement, not a thing."""
    head = singular(noun.split(" ")[0])
    return head in _MEASURES or head in _SYMBOLS or "/" in head


def base_form(verb: str) -> str:
    """The infinitive of a third-person or past form: "buys" -> "buy"."""
    if verb in _BASE_FORMS:
        return _BASE_FORMS[verb]
    if verb in _PAST:
        return _PAST[verb]
    if verb.endswith("ies") and len(verb) > 4:
        return verb[:-3] + "y"
    if verb.endswith(("sses", "xes", "ches", "shes", "zzes", "oes")):
        return verb[:-2]
    if verb.endswith("s") and not verb.endswith("ss"):
        return verb[:-1]
    if is_past(verb):
        stem = verb[:-2]
        if stem.endswith("i"):
            return stem[:-1] + "y"
        if len(stem) > 2 and stem[-1] == stem[-2] and stem[-1] not in "lsz":
            return stem[:-1]
        return stem + "e" if stem.endswith(("v", "s", "c", "z", "g", "ak", "ik", "us")) else stem
    return verb


def is_past(verb: str) -> bool:
    """Whether the verb is a past form that asks with "did"."""
    return verb in _PAST or (verb.endswith("ed") and len(verb) > 4 and not verb.endswith("eed"))


def past_form(verb: str) -> str:
    """The past of an infinitive: "buy" -> "bought", "carry" -> "carried", "plan" -> "planned"."""
    if verb in _IRREGULAR_PAST:
        return _IRREGULAR_PAST[verb]
    if verb.endswith("e"):
        return f"{verb}d"
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return f"{verb[:-1]}ied"
    return f"{verb}{verb[-1] if _ONE_SHORT_SYLLABLE.match(verb) else ''}ed"


def third_person(verb: str) -> str:
    """The form that agrees with one thing: "are" -> "is", "have" -> "has", "play" -> "plays"."""
    known = {"are": "is", "were": "was", "have": "has", "do": "does"}
    if verb in known:
        return known[verb]
    if verb in BE or verb in MODALS or is_past(verb) or (verb[-1:] == "s" and verb[-2:] != "ss"):
        return verb
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith(("ss", "x", "ch", "sh", "o")) else "s")


def auxiliary(verb: str) -> str:
    """The word that asks for the verb: "has" -> "does", "have" -> "do", "gave" -> "did"."""
    if is_past(verb):
        return "did"
    return "does" if third_person(verb) == verb else "do"


_OF_MONEY = re.compile(r"\b(?:costs?|pric|pays?\b|paid|spen[dt]|earn|money|worth|charge)")
_OF_WEIGHT = re.compile(
    r"\bpounds? (?!of money)of\b|\bweigh|\bounces?\b|\bheav|-pound", re.IGNORECASE
)
_OTHER_MONEY = re.compile(r"\$|\b(?:dollar|cent|euro)s?\b|€")


def are_pounds_money(text: str) -> bool:
    """Whether the pounds that a text speaks of are money rather than a weight."""
    if "£" in text:
        return True
    is_other = _OTHER_MONEY.search(text) or _OF_WEIGHT.search(text)
    return not is_other and _OF_MONEY.search(text) is not None


_DIGITS = re.compile(r"\d+")


def article(word: str) -> str:
    """ "a" or "an" before `word`, or before a number in digits: an 8, 11 or 80, a 110."""
    lower = word.lower()
    if digits := _DIGITS.match(lower):
        begins_eleven = digits[0][:2] in ("11", "18") and len(digits[0]) % 3 == 2
        return "an" if digits[0][0] == "8" or begins_eleven else "a"
    if lower.startswith(("hour", "honest")):
        return "an"
    if lower.startswith(("uni", "use", "one", "euro")):
        return "a"
    return "an" if lower[:1] in tuple("aeiou") else "a"


_LOWERED = word_set(
    "a an the each every one all two three his her in there both some this that these those "
    "its their of at on from after before it he she they we half another with without while when "
    "now then later soon next today meanwhile first there together apart alone around inside outside "
    "among between against by for during if to as so such no not what right other including starting "
    "someone somebody everyone everybody whoever children exactly coming going working lifting adding "
    "multiplying multiplied divided raised read pure four five"
)


# Other words in -s that start a sentence are plurals: "Members [pay] # dollars".
_NAMES_IN_S = word_set(
    "Agnes Alexis Alois Andreas Angus Anais Brooks Carlos Charles Chris Claus Curtis Dallas "
    "Davis Demetrius Dennis Dolores Doris Douglas Elias Elvis Ellis Frances Francis Gladys "
    "Gus Hans Harris Hermes Hughes Ines Inés Iris James Janis Jess Jesus Jonas Jules Julius Klaus "
    "Kris Lars Lewis Linus Lois Louis Lucas Lukas Luis Magnus Marcos Marcus Marius Markus Mathias "
    "Matias Matthias Mercedes Miles Morris Moses Myles Nicholas Nicolas Niels Niklas Nikolas Otis "
    "Paris Phyllis Rhys Ross Silas Tess Thomas Titus Tobias Travis Wes Zeus"
)


def lower_first(phrase: str) -> str:
    """Lower the first letter unless the phrase starts with a name."""
    first = phrase.split(" ")[0]
    is_plural_noun = first.endswith("s") and not first.endswith("'s") and first not in _NAMES_IN_S
    if first.rstrip(",").lower() in _LOWERED or is_plural_noun:
        return phrase[:1].lower() + phrase[1:]
    return phrase


def capitalize(sentence: str) -> str:
    """Raise the first letter and leave the rest."""
    return sentence[:1].upper() + sentence[1:]


def join_and(parts: list[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


@lru_cache(maxsize=8192)
def number_text(value: Fraction, unit: str = "") -> str:
    """The number as text: 5, 1/2, 0.25, 12.5; money with cents, 12.50; measured, 2 1/3.

    Finite decimals are printed as decimals when they are above 1 or carry a measure; everything
    else that is not whole is printed as p/q, and of what is measured as a mixed number.
    """
    if value.denominator == 1:
        return str(value.numerator)
    places = _decimal_places(value.denominator)
    is_measured = bool(unit) and is_measure(unit)
    if places is not None and places <= 4 and (abs(value) > 1 or is_measured):
        if unit in _WITH_CENTS:
            places = max(places, 2)
        scaled = abs(value) * 10**places
        digits = str(scaled.numerator).rjust(places + 1, "0")
        return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"
    if is_measured and value > 1:
        whole = value.numerator // value.denominator
        return f"{whole} {value - whole}"
    return str(value)


def _decimal_places(denominator: int) -> int | None:
    twos = fives = 0
    while denominator % 2 == 0:
        denominator //= 2
        twos += 1
    while denominator % 5 == 0:
        denominator //= 5
        fives += 1
    return max(twos, fives) if denominator == 1 else None


def takes_singular(value: Fraction, text: str) -> bool:
    """Whether a noun after the number is singular: 1 apple, 1/2 metre; but 0.5 metres, 3/2 hours."""
    if value.denominator == 1:
        return value.numerator == 1
    return 0 < value < 1 and "/" in text


def quantity(value: Fraction, unit: str) -> str:
    """The number with its unit: "1 apple", "2 apples", "25 percent"."""
    text = number_text(value, unit)
    if not unit:
        return text
    return f"{text} {unit if takes_singular(value, text) else plural(unit)}"
