"""Stories of the steps that add, take away, multiply, share, double, halve or take a percentage.

One table a step: by kind of quantity, what may happen next. {n} is the new number; the other words
are those of `quantity.vocabulary`.
"""

from __future__ import annotations

from zoped.symbolic.operators.quantity import Kind
from zoped.symbolic.operators.story import Stories, Story

_HAS = "{who} [has] # {things} {after}"
_THERE = "There [are] # {things} {place} {after}"


def _held(*givens: str, unit: str = "{unit}") -> tuple[Story, ...]:
    return tuple(Story(given=given, result=_HAS, unit=unit, given_unit=unit) for given in givens)


def _placed(*givens: str) -> tuple[Story, ...]:
    return tuple(
        Story(given=given, result=_THERE, unit="{unit}", given_unit="{unit}") for given in givens
    )


ADD: Stories = {
    Kind.HELD: _held(
        "Then {who} [gets] # more {things}",
        "Then {who} [finds] # more {things}",
        "Later {who} [buys] # more {things}",
        "A friend then [gives] {who} # more {things}",
        "{other} then [brings] {who} # more {things}",
        "As a present, {who} [gets] # more {things}",
    ),
    Kind.PURSE: _held(
        "Then {who} [earns] # more {things}",
        "{other} then [pays] {who} back # {things}",
        "An aunt then [gives] {who} # more {things}",
        "Then {who} [wins] # more {things}",
        "For some work, {who} [gets] # more {things}",
    ),
    Kind.PLACE: _placed(
        "{other} then [brings] # more {things}",
        "Then {other} [adds] # more {things}",
        "Later {third} [buys] # more {things} and puts them there",
    ),
    Kind.CROWD: _placed(
        "Then # more {things} [come]",
        "A little later, # more {things} [join] them",
        "Soon # more {things} [arrive]",
    ),
    Kind.HERD: _placed(
        "Then # more {things} [come]",
        "A week later, # more {things} [arrive]",
        "In spring, # more {things} [are] born",
    ),
    Kind.THINGS: (
        Story(
            says="{other} puts {n} more {things} with {those}.",
            result="There [are] # {things} altogether",
            unit="{unit}",
        ),
    ),
    Kind.COST: (
        Story(
            given="{who} also [buys] a {goods} for # {units}",
            result="{who} [spends] # {units} altogether",
            unit="{unit}",
            given_unit="{unit}",
        ),
        Story(
            says="On top of that, {who} pays {n} {units} for the delivery.",
            result="{who} [spends] # {units} altogether",
            unit="{unit}",
        ),
        Story(
            says="{other} pays {n} {units} more than {who}.",
            result="{other} [pays] # {units}",
            unit="{unit}",
        ),
    ),
    Kind.PRICE: (
        Story(
            says="A year later, {amount} has gone up by {n} {units}.",
            means="price after that year",
            unit="{unit}",
        ),
        Story(
            says="In another shop, the same thing costs {n} {units} more.",
            means="price in the other shop",
            unit="{unit}",
        ),
        Story(
            says="{other} pays {amount} and {n} {units} for the delivery.",
            result="{other} [pays] # {units} in all",
            unit="{unit}",
        ),
    ),
    Kind.MONEY: (
        Story(
            says="{other} has {n} {units} more than {amount}.",
            result="{other} [has] # {units}",
            unit="{unit}",
        ),
        Story(
            says="A ticket costs {n} {units} more than {amount}.",
            means="price of the ticket",
            unit="{unit}",
        ),
    ),
    Kind.LENGTH: (
        Story(
            says="A {rope} is {n} {units} longer than {amount}.",
            result="The {rope} [is] # {units} long",
            unit="{unit}",
        ),
        Story(
            says="{other} draws a line that is {n} {units} longer than {amount}.",
            result="The line [is] # {units} long",
            unit="{unit}",
        ),
        Story(
            says="{other} needs a {rope} as long as {amount} and {n} {units} more for the knots.",
            result="The {rope} [has] to be # {units} long",
            unit="{unit}",
        ),
    ),
    Kind.DISTANCE: (
        Story(
            says="{other} goes {n} {units} farther than {amount}.",
            result="{other} [goes] # {units}",
            unit="{unit}",
        ),
        Story(
            says="A bus route is {n} {units} longer than {amount}.",
            result="The bus route [is] # {units} long",
            unit="{unit}",
        ),
    ),
    Kind.AREA: (
        Story(
            says="The area of a second figure is {n} {units} more than {amount}.",
            means="area of the second figure",
            unit="{unit}",
        ),
    ),
    Kind.VOLUME: (
        Story(
            says="The volume of a bottle is {n} {units} more than {amount}.",
            means="volume of the bottle",
            unit="{unit}",
        ),
    ),
    Kind.AMOUNT: (
        Story(
            says="{other} uses {n} {units} more than {amount}.",
            result="{other} [uses] # {units}",
            unit="{unit}",
        ),
    ),
    Kind.DURATION: (
        Story(
            says="Another time, {amount} is {n} {units} longer.",
            means="time in that case",
            unit="{unit}",
        ),
    ),
    Kind.AGE: (
        Story(
            says="{other} is {n} years older than {who}.",
            result="{other} [is] # years old",
            unit="{unit}",
        ),
        Story(
            says="{other} has a brother who is {n} years older than {who}.",
            means="age of {other}'s brother",
            unit="{unit}",
        ),
        Story(
            says="The age of a neighbour is {n} years more than {phrase}.",
            means="age of the neighbour",
            unit="{unit}",
        ),
    ),
    Kind.ANGLE: (
        Story(
            says="A further angle is {n} degrees larger than {amount}.",
            means="further angle",
            unit="{unit}",
        ),
    ),
    Kind.NUMBER: (
        Story(says="{other} writes down {phrase} and adds {n}.", means="number {other} gets"),
        Story(says="The code of a {lock} is {n} more than {phrase}.", means="code of the {lock}"),
        Story(
            says="The number of {other}'s house is {n} more than {phrase}.",
            means="number of {other}'s house",
        ),
        Story(says="{other} thinks of a number that is {n} more than {phrase}.",
              means="number {other} thinks of"),
        Story(says="Let {letter} be {named}.", means="value of {letter} + {n}"),
    ),
}  # fmt: skip

TAKE_AWAY: Stories = {
    Kind.HELD: _held(
        "Then {who} [loses] # {things}",
        "Then {who} [gives] away # {things}",
        "Later {who} [sells] # {things}",
        "{who} then [gives] {other} # {things}",
        "Then {who} [uses] up # {dry}",
        "Then {who} [eats] # {food}",
    ),
    Kind.PURSE: _held(
        "Then {who} [spends] # {things}",
        "{who} then [lends] {other} # {things}",
        "Then {who} [buys] a {goods} for # {things}",
        "For a bus ticket, {who} [pays] # {things}",
        "Then {who} [gives] # {things} to a friend",
    ),
    Kind.PLACE: _placed(
        "Then {other} [takes] away # {things}",
        "Then {other} [gives] away # {things}",
        "Later {third} [removes] # {things}",
    ),
    Kind.CROWD: _placed(
        "Then # {things} [leave]",
        "A little later, # {things} [go] away",
        "Soon # {things} [move] away",
    ),
    Kind.HERD: _placed(
        "Then # {things} [are] sold",
        "A little later, # {things} [run] away",
        "Soon # {things} [are] given to a neighbour",
    ),
    Kind.THINGS: (
        Story(
            says="{other} takes {n} of {those}.",
            result="There [are] # {things} left after that",
            unit="{unit}",
        ),
    ),
    Kind.PEOPLE: (
        Story(
            says="Of {those}, {n} are ill today.",
            result="# of them [are] not ill",
            unit="{unit}",
        ),
    ),
    Kind.COST: (
        Story(
            says="A coupon takes {n} {units} off what {who} pays.",
            result="With the coupon, {who} [pays] # {units}",
            unit="{unit}",
        ),
        Story(
            says="{other} pays {n} {units} less than {who}.",
            result="{other} [pays] # {units}",
            unit="{unit}",
        ),
        Story(
            says="A friend pays {n} {units} of it, and {who} pays the rest.",
            means="part that {who} pays",
            unit="{unit}",
        ),
    ),
    Kind.PRICE: (
        Story(
            says="With a coupon, {amount} falls by {n} {units}.",
            means="price with the coupon",
            unit="{unit}",
        ),
        Story(
            says="In another shop, the same thing costs {n} {units} less.",
            means="price in the other shop",
            unit="{unit}",
        ),
        Story(
            says="A week later, {amount} has gone down by {n} {units}.",
            means="price after that week",
            unit="{unit}",
        ),
    ),
    Kind.MONEY: (
        Story(
            says="{other} has {n} {units} less than {amount}.",
            result="{other} [has] # {units}",
            unit="{unit}",
        ),
        Story(
            says="A ticket costs {n} {units} less than {amount}.",
            means="price of the ticket",
            unit="{unit}",
        ),
    ),
    Kind.LENGTH: (
        Story(
            says="A {rope} is {n} {units} shorter than {amount}.",
            result="The {rope} [is] # {units} long",
            unit="{unit}",
        ),
        Story(
            says="{other} draws a line that is {n} {units} shorter than {amount}.",
            result="The line [is] # {units} long",
            unit="{unit}",
        ),
        Story(
            says="{other} cuts {n} {units} off a {rope} that was as long as {amount}.",
            result="The {rope} [is] # {units} long after that",
            unit="{unit}",
        ),
    ),
    Kind.DISTANCE: (
        Story(
            says="{other} goes {n} {units} less than {amount}.",
            result="{other} [goes] # {units}",
            unit="{unit}",
        ),
        Story(
            says="A bus route is {n} {units} shorter than {amount}.",
            result="The bus route [is] # {units} long",
            unit="{unit}",
        ),
    ),
    Kind.AREA: (
        Story(
            says="The area of a second figure is {n} {units} less than {amount}.",
            means="area of the second figure",
            unit="{unit}",
        ),
    ),
    Kind.VOLUME: (
        Story(
            says="The volume of a bottle is {n} {units} less than {amount}.",
            means="volume of the bottle",
            unit="{unit}",
        ),
    ),
    Kind.AMOUNT: (
        Story(
            says="{other} uses {n} {units} less than {amount}.",
            result="{other} [uses] # {units}",
            unit="{unit}",
        ),
    ),
    Kind.DURATION: (
        Story(
            says="Another time, {amount} is {n} {units} shorter.",
            means="time in that case",
            unit="{unit}",
        ),
    ),
    Kind.AGE: (
        Story(
            says="{other} is {n} years younger than {who}.",
            result="{other} [is] # years old",
            unit="{unit}",
        ),
        Story(
            says="{other} has a sister who is {n} years younger than {who}.",
            means="age of {other}'s sister",
            unit="{unit}",
        ),
        Story(
            says="The age of a neighbour is {n} years less than {phrase}.",
            means="age of the neighbour",
            unit="{unit}",
        ),
    ),
    Kind.ANGLE: (
        Story(
            says="A further angle is {n} degrees smaller than {amount}.",
            means="further angle",
            unit="{unit}",
        ),
    ),
    Kind.NUMBER: (
        Story(says="{other} writes down {phrase} and subtracts {n}.", means="number {other} gets"),
        Story(says="The code of a {lock} is {n} less than {phrase}.", means="code of the {lock}"),
        Story(
            says="The number of {other}'s house is {n} less than {phrase}.",
            means="number of {other}'s house",
        ),
        Story(says="{other} thinks of a number that is {n} less than {phrase}.",
              means="number {other} thinks of"),
        Story(says="Let {letter} be {named}.",
              means="value of {letter} - {n}"),
    ),
}  # fmt: skip

# With {times} for "3 times", "twice" or "half", as in "3 times as long".
_CROWDS = (
    Story(
        says="A year later, there are {times} as many {things} {place}.",
        result="There [are] # {things} {place} a year later",
        unit="{unit}",
    ),
)
_SCALED: Stories = {
    Kind.HERD: _CROWDS,
    Kind.CROWD: _CROWDS,
    Kind.HELD: (
        Story(
            says="{other} has {times} as many {things} as {who} then has.",
            result="{other} [has] # {things}",
            unit="{unit}",
        ),
    ),
    Kind.PURSE: (
        Story(
            says="{other} has {times} as much money as {who} then has.",
            result="{other} [has] # {units}",
            unit="{unit}",
        ),
    ),
    Kind.COST: (
        Story(
            says="{other} pays {times} as much as {who}.",
            result="{other} [pays] # {units}",
            unit="{unit}",
        ),
        Story(
            says="A month later, {who} pays {times} as much.",
            result="A month later, {who} [pays] # {units}",
            unit="{unit}",
        ),
    ),
    Kind.PRICE: (
        Story(
            says="In another shop, the same thing costs {times} as much.",
            means="price in the other shop",
            unit="{unit}",
        ),
        Story(
            says="In a catalogue, the price is {times} as high as {amount}.",
            means="price in the catalogue",
            unit="{unit}",
        ),
    ),
    Kind.MONEY: (
        Story(
            says="{other} has {times_of} {amount}.",
            result="{other} [has] # {units}",
            unit="{unit}",
        ),
        Story(
            says="The price of a ticket is {times_of} {amount}.",
            means="price of the ticket",
            unit="{unit}",
        ),
    ),
    Kind.LENGTH: (
        Story(
            says="A {rope} is {times} as long as {amount}.",
            result="The {rope} [is] # {units} long",
            unit="{unit}",
        ),
        Story(
            says="{other} draws a line that is {times} as long as {amount}.",
            result="The line [is] # {units} long",
            unit="{unit}",
        ),
    ),
    Kind.DISTANCE: (
        Story(
            says="{other} goes {times} as far.",
            result="{other} [goes] # {units}",
            unit="{unit}",
        ),
        Story(
            says="A bus route is {times} as long as {amount}.",
            result="The bus route [is] # {units} long",
            unit="{unit}",
        ),
    ),
    Kind.AREA: (
        Story(
            says="The area of a second figure is {times_of} {amount}.",
            means="area of the second figure",
            unit="{unit}",
        ),
    ),
    Kind.VOLUME: (
        Story(
            says="The volume of a bottle is {times_of} {amount}.",
            means="volume of the bottle",
            unit="{unit}",
        ),
    ),
    Kind.AMOUNT: (
        Story(
            says="{other} uses {times_of} {amount}.",
            result="{other} [uses] # {units}",
            unit="{unit}",
        ),
    ),
    Kind.DURATION: (
        Story(
            says="Another time, {amount} is {times} as long.",
            means="time in that case",
            unit="{unit}",
        ),
    ),
    Kind.AGE: (
        Story(
            says="{other} is {times} as old as {who}.",
            result="{other} [is] # years old",
            unit="{unit}",
        ),
        Story(
            says="The age of a neighbour is {times_of} {phrase}.",
            means="age of the neighbour",
            unit="{unit}",
        ),
    ),
    Kind.ANGLE: (
        Story(
            says="A further angle is {times} as large as {amount}.",
            means="further angle",
            unit="{unit}",
        ),
    ),
    Kind.NUMBER: (
        Story(says="The code of a {lock} is {times_of} {phrase}.", means="code of the {lock}"),
        Story(
            says="The number of {other}'s house is {times_of} {phrase}.",
            means="number of {other}'s house",
        ),
        Story(says="{other} thinks of a number that is {times_of} {phrase}.",
              means="number {other} thinks of"),
    ),
}  # fmt: skip


def _scaled(times: str, times_of: str, more: Stories) -> Stories:
    """The stories of a multiple: those that each multiple has, and `more`."""

    def put(text: str) -> str:
        return text.replace("{times}", times).replace("{times_of}", times_of)

    kinds = {*_SCALED, *more}
    return {
        kind: (
            *(
                Story(put(s.says), s.given, s.result, s.means, s.unit, s.given_unit)
                for s in _SCALED.get(kind, ())
            ),
            *more.get(kind, ()),
        )
        for kind in kinds
    }


MULTIPLY = _scaled(
    "{n} times",
    "{n} times",
    {
        Kind.HELD: (
            Story(
                says="{who} then sells all these {things} for {n} cents each.",
                result="{who} [gets] # cents for the {things}",
                unit="cent",
            ),
            Story(
                says="Each of these {things} weighs {n} grams.",
                result="All these {things} together [weigh] # grams",
                unit="gram",
            ),
            Story(
                says="Each of {n} friends has as many {things} as {who} then has.",
                result="The friends [have] # {things} together",
                unit="{unit}",
            ),
        ),
        Kind.PEOPLE: (
            Story(
                says="Each of {those} gets {n} sheets of paper.",
                result="# sheets of paper [are] needed",
                unit="sheet of paper",
            ),
            Story(
                says="Each of {those} plants {n} trees.",
                result="They [plant] # trees together",
                unit="tree",
            ),
            Story(
                says="Each of {those} gets {n} stars.",
                result="They [get] # stars together",
                unit="star",
            ),
        ),
        Kind.THINGS: (
            Story(
                says="Each of {those} weighs {n} grams.",
                result="They [weigh] # grams together",
                unit="gram",
            ),
            Story(
                says="{other} buys {those} for {n} cents each.",
                result="{other} [pays] # cents",
                unit="cent",
            ),
        ),
        Kind.COUNT: (
            Story(
                says="For each of {those}, {other} gets {n} points in a game.",
                result="{other} [gets] # points",
                unit="point",
            ),
        ),
        Kind.PRICE: (
            Story(
                says="{other} buys {n} {items} at this price.",
                result="{other} [pays] # {units}",
                unit="{unit}",
            ),
        ),
        Kind.LENGTH: (
            Story(
                says="{other} lays {n} sticks in a line, each as long as {amount}.",
                result="The line [is] # {units} long",
                unit="{unit}",
            ),
        ),
        Kind.NUMBER: (
            Story(
                says="{other} writes down {phrase} and multiplies it by {n}.",
                means="number {other} gets",
            ),
            Story(says="Let {letter} be {named}.", means="value of {n}*{letter}"),
        ),
    },
)

DOUBLE = _scaled(
    "twice",
    "twice",
    {
        Kind.HELD: (
            Story(
                says="Then {who} gets just as many {things} again.", result=_HAS, unit="{unit}"
            ),
            Story(
                says="Each of these {things} has 2 holes.",
                result="All these {dry} together [have] # holes",
                unit="hole",
            ),
        ),
        Kind.PURSE: (
            Story(
                says="Then {who} earns the same amount of money again.", result=_HAS, unit="{unit}"
            ),
        ),
        Kind.CROWD: (
            Story(
                says="Then just as many {things} come again.", result=_THERE, unit="{unit}"
            ),
        ),
        Kind.PEOPLE: (
            Story(
                says="Each of {those} carries a pair of gloves.",
                result="They [carry] # gloves together",
                unit="glove",
            ),
        ),
        Kind.NUMBER: (
            Story(says="{other} writes down {phrase} and doubles it.",
                  means="number {other} gets"),
            Story(says="Let {letter} be {named}.", means="value of 2*{letter}"),
        ),
    },
)  # fmt: skip

HALVE = _scaled(
    "half",
    "half of",
    {
        Kind.HELD: (
            Story(
                says="Then {who} gives half of these {things} to {other}.",
                result="{other} [gets] # {things} from {who}",
                unit="{unit}",
            ),
            Story(
                says="{who} keeps half of these {things} and sells the others.",
                result="{who} [sells] # {things}",
                unit="{unit}",
            ),
        ),
        Kind.PURSE: (
            Story(
                says="Then {who} spends half of this money on a {goods}.",
                result="The {goods} [costs] # {units}",
                unit="{unit}",
            ),
        ),
        Kind.CROWD: (
            Story(says="Then half of the {things} go away.", result=_THERE, unit="{unit}"),
        ),
        Kind.PEOPLE: (
            Story(
                says="Half of {those} like music.",
                result="# of them [like] music",
                unit="{unit}",
            ),
        ),
        Kind.LENGTH: (
            Story(
                says="A {rope} as long as {amount} is cut into two equal {pieces}.",
                result="Each {piece} [is] # {units} long",
                unit="{unit}",
            ),
        ),
        Kind.NUMBER: (
            Story(says="{other} writes down {phrase} and halves it.",
                  means="number {other} gets"),
            Story(says="Let {letter} be {named}.", means="value of {letter}/2"),
        ),
    },
)  # fmt: skip

SHARE: Stories = {
    Kind.HELD: (
        Story(
            says="{who} shares these {things} equally among {n} friends.",
            result="Each friend [gets] # {things}",
            unit="{unit}",
        ),
        Story(
            says="Then {who} puts all these {things} into {n} {boxes}, the same number into each.",
            result="Each {box} [holds] # {things}",
            unit="{unit}",
        ),
        Story(
            says="{n} children then get all these {things} from {who}, each the same number.",
            result="Each child [gets] # {things}",
            unit="{unit}",
        ),
        Story(
            says="{who} lays all these {things} in {n} rows of the same length.",
            result="Each row [has] # {things}",
            unit="{unit}",
        ),
    ),
    Kind.PURSE: (
        Story(
            says="{who} spends all this money in {n} days, the same amount each day.",
            result="{who} [spends] # {units} each day",
            unit="{unit}",
        ),
        Story(
            says="{who} shares this money equally among {n} friends.",
            result="Each friend [gets] # {units}",
            unit="{unit}",
        ),
        Story(
            says="{who} buys {n} tickets of the same price and has no money left.",
            result="Each ticket [costs] # {units}",
            unit="{unit}",
        ),
    ),
    Kind.PLACE: (
        Story(
            says="All the {things} {place} are then shared equally among {n} children.",
            result="Each child [gets] # {things}",
            unit="{unit}",
        ),
        Story(
            says="All the {things} {place} are then packed into {n} {boxes}, the same number into "
            "each.",
            result="Each {box} [holds] # {things}",
            unit="{unit}",
        ),
    ),
    Kind.PEOPLE: (
        Story(
            says="{those} form {n} teams of the same size.",
            result="Each team [has] # {things}",
            unit="{unit}",
        ),
        Story(
            says="{those} stand in {n} rows of the same length.",
            result="Each row [has] # {things}",
            unit="{unit}",
        ),
    ),
    Kind.THINGS: (
        Story(
            says="{n} friends share {those} equally.",
            result="Each friend [gets] # {things}",
            unit="{unit}",
        ),
        Story(
            says="{other} packs {those} into {n} {boxes}, the same number into each.",
            result="Each {box} [holds] # {things}",
            unit="{unit}",
        ),
    ),
    Kind.COST: (
        Story(
            says="{who} pays this in {n} equal parts.",
            result="Each part [is] # {units}",
            unit="{unit}",
        ),
        Story(
            says="{n} friends give {who} the money back, each the same part.",
            result="Each friend [gives] {who} # {units}",
            unit="{unit}",
        ),
        Story(
            says="{who} and some friends, {n} people in all, share the cost equally.",
            result="Each of them [pays] # {units}",
            unit="{unit}",
        ),
    ),
    Kind.MONEY: (
        Story(
            says="{sum} is split equally among {n} friends.",
            result="Each friend [gets] # {units}",
            unit="{unit}",
        ),
    ),
    Kind.PRICE: (
        Story(
            says="{n} friends pay {amount} together, each the same part.",
            result="Each friend [pays] # {units}",
            unit="{unit}",
        ),
    ),
    Kind.LENGTH: (
        Story(
            says="A {rope} as long as {amount} is cut into {n} equal {pieces}.",
            result="Each {piece} [is] # {units} long",
            unit="{unit}",
        ),
        Story(
            says="{other} lays {n} equal sticks end to end in a line as long as {amount}.",
            result="Each stick [is] # {units} long",
            unit="{unit}",
        ),
    ),
    Kind.DISTANCE: (
        Story(
            says="A road as long as {amount} is built in {n} equal parts.",
            result="Each part [is] # {units} long",
            unit="{unit}",
        ),
        Story(
            says="{other} goes just as far in {n} days, the same distance each day.",
            result="{other} [goes] # {units} each day",
            unit="{unit}",
        ),
    ),
    Kind.AREA: (
        Story(
            says="{amount} is divided into {n} equal parts.",
            means="area of each part",
            unit="{unit}",
        ),
    ),
    Kind.VOLUME: (
        Story(
            says="Water of the same volume fills {n} equal cups.",
            means="volume of each cup",
            unit="{unit}",
        ),
    ),
    Kind.AMOUNT: (
        Story(
            says="{amount} is divided equally among {n} people.",
            result="Each of them [gets] # {units}",
            unit="{unit}",
        ),
    ),
    Kind.DURATION: (
        Story(
            says="{amount} is divided into {n} equal parts.",
            result="Each part [lasts] # {units}",
            unit="{unit}",
        ),
    ),
    Kind.NUMBER: (
        Story(
            says="{other} writes down {phrase} and divides it by {n}.", means="number {other} gets"
        ),
        Story(says="Let {letter} be {named}.", means="value of {letter}/{n}"),
        Story(
            says="{other} thinks of a number, and {n} times that number is {phrase}.",
            means="number {other} thinks of",
        ),
    ),
}

PERCENT: Stories = {
    Kind.HELD: (
        Story(
            says="Then {who} gives {n} percent of these {things} to {other}.",
            result="{other} [gets] # {things} from {who}",
            unit="{unit}",
        ),
        Story(
            says="{who} then sells {n} percent of these {things}.",
            result="{who} [sells] # {things}",
            unit="{unit}",
        ),
        Story(
            says="{who} finds that {n} percent of these {dry} are broken.",
            result="# of these {dry} [are] broken",
            unit="{unit}",
        ),
    ),
    Kind.PURSE: (
        Story(
            says="Then {who} spends {n} percent of this money on a {goods}.",
            result="The {goods} [costs] # {units}",
            unit="{unit}",
        ),
        Story(
            says="{who} gives {n} percent of this money to {other}.",
            result="{other} [gets] # {units}",
            unit="{unit}",
        ),
        Story(
            says="{who} decides to save {n} percent of this money.",
            result="{who} [saves] # {units}",
            unit="{unit}",
        ),
    ),
    Kind.PLACE: (
        Story(
            says="{other} takes {n} percent of the {things} {place}.",
            result="{other} [takes] # {things}",
            unit="{unit}",
        ),
    ),
    Kind.PEOPLE: (
        Story(
            says="{n} percent of {those} wear glasses.",
            result="# of them [wear] glasses",
            unit="{unit}",
        ),
        Story(
            says="{n} percent of {those} play football.",
            result="# of them [play] football",
            unit="{unit}",
        ),
        Story(
            says="{n} percent of {those} like music.",
            result="# of them [like] music",
            unit="{unit}",
        ),
    ),
    Kind.THINGS: (
        Story(
            says="{other} gets {n} percent of {those}.",
            result="{other} [gets] # of them",
            unit="{unit}",
        ),
    ),
    Kind.COST: (
        Story(
            says="A coupon takes {n} percent off what {who} pays.",
            result="The coupon [saves] {who} # {units}",
            unit="{unit}",
        ),
        Story(
            says="{who} pays {n} percent of it in coins.",
            result="{who} [pays] # {units} in coins",
            unit="{unit}",
        ),
    ),
    Kind.PRICE: (
        Story(
            says="With a coupon, {amount} falls by {n} percent.",
            result="The coupon [saves] # {units}",
            unit="{unit}",
        ),
        Story(
            says="The tax is {n} percent of {amount}.",
            result="The tax [is] # {units}",
            means="tax",
            unit="{unit}",
        ),
    ),
    Kind.MONEY: (
        Story(
            says="{other} gets {n} percent of {amount}.",
            result="{other} [gets] # {units}",
            unit="{unit}",
        ),
    ),
    Kind.LENGTH: (
        Story(
            says="{other} paints {n} percent of a stick that is as long as {amount}.",
            result="The painted part of the stick [is] # {units} long",
            unit="{unit}",
        ),
        Story(
            says="The length of a {rope} is {n} percent of {amount}.",
            result="The {rope} [is] # {units} long",
            unit="{unit}",
        ),
    ),
    Kind.DISTANCE: (
        Story(
            says="{n} percent of a road as long as {amount} is new.",
            result="The new part [is] # {units} long",
            unit="{unit}",
        ),
    ),
    Kind.AREA: (
        Story(
            says="{n} percent of {amount} is painted red.",
            means="area that is painted red",
            unit="{unit}",
        ),
    ),
    Kind.VOLUME: (
        Story(
            says="Sand fills {n} percent of {amount}.",
            means="volume of the sand",
            unit="{unit}",
        ),
    ),
    Kind.AMOUNT: (
        Story(
            says="{other} uses up {n} percent of {amount}.",
            result="{other} [uses] up # {units}",
            unit="{unit}",
        ),
    ),
    Kind.DURATION: (
        Story(
            says="{other} waits for {n} percent of {amount}.",
            result="{other} [waits] for # {units}",
            unit="{unit}",
        ),
    ),
    Kind.NUMBER: (
        Story(says="{other} writes down {n} percent of {phrase}.",
              means="number {other} writes down"),
        Story(says="The code of a {lock} is {n} percent of {phrase}.", means="code of the {lock}"),
        Story(says="Let {letter} be {named}.", means="number that is {n} percent of {letter}"),
    ),
}  # fmt: skip
