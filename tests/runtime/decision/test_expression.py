import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.decision.expression import MAX_LENGTH, evaluate, names_in, parse
from runtime.errors import InvalidValue

NAMES = {"confidence": 0.7, "action": "buy", "approved": True, "missing": None, "zero": 0.0, "rows": 3.0}


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("confidence > 0.6", True),
        ("confidence > 0.6 and action == 'buy'", True),
        ("action != 'buy' or rows >= 4", False),
        ("not approved", False),
        ("0 < confidence < 1", True),
        ("(rows - 1) * 2 / 4 == 1", True),
        ("-rows < +zero", True),
        ("missing == None", True),
        ("approved == True", True),
        ("zero != 0 and 1 / zero > 1", False),
    ],
)
def test_an_expression_holds_or_not(expression: str, holds: bool) -> None:
    assert evaluate(expression, NAMES) is holds


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("", "empty"),
        ("1 +", "cannot be read"),
        ("x" * (MAX_LENGTH + 1), "characters"),
        ("().__class__", "dot"),
        ("action.upper() == 'BUY'", "call"),
        ("__import__('os')", "call"),
        ("action[0] == 'b'", "index"),
        ("9 ** 9 ** 9 > 1", "power"),
        ("[x for x in action]", "not allowed"),
        ("lambda: 1", "not allowed"),
        ("(a := 1) == 1", "not allowed"),
        ("f'{action}' == 'buy'", "not allowed"),
        ("1 if approved else 2", "not allowed"),
        ("rows @ rows > 1", "not allowed"),
        ("~1 == 1", "not allowed"),
        ("action in 'buyer'", "not allowed"),
        ("1j > 0", "complex"),
        ("b'x' == 'x'", "bytes"),
        ("... == 1", "ellipsis"),
        ("1or 2 > 1", "cannot be read"),
        ("(" * 240 + "1" + ")" * 240, "cannot be read"),
        ("-" * 60 + "1 > 0", "nested"),
        ("not " * 40 + "approved", "nested"),
        ("a = 1", "cannot be read"),
        ("1 > 0\x00", "cannot be read"),
    ],
)
def test_what_is_not_allowed_is_refused_before_it_runs(expression: str, reason: str) -> None:
    with pytest.raises(InvalidValue, match=reason):
        parse(expression)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("nothing > 1", "names 'nothing'"),
        ("action > 1", "needs a number"),
        ("approved + 1 > 1", "needs a number"),
        ("missing < 1", "needs a number"),
        ("'a' * 1000000 == 'a'", "needs a number"),
        ("confidence", "true or false"),
        ("confidence and approved", "true or false"),
        ("1 / zero > 1", "divides by zero"),
        (f"{'9' * 400} > 1", "too large"),
    ],
)
def test_values_that_do_not_fit_are_said_so(expression: str, reason: str) -> None:
    with pytest.raises(InvalidValue, match=reason):
        evaluate(expression, NAMES)


def test_names_are_known_before_the_run() -> None:
    assert names_in("a > 1 and (b < c or a == 2)") == {"a", "b", "c"}


fragments = st.sampled_from(
    [
        "confidence",
        "action",
        "rows",
        "1",
        "0.5",
        "'x'",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ".",
        ",",
        ":",
        "=",
        "==",
        "<",
        ">",
        "!=",
        "+",
        "-",
        "*",
        "**",
        "/",
        "//",
        "%",
        "and",
        "or",
        "not",
        "in",
        "is",
        "if",
        "else",
        "lambda",
        "for",
        "__class__",
        "__import__",
        "eval",
        "await",
        "yield",
        ":=",
        "f'",
        "'",
        '"',
        "\\",
        "#",
        "1e999",
        "0x",
        "None",
    ]
)


@given(
    st.one_of(
        st.text(max_size=MAX_LENGTH + 20),
        st.lists(fragments, max_size=60).map(" ".join),
        st.lists(fragments).map("".join),
    )
)
def test_nothing_typed_escapes_or_breaks_the_evaluator(expression: str) -> None:
    try:
        outcome = evaluate(expression, NAMES)
    except InvalidValue:
        return
    assert isinstance(outcome, bool)
    assert not any(
        isinstance(node, ast.Attribute | ast.Call | ast.Subscript | ast.Pow)
        for node in ast.walk(parse(expression))
    )
