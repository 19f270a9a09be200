"""Texts that a hostile model might write where an expression is expected."""

from __future__ import annotations

_PYTHON = """\
x.__class__
().__class__.__bases__
().__class__.__mro__[1].__subclasses__()
"".join
(1).bit_length
(1).__add__(2)
x.real
x.y.z
math.pi
os.system
os.system("ls")
__import__
__import__("os")
__import__("os").system("id")
__builtins__
__builtins__.eval
__name__
__file__
_
__
x__y
import os
from os import system
eval("1")
eval(x)
exec("1")
exec(x)
compile("1", "f", "eval")
open("/etc/passwd")
open(x)
input()
print(1)
globals()
locals()
vars()
dir()
getattr(x, y)
setattr(x, y, 1)
delattr(x, y)
type(x)
object()
super()
id(x)
hash(x)
help()
breakpoint()
exit()
quit()
memoryview(x)
bytes(10)
bytearray(10)
range(10)
list(x)
tuple(x)
dict()
set()
int(x)
float(x)
str(x)
pow(2, 10)
divmod(7, 2)
map(f, x)
filter(f, x)
zip(x, y)
sorted(x)
sympify(x)
Symbol(x)
lambda: 1
lambda x: x
(lambda x: x)(1)
[x for x in y]
{x for x in y}
{x: 1 for x in y}
(x for x in y)
sum(x for x in y)
[1, 2, 3]
[]
()
(1, 2)
(1,)
1,
1, 2
{}
{1}
{1: 2}
x[0]
x[1:2]
x[y]
*x
**x
sqrt(*x)
sqrt(**x)
max(*x, *y)
sqrt(x=1)
log(2, base=3)
x if y else z
x and y
x or y
not x
x in y
x not in y
x is y
x is not y
x := 1
(x := 1)
x = 1
x += 1
x: int
await x
yield
yield x
(yield)
yield from x
async x
return x
raise x
assert x
del x
pass
global x
while 1: x
for x in y: z
if x: y
with x: y
def f(): x
class C: x
@x
`x`
x; y
x;
x\\
x\\n1
# comment
x # comment
\"\"\"text\"\"\"
"text"
'text'
"a" "b"
b"bytes"
r"raw"
u"text"
f"{x}"
f'{__import__("os")}'
f"{x!r:>{y}}"
...
None
True
False
1j
1 + 2j
0x10
0b11
0o17
1_000
1e5
1e999
1E-5
1.5e3
01
007
1.2.3
1..2
.
..
x.1
2x
2 x
2(3)
2(x)
x(2)
(x)(y)
sqrt
sqrt sqrt
sqrt()
sqrt(1, 2)
abs()
gcd(4)
gcd()
log(1, 2, 3)
factorial(1, 2)
binomial(5)
sum(k)
sum(k, 1, 2)
sum(k, k, 1)
sum(k, 2, 1, 2)
sum(k, k + 1, 1, 2)
sum(k, k, k, 5)
sum(k, k, 1, k)
product(k, pi, 1, 5)
sqrt(x
sqrt x)
(x
x)
)(
x + 
+
- 
* x
x * * y
x ** 
x <> y
x =! y
x === y
x = = y
(1 < x) < 3
x == (y == z)
(x == y) + 1
x + (y < z)
sqrt(x == y)
max(x, y < z)
x ~ y
~x
x | y
x & y
x ^ y
x << y
x >> y
x @ y
x ? y
x ! 
x!
!x
x -> y
x $ y
$x
x :: y
x \\ y
%d
%s % x
{x}
{{x}}
<script>
'; DROP TABLE x; --
"""

_UNICODE = {
    "full-width digits": "１ + ２",
    "full-width parentheses": "（1）",
    "arabic digits": "٣ + 4",
    "superscript": "x²",
    "cyrillic a": "а + 1",
    "greek pi": "π * 2",
    "mathematical italic": "𝑥 + 1",
    "ligature that folds to eval": "eﬀect + ｅval(1)",
    "minus sign": "x − 1",
    "times sign": "2 × 3",
    "division sign": "6 ÷ 2",
    "fraction": "½",
    "roman numeral": "Ⅷ",
    "zero-width space": "x\u200b+1",
    "zero-width joiner": "x\u200dy",
    "right-to-left override": "x\u202e+1",
    "isolate": "\u2066x\u2069",
    "no-break space": "x\u00a0+ 1",
    "byte order mark": "\ufeffx",
    "null": "x\x00",
    "null in the middle": "1 \x00+ 1",
    "bell": "\x07x",
    "escape": "\x1b[31mx",
    "line break": "x\n+ 1",
    "carriage return": "x\r1",
    "line separator": "x\u20281",
    "form feed": "x\x0c1",
    "vertical tab": "x\x0b1",
    "lone surrogate": "x\ud800",
    "two surrogates": "\ud83d\ude00",
    "emoji": "🙂 + 1",
    "combining": "x\u0301",
    "tag characters": "x\U000e0041",
    "private use": "\ue000",
    "last code point": "\U0010ffff",
}

_LARGE = {
    "a million digits": "9" * 1_000_000,
    "a million digits after the point": "0." + "1" * 1_000_000,
    "digits over the limit": "1" * 41,
    "a long name": "x" * 1_000,
    "a long name over the text's limit": "x" * 10_000,
    "nested parentheses": "(" * 900 + "1" + ")" * 900,
    "parentheses over the text's limit": "(" * 100_000 + "1" + ")" * 100_000,
    "parentheses that never close": "(" * 1_999,
    "closing ones only": ")" * 1_999,
    "unary minus": "-" * 1_999 + "1",
    "unary plus and minus": "+-" * 900 + "1",
    "nested calls": "sqrt(" * 300 + "1" + ")" * 300,
    "nested abs": "abs(" * 45 + "x" + ")" * 45,
    "a long sum": "+".join(["1"] * 900),
    "a long product": "*".join(["x"] * 900),
    "a tower of powers": "**".join(["9"] * 600),
    "a tower of powers of x": "**".join(["x"] * 300),
    "a chain of comparisons": "<".join(["x"] * 500),
    "many arguments": "max(" + ",".join(["1"] * 900) + ")",
    "commas": "," * 1_999,
    "spaces": " " * 1_999,
    "nothing": "",
    "spaces and tabs": " \t " * 10,
    "nested ranges": "sum(" * 60 + "k" + ",k,1,9)" * 60,
    "huge exponent": "2**1001",
    "huge negative exponent": "2**(-1001)",
    "huge literal exponent": "2**" + "9" * 40,
    "factorial of a million": "factorial(1000000)",
    "factorial of a negative": "factorial(-1)",
    "sum over a thousand million": "sum(k, k, 1, 1000000000)",
    "product over 10**9": "product(2, k, 1, 1000000000)",
    "division by zero": "1/0",
    "division by a zero in disguise": "x/0.000",
}

# Refused by the parser, every one.
REFUSED: dict[str, str] = {line: line for line in _PYTHON.splitlines()} | _UNICODE | _LARGE

# Small expressions of the language whose value is out of reach: given up when they are evaluated.
GIVEN_UP: dict[str, str] = {
    "tower that the parser cannot see": "9**(9**9)",
    "tower by brackets": "((9**9)**9)**999",
    "power of a power": "(2**1000)**1000",
    "power of a sum": "(10**500 + 1)**900",
    "power of a fraction": "(1/3)**1000 * (1/7)**1000 * (1/11)**1000 * (1/13)**1000",
    "factorial of a factorial": "factorial(factorial(6))",
    "factorial of a fraction": "factorial(1/2)",
    "factorial over the limit by a sum": "factorial(400 + 400)",
    "product of factorials": "factorial(500)*factorial(499)*factorial(498)*factorial(497)",
    "binomial of a large number": "binomial(10**9, 5*10**8)",
    "binomial at the limit": "binomial(5000, 2500)",
    "sum over 10**9 by a power": "sum(k, k, 1, 10**9)",
    "product over 10**9 by a power": "product(k, k, 1, 10**9)",
    "sum in a sum": "sum(sum(j*k, j, 1, 90000), k, 1, 90000)",
    "three sums": "sum(sum(sum(i*j*k, i, 1, 999), j, 1, 999), k, 1, 999)",
    "product that explodes": "product(k**9, k, 1, 90000)",
    "sum of powers": "sum(2**k, k, 1, 90000)",
    "harmonic sum": "sum(1/k, k, 1, 99999)",
    "sum of factorials": "sum(factorial(k), k, 1, 99999)",
    "lcm of a range": "product(lcm(k, k + 1), k, 1, 99999)",
    "root with a degree out of reach": "2**(1/" + "9" * 40 + ")",
    "deep root of a large number": "(10**900)**(1/997)",
    "irrational": "sqrt(2)",
    "root of a negative": "sqrt(-1)",
    "logarithm of zero": "log(0)",
    "logarithm of a large number": "log(10**900 + 1, 10)",
    "logarithm to a base near one": "log(2, 1 + 1/10**30)",
    "exponential": "exp(10**900)",
    "sine of a large number": "sin(10**900)",
    "zero to a negative power": "0**(-1)",
    "division by a computed zero": "1/(1 - 1)",
    "remainder by zero": "7 % (2 - 2)",
    "an unknown": "x + 1",
}
