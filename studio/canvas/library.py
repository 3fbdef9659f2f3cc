"""The library behind the canvas, and the handle through which hooks and events reach it."""

from typing import Any, cast

from reflex.vars.base import Var, VarData
from reflex_base.utils.imports import ImportVar

LIBRARY = "@xyflow/react@12.12.1"

RF: Var[Any] = Var(
    "rf",
    _var_data=VarData(
        hooks={"const rf = useReactFlow();": None}, imports={LIBRARY: [ImportVar("useReactFlow")]}
    ),
)
"""The canvas, as seen from the component that uses this Var: brings its hook and its import along."""


def js(code: str, kind: Any = dict, *uses: Var[Any]) -> Var[Any]:  # noqa: ANN401  a Python type, as Reflex takes it
    """Return JavaScript as a Var that carries what `uses` need."""
    return Var(
        code, _var_type=kind, _var_data=VarData.merge(*(cast(Any, each)._get_all_var_data() for each in uses))
    )
