"""What a formula may be: the whitelist, the limits, and errors that say where."""

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.alpha.grammar import MAX_DEPTH, MAX_LENGTH, MAX_NODES, parse_formula, usage
from runtime.alpha.operators import OPERATORS
from runtime.errors import InvalidValue
from tests.runtime.alpha.formulas import formulas

ESCAPES = [
    "__import__('os').system('true')",
    "close.__class__",
    "close.__class__.__mro__[1].__subclasses__()",
    "().__class__",
    "(lambda: close)()",
    "[x for x in close]",
    "{x: x for x in close}",
    "(x for x in close)",
    "open('/etc/passwd')",
    "eval('1')",
    "rank.__globals__",
    "rank(close).real",
    "rank(*close)",
    "rank(x=close)",
    "rank(**close)",
    "OPERATORS['rank'](close)",
    "(rank)(close)(close)",
    "f'{close}'",
    "'close'",
    "b'close'",
    "close if 1 else close",
    "(close := 1)",
    "close[0]",
    "close, close",
    "[close]",
    "{close}",
    "close @ close",
    "close // 1",
    "close % 2",
    "close << 9",
    "close & close",
    "~close",
    "close is close",
    "close in close",
    "...",
    "None",
    "True",
    "1j * close",
    "await close",
    "yield close",
    "close) + (close",
    "close; close",
    "close\\\n+ 1",
    "close # why",
    "9**9**9",
    "close ** 2",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_nothing_but_fields_numbers_signs_and_operators_gets_in(text: str) -> None:
    with pytest.raises(InvalidValue, match=r"Column \d+: "):
        parse_formula(text)


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("rank(clos)", 6, "Did you mean 'close'?"),
        ("  foo(close)", 3, "There is no operator 'foo'"),
        ("é + close", 1, "There is no field 'é'"),
        ("close + rank(é) + x", 14, "There is no field 'é'"),
        ("close + (é + x)", 10, "There is no field 'é'"),
        ("delay(close, -1)", 14, "cannot look ahead"),
        ("delay(close, 0)", 14, "whole number from 1 to 2000"),
        ("delay(close, 1.5)", 14, "whole number from 1 to 2000"),
        ("ts_mean(close, 2001)", 16, "whole number from 2 to 2000"),
        ("ts_mean(close, close)", 16, "whole number"),
        ("ts_mean(close, True)", 16, "whole number"),
        ("ts_mean(close)", 1, "ts_mean is written ts_mean(x, days)."),
        ("rank", 1, "needs its arguments in brackets: rank(x)"),
        ("close > 1", 1, "where("),
        ("rank(close > 1)", 6, "needs a number and gets a comparison"),
        ("where(close, 1, 2)", 7, "needs a comparison"),
        ("1 < close < 2", 1, "Compare two things at a time"),
        ("not close", 5, "needs a comparison"),
        ("42", 1, "uses no data"),
        ("close * 1e13", 9, "too large"),
        ("rank(close", 5, "never closed"),
        ("close +", 7, "cannot be read"),
    ],
)
def test_an_error_names_the_column_and_what_to_do(text: str, column: int, words: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        parse_formula(text)

    assert caught.value.message.startswith(f"Column {column}: ")
    assert words in caught.value.message


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_formula_is_told_apart(text: str) -> None:
    with pytest.raises(InvalidValue, match="empty"):
        parse_formula(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("close" + " " * MAX_LENGTH, "characters"),
        ("-" * (MAX_DEPTH + 5) + "close", "levels deep"),
        ("(" * 400 + "close" + ")" * 400, "cannot be read"),
        ("close" + "+1" * MAX_NODES, "levels deep|more than"),
        ("max(1,1)+" * 80 + "close", "levels deep|more than"),
        ("9" * 900 + "*close", "too large"),
    ],
)
def test_the_limits_hold(text: str, words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        parse_formula(text)


def test_a_wide_formula_hits_the_limit_of_parts_before_anything_is_computed() -> None:
    wide = "-1"
    while len(wide) < 400:
        wide = f"({wide}+{wide})"

    with pytest.raises(InvalidValue, match="more than 300 parts"):
        parse_formula(f"{wide}+close")


def test_lines_may_be_broken_where_people_break_them() -> None:
    formula = parse_formula("rank(\n  delta(close, 5)\n)\n- rank(returns)")

    assert formula.used_operators == {"-": 1, "delta": 1, "rank": 2}
    assert formula.used_fields == {"close": 1, "returns": 1}


def test_every_operator_says_how_it_is_written() -> None:
    for name, operator in OPERATORS.items():
        assert usage(name).count(",") == len(operator.takes) - 1
        assert operator.meaning


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=60)
    | st.text(alphabet="close rank(),.+-*/<>=_[]{}:'\"\\#0123456789lambdexisnot\n", max_size=60)
)
def test_whatever_is_typed_is_either_a_formula_or_an_error_for_people(text: str) -> None:
    message = fault(text)

    assert message is None or message.endswith((".", "?"))


def fault(text: str) -> str | None:
    """Return what is wrong with a formula; anything but the one error goes through."""
    try:
        parse_formula(text)
    except InvalidValue as error:
        return error.message
    return None


ALLOWED = (
    ast.Constant
    | ast.Name
    | ast.UnaryOp
    | ast.BinOp
    | ast.BoolOp
    | ast.Compare
    | ast.Call
    | ast.expr_context
    | ast.unaryop
    | ast.operator
    | ast.boolop
    | ast.cmpop
)


@settings(max_examples=300, deadline=None)
@given(formulas(tainted=True))
def test_what_passes_holds_nothing_but_the_whitelist(text: str) -> None:
    try:
        tree = parse_formula(text).tree
    except InvalidValue:
        return
    for node in ast.walk(tree):
        assert isinstance(node, ALLOWED)
        if isinstance(node, ast.Call):
            assert isinstance(node.func, ast.Name)
            assert node.func.id in OPERATORS
        if isinstance(node, ast.Constant):
            assert isinstance(node.value, int | float)


@settings(max_examples=200, deadline=None)
@given(formulas())
def test_a_well_formed_formula_is_refused_only_for_its_size(text: str) -> None:
    message = fault(text) or "parts"

    assert any(word in message for word in ("levels deep", "parts", "characters", "uses no data"))
