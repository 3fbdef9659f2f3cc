"""The router's expressions: comparisons and arithmetic on names, numbers and texts, and nothing else.

A whitelist over Python's syntax tree: no attribute, index, call, power, comprehension or assignment exists in it.
Numbers are floats, so that no product can grow without bound, and length and depth are limited.
"""

import ast
import operator
import warnings
from collections.abc import Callable, Mapping

from runtime.errors import InvalidValue

MAX_LENGTH = 500
MAX_DEPTH = 25
Scalar = float | str | bool | None

_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_ORDER: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_EQUALITY: tuple[type[ast.cmpop], ...] = (ast.Eq, ast.NotEq)
_CONSTANTS = (str, int, float, bool, type(None))
_ALLOWED = (
    *(ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.BinOp, ast.Compare),
    *(ast.Name, ast.Load, ast.Constant, *_ARITHMETIC, *_ORDER, *_EQUALITY),
)


def parse(expression: str) -> ast.expr:
    """Return the checked syntax tree; raises `InvalidValue` that says what is not allowed."""
    if not expression.strip():
        raise InvalidValue("The expression is empty. Write a comparison, for example: confidence > 0.6.")
    if len(expression) > MAX_LENGTH:
        raise InvalidValue(f"The expression has {len(expression)} characters, {MAX_LENGTH} are allowed.")
    try:
        with warnings.catch_warnings():
            # The tokenizer warns about things like `1or 2`; they are refused, not guessed at.
            warnings.simplefilter("error")
            tree = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else "it is nested too deeply or not text"
        raise InvalidValue(f"The expression cannot be read: {reason}.") from error
    _check(tree, depth=1)
    return tree


def names_in(expression: str) -> frozenset[str]:
    """Return the names that an expression asks for."""
    return frozenset(node.id for node in ast.walk(parse(expression)) if isinstance(node, ast.Name))


def evaluate(expression: str, names: Mapping[str, Scalar]) -> bool:
    """Say whether the expression holds; raises `InvalidValue` for unknown names and values that do not compare."""
    return _truth(_value(parse(expression), names))


def _check(node: ast.AST, *, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise InvalidValue(f"The expression is nested more than {MAX_DEPTH} levels deep.")
    if not isinstance(node, _ALLOWED):
        raise InvalidValue(
            f"{_what(node)} is not allowed here. Use names, numbers, texts, comparisons, and/or/not, + - * /."
        )
    if isinstance(node, ast.Constant) and not isinstance(node.value, _CONSTANTS):
        raise InvalidValue(f"A {type(node.value).__name__} is not allowed here. Use numbers and texts.")
    for child in ast.iter_child_nodes(node):
        _check(child, depth=depth + 1)


def _what(node: ast.AST) -> str:
    known: dict[type[ast.AST], str] = {
        ast.Attribute: "A dot",
        ast.Call: "A call",
        ast.Subscript: "An index",
        ast.Pow: "A power",
    }
    return known.get(type(node), type(node).__name__)


def _value(node: ast.expr, names: Mapping[str, Scalar]) -> Scalar:
    match node:
        case ast.Constant(value=constant):
            return _scalar(constant)
        case ast.Name(id=name):
            return _named(name, names)
        case ast.UnaryOp(op=op, operand=operand):
            return _unary(op, _value(operand, names))
        case ast.BinOp(left=left, op=op, right=right):
            return _arithmetic(op, _number(_value(left, names)), _number(_value(right, names)))
        case ast.BoolOp(op=op, values=values):
            parts = (_truth(_value(part, names)) for part in values)
            return all(parts) if isinstance(op, ast.And) else any(parts)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            sides = [_value(side, names) for side in (left, *comparators)]
            return all(_compare(op, a, b) for op, a, b in zip(ops, sides, sides[1:], strict=False))
        case _:
            raise InvalidValue(f"{_what(node)} is not allowed here.")


def _unary(op: ast.unaryop, value: Scalar) -> Scalar:
    if isinstance(op, ast.Not):
        return not _truth(value)
    return -_number(value) if isinstance(op, ast.USub) else _number(value)


def _scalar(constant: object) -> Scalar:
    if constant is None or isinstance(constant, bool | str):
        return constant
    try:
        return float(constant)  # pyright: ignore[reportArgumentType]  `_check` lets only int and float through
    except OverflowError as error:
        raise InvalidValue("A number in the expression is too large.") from error


def _named(name: str, names: Mapping[str, Scalar]) -> Scalar:
    if name not in names:
        known = ", ".join(sorted(names)[:12])
        raise InvalidValue(f"The expression names {name!r}, which the value does not have. It has: {known}.")
    return names[name]


def _arithmetic(op: ast.operator, left: float, right: float) -> float:
    try:
        return _ARITHMETIC[type(op)](left, right)
    except ZeroDivisionError as error:
        raise InvalidValue("The expression divides by zero.") from error


def _compare(op: ast.cmpop, left: Scalar, right: Scalar) -> bool:
    if isinstance(op, ast.Eq):
        return left == right
    if isinstance(op, ast.NotEq):
        return left != right
    return _ORDER[type(op)](_number(left), _number(right))


def _number(value: Scalar) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidValue(f"The expression needs a number where it finds {value!r}.")
    return float(value)


def _truth(value: Scalar) -> bool:
    if not isinstance(value, bool):
        raise InvalidValue(
            f"The expression needs true or false where it finds {value!r}. Compare it with something."
        )
    return value
