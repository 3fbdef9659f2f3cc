"""Random formulas for the tests: well-formed ones, and ones with something in them that must not pass."""

from hypothesis import strategies as st

from runtime.alpha.grammar import FIELDS
from runtime.alpha.operators import OPERATORS

POISON = [
    "close.__class__",
    "(lambda: close)()",
    "[close for close in close]",
    "__import__('os')",
    "close[0]",
    "'text'",
    "9**9**9",
    "rank(*close)",
    "exec('1')",
    "(close if close else close)",
]


def formulas(*, tainted: bool = False) -> st.SearchStrategy[str]:
    """Return a strategy of formulas of the whole grammar; `tainted` ones may hold what is forbidden."""
    leaves = st.sampled_from([*FIELDS, "1", "0.5", "-2", *(POISON if tainted else [])])
    days = st.integers(2, 30).map(str)

    def grown(series: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        truth = st.builds(
            lambda a, sign, b: f"{a} {sign} {b}",
            series,
            st.sampled_from(["<", ">", "<=", ">=", "==", "!="]),
            series,
        )
        truth = truth | st.builds(
            lambda a, b, word: f"({a}) {word} ({b})", truth, truth, st.sampled_from(["and", "or"])
        )
        truth = truth | truth.map(lambda a: f"not ({a})")
        made = {"series": series, "truth": truth, "window": days, "lag": days}
        calls = [
            st.tuples(*(made[kind] for kind in operator.takes)).map(
                lambda args, name=name: f"{name}({', '.join(args)})"
            )
            for name, operator in OPERATORS.items()
        ]
        signs = st.builds(lambda a, sign, b: f"({a} {sign} {b})", series, st.sampled_from("+-*/"), series)
        return st.one_of(signs, series.map(lambda a: f"(-{a})"), *calls)

    return st.recursive(leaves, grown, max_leaves=8)
