"""What a question asks for becomes a noun phrase, or nothing where rules could say it wrongly."""

import pytest

from zoped.symbolic.wording.asked_for import asked_for, asked_holder, asked_place, quoted_phrase
from zoped.symbolic.wording.inflection import past_form


@pytest.mark.parametrize(
    ("question", "phrase"),
    [
        ("How many tulips did she plant?", "the number of tulips she planted"),
        ("How many laps did Ann and Ben swim?", "the number of laps Ann and Ben swam"),
        ("How many comic books does he have now?", "the number of comic books he has now"),
        ("How many coins does Hugo still have?", "the number of coins Hugo still has"),
        ("How many cups do they each get?", "the number of cups they each get"),
        ("How many grapes does each child get?", "the number of grapes each child gets"),
        ("How many ducks are on the pond now?", "the number of ducks on the pond now"),
        ("How many poems are written?", "the number of poems that are written"),
        ("How many pens are there in all?", "the number of pens there are in all"),
        ("How many cars remained?", "the number of cars that remained"),
        ("How many books can she buy with it?", "the number of books she can buy with it"),
        (
            "How many vans are needed for {n} players?",
            "the number of vans that are needed for {n} players",
        ),
        ("How many legs do 15 spiders have?", "the number of legs 15 spiders have"),
        ("How many cents do {n} pens cost?", "the number of cents {n} pens cost"),
        (
            "How many dollars did 3 adults and 5 children pay?",
            "the number of dollars 3 adults and 5 children paid",
        ),
        ("How much do 5 tickets cost?", "the amount 5 tickets cost"),
        ("How many dollars does each pay?", "the number of dollars each pays"),
        (
            "How many more sheep than goats does he have?",
            "the difference between the numbers of sheep and goats he has",
        ),
        ("How many more dollars does he need?", "the number of dollars he still needs"),
        ("How many inches long is each piece?", "the length of each piece"),
        (
            "How many pounds heavier is Rico than his dog?",
            "the difference between the weights of Rico and his dog",
        ),
        ("How old is his mother?", "the age of his mother"),
        ("How old is Ann now?", "the age of Ann"),
        ("How long is the rope now?", "the length of the rope now"),
        ("How far did the toad jump?", "the distance the toad jumped"),
        ("How many pieces of cake did Lea eat?", "the number of pieces of cake Lea ate"),
        (
            "How many cups of milk does she need to add?",
            "the number of cups of milk she needs to add",
        ),
        ("How many sums did he have to do?", "the number of sums he had to do"),
        ("How many children went home?", "the number of children that went home"),
        ("How many pupils voted for the play?", "the number of pupils that voted for the play"),
        ("How many teams will be made?", "the number of teams that will be made"),
        (
            "How many elms will the park have when the work is done?",
            "the number of elms the park will have when the work is done",
        ),
        ("How many eggs does the farm shop have now?", "the number of eggs the farm shop has now"),
        (
            "How many more pears does Ann have than Ben?",
            "the difference between the numbers of pears Ann and Ben have",
        ),
        (
            "How many more toy cars than dolls were on the shelf?",
            "the difference between the numbers of toy cars and dolls on the shelf",
        ),
        ("How much did the class pay?", "the amount the class paid"),
        ("How much money does he have?", "the amount of money he has"),
        ("What is the price of one pen?", "the price of one pen"),
        # An auxiliary that stays: the subject goes before it.
        ("How many litres had Ivan bought?", "the number of litres Ivan had bought"),
        ("How many miles have they both run?", "the number of miles they have both run"),
        ("How many vases have been broken?", "the number of vases that have been broken"),
        ("How many scarves is she knitting?", "the number of scarves she is knitting"),
        ("How many tins must go in each box?", "the number of tins that must go in each box"),
        ("How many foxes will there be in a year?", "the number of foxes there will be in a year"),
        ("How many coats did they not sell?", "the number of coats they did not sell"),
        # The verb stands before a preposition, an adverb, a number, the end.
        ("How many jars did carla find in the shed?", "the number of jars carla found in the shed"),
        ("How many goals did both teams score?", "the number of goals both teams scored"),
        ("How many tents did the scouts pitch?", "the number of tents the scouts pitched"),
        ("How much do her dad's plums weigh now?", "the amount her dad's plums weigh now"),
        (
            "How many tons did the ship originally hold?",
            "the number of tons the ship originally held",
        ),
        (
            "How many rolls does the camp cook still need?",
            "the number of rolls the camp cook still needs",
        ),
        (
            "How many dollars does a job of {n} hours cost?",
            "the number of dollars a job of {n} hours costs",
        ),
        ("How many euros do 2 ice cream cones cost?", "the number of euros 2 ice cream cones cost"),
        ("How many goats does Mr. Diaz have?", "the number of goats Mr. Diaz has"),
        # What stands before the question, or in the middle of it.
        (
            "After 5 weeks, how many laps has Ann swum?",
            "the number of laps Ann has swum after 5 weeks",
        ),
        ("How long, in minutes, did she skate?", "the time she skated in minutes"),
        ("How many hens total did the farm have?", "the number of hens the farm had in total"),
        ("How many total points did she get?", "the total number of points she got"),
        ("How much longer can he stay?", "the additional time he can stay"),
        (
            "How many books at 9 dollars each can she buy?",
            "the number of books at 9 dollars each she can buy",
        ),
        (
            "How many pictures from her trip did Jan keep?",
            "the number of pictures from her trip Jan kept",
        ),
        ("How many pupils didn't pass the test?", "the number of pupils that didn't pass the test"),
        ("How much more must she save?", "the additional amount she must save"),
        ("How many $10 bills does he need?", "the number of $10 bills he needs"),
        ("How many hours a week does she run?", "the number of hours a week she runs"),
        ("How much did she have left?", "the amount she had left"),
        (
            "How many eggs does he supply these two shops?",
            "the number of eggs he supplies these two shops",
        ),
        (
            "How many yams do Jan and her brother have?",
            "the number of yams Jan and her brother have",
        ),
        (
            "How much farther did Jan run than walk?",
            "the difference between the distances Jan ran and walked",
        ),
        ("How much honey remains?", "the amount of honey that remains"),
        ("How much was the bill?", "what the bill came to"),
        ("How much is Jan going to save?", "the amount Jan is going to save"),
        ("How much will his profit be?", "what his profit will come to"),
        ("How many more tiles should Ivo buy?", "the number of additional tiles Ivo should buy"),
        ("How much more money does Ivo need?", "the amount of money Ivo still needs"),
        # Comparisons.
        (
            "How much farther did the toad jump than the frog?",
            "the difference between the distances the toad and the frog jumped",
        ),
        (
            "How many more emails did Jan get in May than in June?",
            "the difference between the numbers of emails Jan got in May and in June",
        ),
        (
            "How many more figs did he eat than those he sold?",
            "the difference between the number of figs he ate and the number of those he sold",
        ),
        (
            "How many more clips did she use for maps than she did for lists?",
            "the difference between the number of clips she used for maps and the number she used for lists",
        ),
        (
            "How many more guests stayed than those that left?",
            "the difference between the number of guests that stayed and the number of those that left",
        ),
        (
            "How many more crows than gulls are sitting on the wall?",
            "the difference between the numbers of crows and gulls that are sitting on the wall",
        ),
        (
            "How many dollars more did Jan pay than Ivo for the trip?",
            "the difference between the numbers of dollars Jan and Ivo paid for the trip",
        ),
    ],
)
def test_what_is_asked_for(question, phrase):
    assert asked_for(question) == phrase
    assert quoted_phrase(f'pens asked for in "{question}"') == phrase


@pytest.mark.parametrize(
    "question",
    [
        "How many more sheep does he have?",
        "How many more sheep are there than goats?",
        "How many of them are left?",
        "How many feet of rope are left?",
        "How many pounds heavier is Rico?",
        "How many does he have?",
        "How many teams are Ivan and Max?",
        "How many litres of oil leaked while the pipes were mended?",
        "How many people work for the firm?",
        "How much money did he spend on pens more than on pencils?",
        "How many pens did he buy more than he sold?",
        "How many more pears does Ann have than Ben sold?",
        "How many tonnes did the fault plane shift?",
        "How many walks was that?",
        "How many legs do 15 spiders in the shed have?",
        "How many coins do 3 of them have?",
        "How many coins does each of the two get?",
        "How many slices are there if 6 pizzas are cut?",
        "How many wheels do the bicycles have, if each has 2 wheels?",
        "How many inches is each piece?",
        "How old will his mother be then?",
        "What did the scoreboard show then?",
        "Find the number of pens.",
        "How many more rolls did Jan eat on Monday than Tuesday?",
        "How many more rolls did the cook bake the girls than the boys?",
        "How many more toys did Jan give away?",  # than whom?
        "How many hours did the old man practice piano?",
        "How much of the pie did he eat?",
        "How many guests decided they did not want tea?",
        "How many sheep must Jan buy to have 6 fewer sheep than Ivo?",
        "",
    ],
)
def test_what_cannot_be_said_so_is_not(question):
    assert asked_for(question) is None
    assert quoted_phrase(f'pens asked for in "{question}"') is None


@pytest.mark.parametrize(
    ("question", "who", "where"),
    [
        ("How many cards does she have left?", "she", ""),
        ("How many comic books does Leon have now?", "Leon", ""),
        ("How many crates are still on the truck?", "", "on the truck"),
        ("How many cookies are left in the jar?", "", "in the jar"),
        ("How many cookies are left?", "", "left"),
        ("How many onions remain?", "", "left"),
        # What there was before, what two have, one of several, how they compare.
        ("How many cards did she have at first?", "", ""),
        ("How many cards does she have to buy?", "", ""),
        ("How many pears do they have left?", "", ""),
        ("How many jars are on one shelf?", "", ""),
        ("How many more cards does she have?", "", ""),
        ("How many of them are left?", "", ""),
        ("How many eggs are brown?", "", ""),
    ],
)
def test_who_has_it_and_where_it_is_in_the_end(question, who, where):
    assert (asked_holder(question), asked_place(question)) == (who, where)


def test_a_meaning_that_quotes_no_question_is_none():
    assert quoted_phrase("pens asked for") is None
    assert quoted_phrase("pens Ann has now") is None


@pytest.mark.parametrize(
    ("verb", "past"),
    [
        ("buy", "bought"),
        ("read", "read"),
        ("plan", "planned"),
        ("pick", "picked"),
        ("visit", "visited"),
        ("need", "needed"),
        ("carry", "carried"),
        ("play", "played"),
        ("bake", "baked"),
        ("sew", "sewed"),
    ],
)
def test_the_past(verb, past):
    assert past_form(verb) == past
