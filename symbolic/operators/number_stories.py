"""Stories of the steps with remainders, boxes, divisors, squares, quadratics, cases and extremes.

One table a step, as in `step_stories`. Where no story carries the step, the quantity gets a letter:
"Let n be the number of ways. What is the remainder when n is divided by 7?"
"""

from __future__ import annotations

from zoped.symbolic.operators.quantity import Kind
from zoped.symbolic.operators.story import Stories, Story

LEFTOVER: Stories = {
    Kind.HELD: (
        Story(
            says="{who} packs these {things} into {boxes} of {n} and fills as many {boxes} as "
            "possible.",
            result="There [are] # {things} left over",
            unit="{unit}",
        ),
        Story(
            says="{who} lays these {things} in rows of {n}, as many full rows as possible.",
            result="There [are] # {things} left over",
            unit="{unit}",
        ),
        Story(
            says="{who} gives these {things} to some friends, {n} to each, until there are too few "
            "for another friend.",
            result="There [are] # {things} left over",
            unit="{unit}",
        ),
    ),
    Kind.PURSE: (
        Story(
            says="A ticket costs {n} {units}, and {who} buys as many tickets as this money allows.",
            result="After that, {who} [has] # {units} left",
            unit="{unit}",
        ),
        Story(
            says="{who} spends {n} {units} every day, until there is not enough left for another day.",
            result="After that, {who} [has] # {units} left",
            unit="{unit}",
        ),
    ),
    Kind.PLACE: (
        Story(
            says="{other} packs the {things} {place} into {boxes} of {n} and fills as many {boxes} "
            "as possible.",
            result="There [are] # {things} left over",
            unit="{unit}",
        ),
        Story(
            says="{other} lays the {things} {place} in rows of {n}, as many full rows as possible.",
            result="There [are] # {things} left over",
            unit="{unit}",
        ),
    ),
    Kind.PEOPLE: (
        Story(
            says="{those} form teams of {n}, as many full teams as possible.",
            result="There [are] # {things} left over",
            unit="{unit}",
        ),
        Story(
            says="{those} stand in rows of {n}, as many full rows as possible.",
            result="There [are] # {things} left over",
            unit="{unit}",
        ),
    ),
    Kind.THINGS: (
        Story(
            says="{other} packs {those} into {boxes} of {n} and fills as many {boxes} as possible.",
            result="There [are] # {things} left over",
            unit="{unit}",
        ),
    ),
    Kind.LENGTH: (
        Story(
            says="{other} cuts a {rope} as long as {amount} into {pieces} of {n} {units}, as many as "
            "possible.",
            means="length of the {piece} that is left over",
            unit="{unit}",
        ),
    ),
    Kind.NUMBER: (
        Story(says="Let {letter} be {named}.", means="remainder when {letter} is divided by {n}"),
        Story(
            says="{other} divides {phrase} by {n}, with a remainder.",
            means="remainder that {other} gets",
        ),
    ),
}

BOXES: Stories = {
    Kind.HELD: (
        Story(
            says="{who} packs all these {things} into {boxes} that hold up to {n} {things} each.",
            result="{who} [needs] at least # {boxes}",
            unit="{box}",
        ),
        Story(
            says="{who} sticks all these {dry} into an album with {n} places on each page.",
            result="{who} [needs] at least # pages",
            unit="page",
        ),
        Story(
            says="{who} wants to use up all these {things}, at most {n} a day.",
            result="It [takes] at least # days",
            unit="day",
        ),
    ),
    Kind.PURSE: (
        Story(
            says="{who} can spend at most {n} {units} of this money a day.",
            result="It [takes] at least # days to spend all of it",
            unit="day",
        ),
    ),
    Kind.COST: (
        Story(
            says="{who} pays it with vouchers worth {n} {units} each and gets change back if need be.",
            result="{who} [needs] at least # vouchers",
            unit="note",
        ),
        Story(
            says="{who} pays it back to a friend, at most {n} {units} a week.",
            result="It [takes] at least # weeks",
            unit="week",
        ),
        Story(
            says="To pay it, {who} saves {n} {units} a week.",
            result="{who} [needs] to save for at least # weeks",
            unit="week",
        ),
    ),
    Kind.PRICE: (
        Story(
            says="{other} saves {n} {units} a week to pay {amount}.",
            result="{other} [has] to save for at least # weeks",
            unit="week",
        ),
    ),
    Kind.MONEY: (
        Story(
            says="{other} wants to save {sum} and saves {n} {units} a week.",
            result="{other} [has] to save for at least # weeks",
            unit="week",
        ),
    ),
    Kind.PLACE: (
        Story(
            says="{other} packs all the {things} {place} into {boxes} that hold up to {n} each.",
            result="{other} [needs] at least # {boxes}",
            unit="{box}",
        ),
    ),
    Kind.PEOPLE: (
        Story(
            says="{those} go on a trip in cars that hold up to {n} passengers each.",
            result="They [need] at least # cars",
            unit="car",
        ),
        Story(
            says="{those} sit down on benches that hold up to {n} each.",
            result="They [need] at least # benches",
            unit="bench",
        ),
    ),
    Kind.THINGS: (
        Story(
            says="{other} packs {those} into {boxes} that hold up to {n} each.",
            result="{other} [needs] at least # {boxes}",
            unit="{box}",
        ),
    ),
    Kind.LENGTH: (
        Story(
            says="{other} lays boards of {n} {units} end to end until they are at least as long as "
            "{amount}.",
            result="{other} [needs] # boards",
            unit="board",
        ),
    ),
    Kind.DISTANCE: (
        Story(
            says="{other} goes the same distance and can do up to {n} {units} a day.",
            result="{other} [needs] at least # days",
            unit="day",
        ),
    ),
    Kind.NUMBER: (
        Story(
            says="Let {letter} be {named}.",
            means="smallest whole number that is at least {letter}/{n}",
        ),
        Story(
            says="Let {letter} be {named}. A lift takes up to {n} people at a time, and {letter} "
            "people want to go up.",
            result="The lift [has] to go up at least # times",
            unit="time",
        ),
    ),
}

DIVISOR: Stories = {
    Kind.HELD: (
        Story(
            says="{who} also has {n} sweets and makes as many bags as possible, each with the same "
            "number of {things} and the same number of sweets, so that nothing is left over.",
            result="{who} [makes] # bags",
            unit="bag",
        ),
        Story(
            says="{who} and {other}, who has {n} {things}, both put all their {things} into rows. "
            "All the rows are equally long, and as long as possible.",
            result="Each row [has] # {things}",
            unit="{unit}",
        ),
    ),
    Kind.PEOPLE: (
        Story(
            says="{those} and {n} adults form as many teams as possible, all with the same number of "
            "{things} and the same number of adults.",
            result="They [form] # teams",
            unit="team",
        ),
    ),
    Kind.LENGTH: (
        Story(
            says="A {rope} as long as {amount} and another one of {n} {units} are cut into equal "
            "{pieces} that are as long as possible, with nothing left over.",
            result="Each {piece} [is] # {units} long",
            unit="{unit}",
        ),
    ),
    Kind.NUMBER: (
        Story(
            says="Let {letter} be {named}.",
            means="greatest common divisor of {letter} and {n}",
        ),
        Story(
            says="Let {letter} be {named}.",
            means="largest whole number that divides both {letter} and {n}",
        ),
    ),
}

SQUARE: Stories = {
    Kind.LENGTH: (
        Story(
            says="The sides of a {square} are as long as {amount}.",
            means="area of this square",
            unit="{area}",
        ),
        Story(
            says="A {carpet} is just as long as {amount}, and just as wide.",
            means="area of the {carpet}",
            unit="{area}",
        ),
    ),
    Kind.NUMBER: (
        Story(says="Let {letter} be {named}.", means="square of {letter}"),
        Story(
            says="Let {letter} be {named}. A board is divided into {letter} rows of {letter} "
            "squares each.",
            result="The board [has] # squares",
            unit="square",
        ),
        Story(
            says="Let {letter} be {named}. A hall has {letter} rows with {letter} chairs in each.",
            result="The hall [has] # chairs",
            unit="chair",
        ),
        Story(says="{other} writes down {phrase} and squares it.", means="number {other} gets"),
    ),
}

QUADRATIC: Stories = {
    Kind.LENGTH: (
        Story(
            says="A {carpet} has an area of {n} {areas}. It is longer than it is wide, and the "
            "difference is {amount}.",
            result="The {carpet} [is] # {units} wide",
            unit="{unit}",
        ),
    ),
    Kind.NUMBER: (
        Story(
            says="Let {letter} be {named}. A hall has {n} seats in equal rows, and each row has "
            "{letter} more seats than there are rows.",
            result="The hall [has] # rows",
            unit="row",
        ),
        Story(
            says="Let {letter} be {named}. A garden has an area of {n} square metres, and it is "
            "{letter} metres longer than it is wide.",
            result="The garden [is] # metres wide",
            unit="metre",
        ),
        Story(
            says="Let {letter} be {named}. Some friends have {n} cards together. Each of them has the "
            "same number of cards, which is {letter} more than the number of friends.",
            means="number of friends",
        ),
        Story(
            says="Let {letter} be {named}. The product of two positive numbers is {n}, and their "
            "difference is {letter}.",
            means="smaller of the two numbers",
        ),
        Story(
            says="Let {letter} be {named}. A positive number {x} satisfies {x}^2 + {letter}*{x} = {n}.",
            means="number x",
        ),
    ),
}

LARGER: Stories = {
    Kind.HELD: (
        Story(
            says="{other} has {n} {things}. The one of the two who has more {things} wins a game.",
            result="The winner [has] # {things}",
            unit="{unit}",
        ),
        Story(
            says="{other} has {n} {things}. The one of the two who has more puts them all into a "
            "{box}.",
            result="The {box} then [holds] # {things}",
            unit="{unit}",
        ),
    ),
    Kind.PURSE: (
        Story(
            says="{other} has {n} {units}. The one of the two who has more buys a {goods} for all "
            "this money.",
            result="The {goods} [costs] # {units}",
            unit="{unit}",
        ),
    ),
    Kind.COST: (
        Story(
            says="{other} pays {n} {units}.",
            means="larger one of the two amounts paid",
            unit="{unit}",
        ),
    ),
    Kind.PRICE: (
        Story(
            says="Another shop asks {n} {units} for the same thing.",
            means="higher one of the two prices",
            unit="{unit}",
        ),
    ),
    Kind.MONEY: (
        Story(
            says="{other} compares {amount} with {n} {units} and writes down what is more.",
            result="{other} [writes] down # {units}",
            unit="{unit}",
        ),
    ),
    Kind.LENGTH: (
        Story(
            says="A {rope} has to be at least {n} {units} long, and at least as long as {amount}.",
            means="shortest possible length of the {rope}",
            unit="{unit}",
        ),
    ),
    Kind.DISTANCE: (
        Story(
            says="A bus route has to be at least {n} {units} long, and at least as long as {amount}.",
            means="shortest possible length of the bus route",
            unit="{unit}",
        ),
    ),
    Kind.DURATION: (
        Story(
            says="A break lasts {n} {units}, or just as long as {amount} if that is longer.",
            result="The break [lasts] # {units}",
            unit="{unit}",
        ),
    ),
    Kind.AGE: (
        Story(
            says="{other} is {n} years old.",
            means="age of the older one of {other} and {who}",
            unit="{unit}",
        ),
    ),
    Kind.NUMBER: (
        Story(says="Let {letter} be {named}.", means="larger one of the numbers {letter} and {n}"),
        Story(
            says="{other} compares {n} with {phrase} and writes down the larger one.",
            means="number {other} writes down",
        ),
    ),
}

# For the extremes, `result` speaks of the unknown whole number, and {n} is the factor.
GREATEST: Stories = {
    Kind.HELD: (
        Story(
            says="{who} fills {boxes} with {n} {things} each.",
            result="{who} [can] fill # {boxes}",
            means="{boxes} {who} can fill",
            unit="{box}",
        ),
        Story(
            says="{who} gives {n} of these {things} to each of some friends.",
            means="friends to whom {who} can give {things}",
            unit="friend",
        ),
    ),
    Kind.PURSE: (
        Story(
            says="{who} buys tickets for {n} {units} each with this money.",
            means="tickets {who} can buy",
            unit="ticket",
        ),
        Story(
            says="{who} wants to spend {n} {units} of this money each day.",
            means="days for which the money can last",
            unit="day",
        ),
    ),
    Kind.PLACE: (
        Story(
            says="{other} packs the {things} {place} into {boxes} of {n}.",
            means="{boxes} {other} can fill",
            unit="{box}",
        ),
    ),
    Kind.PEOPLE: (
        Story(
            says="{those} form teams of {n}.",
            means="teams that they can form",
            unit="team",
        ),
    ),
    Kind.THINGS: (
        Story(
            says="{other} packs {those} into {boxes} of {n}.",
            means="{boxes} {other} can fill",
            unit="{box}",
        ),
    ),
    Kind.LENGTH: (
        Story(
            says="{other} cuts {pieces} of {n} {units} from a {rope} as long as {amount}.",
            means="{pieces} that {other} can cut",
            unit="{piece}",
        ),
    ),
    Kind.MONEY: (
        Story(
            says="{other} has just as many {units} as {who} pays, and buys tickets for {n} {units} each.",
            means="tickets {other} can buy",
            unit="ticket",
        ),
    ),
    Kind.NUMBER: (
        Story(
            says="Let {letter} be {named}. When a whole number is multiplied by {n}, the result is "
            "at most {letter}.",
            means="this whole number",
        ),
        Story(
            says="{n} times a whole number is at most {phrase}.",
            means="this whole number",
        ),
    ),
}

LEAST: Stories = {
    Kind.HELD: (
        Story(
            says="Each {box} holds up to {n} {things}, and {who} packs all these {things}.",
            means="{boxes} that {who} can use",
            unit="{box}",
        ),
    ),
    Kind.COST: (
        Story(
            says="{who} pays with vouchers worth {n} {units} each, and may get change back.",
            means="vouchers that {who} can use",
            unit="note",
        ),
    ),
    Kind.PURSE: (
        Story(
            says="{who} spends all this money and never more than {n} {units} a day.",
            means="days that this can take",
            unit="day",
        ),
    ),
    Kind.PLACE: (
        Story(
            says="Each {box} holds up to {n} {things}, and {other} packs all the {things} {place}.",
            means="{boxes} that {other} can use",
            unit="{box}",
        ),
    ),
    Kind.PEOPLE: (
        Story(
            says="{those} go on a trip in cars that hold up to {n} passengers each.",
            means="cars that they can take",
            unit="car",
        ),
    ),
    Kind.THINGS: (
        Story(
            says="Each {box} holds up to {n} {things}, and {other} packs {those}.",
            means="{boxes} that {other} can use",
            unit="{box}",
        ),
    ),
    Kind.LENGTH: (
        Story(
            says="{other} lays boards of {n} {units} end to end in a line at least as long as "
            "{amount}.",
            means="boards that {other} can use",
            unit="board",
        ),
    ),
    Kind.DISTANCE: (
        Story(
            says="{other} goes the same distance, never more than {n} {units} a day.",
            means="days that this can take",
            unit="day",
        ),
    ),
    Kind.MONEY: (
        Story(
            says="{other} saves {n} {units} a week and wants to have at least {sum}.",
            means="weeks that this can take",
            unit="week",
        ),
    ),
    Kind.NUMBER: (
        Story(
            says="Let {letter} be {named}. When a whole number is multiplied by {n}, the result is "
            "at least {letter}.",
            means="this whole number",
        ),
        Story(
            says="{n} times a whole number is at least {phrase}.",
            means="this whole number",
        ),
    ),
}

# {x} is the unknown's letter.
MANY: Stories = {
    Kind.HELD: (
        Story(
            says="{who} fills {x} {boxes} with {n} {things} each, at least one {box}. Some {things} "
            "may be left over.",
        ),
    ),
    Kind.PURSE: (
        Story(
            says="With this money, {who} buys {x} tickets for {n} {units} each, at least one. Some "
            "money may be left over.",
        ),
    ),
    Kind.PEOPLE: (
        Story(
            says="{x} teams of {n} are formed out of {those}, at least one. Not everybody has to "
            "be in a team.",
        ),
    ),
    Kind.LENGTH: (
        Story(
            says="{other} cuts {x} {pieces} of {n} {units}, at least one, from a {rope} as long as "
            "{amount}. Something may be left over.",
        ),
    ),
    Kind.NUMBER: (
        Story(says="A positive whole number {x} is such that {n} times {x} is at most {phrase}."),
        Story(says="Let {letter} be {named}, and let {x} be a positive whole number such that "
                   "{n}*{x} is at most {letter}."),
        Story(says="{n} times a positive whole number {x} does not exceed {phrase}."),
    ),
}  # fmt: skip
