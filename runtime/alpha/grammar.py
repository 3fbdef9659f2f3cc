"""Read an alpha formula: a whitelist over Python's syntax tree, with limits, and errors that say where and what to do.

A formula is never executed by Python: what passes here is walked by `runtime.alpha.evaluate`. There is no attribute, index,
power, keyword, lambda, comprehension or text in it, and the only calls are those of `OPERATORS`.
"""

import ast
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from runtime.alpha.operators import OPERATORS, Argument
from runtime.errors import InvalidValue, did_you_mean

MAX_LENGTH = 1000
MAX_DEPTH = 30
MAX_NODES = 300
MAX_WINDOW = 2000
LARGEST_NUMBER = 1e12
WORKING_ARRAYS = 10
"""What the hungriest operator needs besides its arguments."""
FIELDS: Mapping[str, str] = {
    "close": "the close in USD",
    "returns": "the close over that of the day before, minus 1",
    "log_returns": "the natural logarithm of that ratio",
    "market": "the day's mean of `returns` over all symbols",
}
Sort = Literal["series", "truth"]

_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div)
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_ONE_LINE = str.maketrans({"\n": " ", "\r": " ", "\t": " ", "\f": " "})
_TWO = 2
_ALLOWED = "Use fields, numbers, + - * /, comparisons, and/or/not and the listed operators."
_REFUSED: dict[type[ast.AST], str] = {
    ast.Attribute: "a dot between names",
    ast.Subscript: "an index",
    ast.Pow: "a power; write signed_power(x, 2)",
    ast.Lambda: "a lambda",
    ast.IfExp: "if/else; write where(condition, x, y)",
    ast.BitAnd: "&; write and",
    ast.BitOr: "|; write or",
    ast.Invert: "~; write not",
    ast.JoinedStr: "text",
    ast.Is: "is; write ==",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A formula that may be evaluated."""

    text: str
    tree: ast.expr
    used_operators: Mapping[str, int]
    """Operator → how often, by name; signs like + included."""
    used_fields: Mapping[str, int]
    nodes: int
    """Steps of the evaluation."""
    peak: int
    """Arrays that are alive at once at most."""


def parse_formula(text: str) -> Formula:
    """Return the checked formula; raises `InvalidValue` that names the column (from 1) and what to do."""
    tree = _Reader(text).tree()
    checker = _Checker(text)
    sort = checker.check(tree, depth=1)
    if sort == "truth":
        raise checker.fault(tree, "The formula is a comparison. Make numbers of it: where(…, 1, -1).")
    if not checker.fields:
        raise checker.fault(tree, f"The formula uses no data. Name a field: {', '.join(FIELDS)}.")
    return Formula(
        text=text,
        tree=tree,
        used_operators=dict(sorted(checker.operators.items())),
        used_fields=dict(sorted(checker.fields.items())),
        nodes=checker.nodes,
        peak=peak_arrays(tree),
    )


def peak_arrays(node: ast.expr) -> int:
    """Return how many arrays are alive at once while the tree is evaluated from left to right."""
    parts = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
    if isinstance(node, ast.Call):
        parts = list(node.args)
    # While the n-th argument is computed, the n before it are kept; the operator then needs room of its own.
    room = WORKING_ARRAYS if isinstance(node, ast.Call) else 3
    return max([number + peak_arrays(part) for number, part in enumerate(parts)] + [len(parts) + room])


class _Reader:
    """Text → syntax tree."""

    def __init__(self, text: str) -> None:
        self._text = text

    def tree(self) -> ast.expr:
        text = self._text.translate(_ONE_LINE)
        if not text.strip():
            raise InvalidValue("The formula is empty. Write one, for example: rank(-delta(close, 5)).")
        if len(text) > MAX_LENGTH:
            raise InvalidValue(f"The formula has {len(text)} characters, {MAX_LENGTH} are allowed.")
        for sign, what in (("#", "A comment"), ("\\", "A backslash"), (";", "A semicolon")):
            if sign in text:
                raise InvalidValue(f"Column {text.index(sign) + 1}: {what} is not allowed. {_ALLOWED}")
        indent = len(text) - len(text.lstrip())
        try:
            with warnings.catch_warnings():
                # The tokenizer warns about things like `1or 2`; they are refused, not guessed at.
                warnings.simplefilter("error")
                return ast.parse(text[indent:], mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
            raise self._unreadable(error, indent, text) from error

    @staticmethod
    def _unreadable(error: Exception, indent: int, text: str) -> InvalidValue:
        if not isinstance(error, SyntaxError):
            return InvalidValue("The formula cannot be read: it is nested too deeply or not text.")
        # Without an offset the text ends too early.
        column = min((error.offset or len(text)) + indent, len(text.rstrip()))
        reason = (error.msg or "invalid syntax").split(". Perhaps")[0]
        return InvalidValue(f"Column {column}: this cannot be read: {reason}. Check brackets and commas.")


class _Checker:
    """Walks the tree once: whitelist, kinds of arguments, limits, and what is used."""

    def __init__(self, text: str) -> None:
        self._line = text.translate(_ONE_LINE).lstrip()
        self._indent = len(text) - len(self._line)
        self.nodes = 0
        self.operators: Counter[str] = Counter()
        self.fields: Counter[str] = Counter()

    def check(self, node: ast.AST, *, depth: int) -> Sort:
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise self.fault(node, f"The formula is nested more than {MAX_DEPTH} levels deep. Split it.")
        if self.nodes > MAX_NODES:
            raise self.fault(node, f"The formula has more than {MAX_NODES} parts. Split it.")
        check = self._checks().get(type(node))
        if check is None:
            raise self._refusal(node)
        return check(node, depth)

    def fault(self, node: ast.AST, words: str) -> InvalidValue:
        """Return the error for a place; columns count characters from 1, Python's count bytes from 0."""
        offset: int = getattr(node, "col_offset", 0)
        before = self._line.encode()[:offset].decode(errors="ignore")
        return InvalidValue(f"Column {len(before) + self._indent + 1}: {words}")

    def _checks(self) -> dict[type[ast.AST], Callable[..., Sort]]:
        return {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.UnaryOp: self._unary,
            ast.BinOp: self._binary,
            ast.BoolOp: self._logic,
            ast.Compare: self._comparison,
            ast.Call: self._call,
        }

    def _constant(self, node: ast.Constant, depth: int) -> Sort:  # noqa: ARG002  one signature for all
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.fault(node, f"A {type(value).__name__} is not allowed here. {_ALLOWED}")
        if abs(value) > LARGEST_NUMBER:
            raise self.fault(node, f"The number is too large; {LARGEST_NUMBER:g} is the limit.")
        return "series"

    def _name(self, node: ast.Name, depth: int) -> Sort:  # noqa: ARG002
        if node.id in OPERATORS:
            raise self.fault(node, f"{node.id} needs its arguments in brackets: {usage(node.id)}.")
        if node.id not in FIELDS:
            raise self.fault(node, _unknown("field", node.id, FIELDS))
        self.fields[node.id] += 1
        return "series"

    def _unary(self, node: ast.UnaryOp, depth: int) -> Sort:
        if isinstance(node.op, ast.Not):
            self._want(node.operand, "truth", depth)
            self.operators["not"] += 1
            return "truth"
        if not isinstance(node.op, ast.USub | ast.UAdd):
            raise self._refusal(node.op, at=node)
        self._want(node.operand, "series", depth)
        return "series"

    def _binary(self, node: ast.BinOp, depth: int) -> Sort:
        if not isinstance(node.op, _ARITHMETIC):
            raise self._refusal(node.op, at=node)
        self._want(node.left, "series", depth)
        self._want(node.right, "series", depth)
        self.operators[SIGNS[type(node.op)]] += 1
        return "series"

    def _logic(self, node: ast.BoolOp, depth: int) -> Sort:
        for value in node.values:
            self._want(value, "truth", depth)
        self.operators["and" if isinstance(node.op, ast.And) else "or"] += 1
        return "truth"

    def _comparison(self, node: ast.Compare, depth: int) -> Sort:
        if len(node.ops) > 1:
            raise self.fault(node, "Compare two things at a time: write a < b and b < c.")
        if not isinstance(node.ops[0], _COMPARISONS):
            raise self._refusal(node.ops[0], at=node)
        self._want(node.left, "series", depth)
        self._want(node.comparators[0], "series", depth)
        self.operators[SIGNS[type(node.ops[0])]] += 1
        return "truth"

    def _call(self, node: ast.Call, depth: int) -> Sort:
        if not isinstance(node.func, ast.Name):
            raise self.fault(node, f"Only operators can be called. {_ALLOWED}")
        name = node.func.id
        if name not in OPERATORS:
            raise self.fault(node, _unknown("operator", name, OPERATORS))
        takes = OPERATORS[name].takes
        if node.keywords or len(node.args) != len(takes):
            raise self.fault(node, f"{name} is written {usage(name)}.")
        for argument, kind in zip(node.args, takes, strict=True):
            if kind in ("window", "lag"):
                self._days(name, argument, least=1 if kind == "lag" else _TWO)
            else:
                self._want(argument, kind, depth)
        self.operators[name] += 1
        return "series"

    def _want(self, node: ast.expr, kind: Argument, depth: int) -> None:
        found = self.check(node, depth=depth + 1)
        if found != kind:
            needed = "a comparison, such as close > 10," if kind == "truth" else "a number"
            got = "a number" if kind == "truth" else "a comparison"
            raise self.fault(node, f"This needs {needed} and gets {got}.")

    def _days(self, name: str, node: ast.expr, *, least: int) -> None:
        self.nodes += 1
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MAX_WINDOW:
            raise self.fault(
                node,
                f"The days of {name} are a whole number from {least} to {MAX_WINDOW}; a formula cannot look ahead.",
            )

    def _refusal(self, node: ast.AST, *, at: ast.AST | None = None) -> InvalidValue:
        what = _REFUSED.get(type(node), type(node).__name__)
        return self.fault(at or node, f"Not allowed here: {what}. {_ALLOWED}")


SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}


def _unknown(what: str, name: str, known: Mapping[str, object]) -> str:
    shown = name[:40]
    hint = did_you_mean(shown, known.keys()) or f"Known: {', '.join(known)}."
    return f"There is no {what} {shown!r}. {hint}"


def usage(name: str) -> str:
    """Return how an operator is written, e.g. `correlation(x, y, days)`."""
    series = iter("xyz")
    words = [
        "condition" if kind == "truth" else "days" if kind in ("window", "lag") else next(series)
        for kind in OPERATORS[name].takes
    ]
    return f"{name}({', '.join(words)})"
