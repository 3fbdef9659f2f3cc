"""The query string of the page's address as vars, read in the browser without a server round trip."""

from reflex.vars.base import Var, VarData
from reflex_base.utils.imports import ImportVar
from reflex_base.vars.number import BooleanVar
from reflex_base.vars.sequence import StringVar

_NAME = "addressQuery"
# The first render must equal the prerendered page, so hydration sees no address; whatever mounts later has it at once.
_HOOK = (
    f"const {_NAME}Text = useSyncExternalStore("
    "useCallback(() => () => {}, []), () => window.location.search, () => null); "
    f"const {_NAME} = useMemo(() => {_NAME}Text === null ? null"
    f" : Object.fromEntries(new URLSearchParams({_NAME}Text)), [{_NAME}Text]);"
)
_DATA = VarData(
    hooks={_HOOK: None},
    imports={"react": [ImportVar(name) for name in ("useCallback", "useMemo", "useSyncExternalStore")]},
)


def query_known() -> BooleanVar:
    """Return whether the address was read yet; false in the prerendered page."""
    return Var(f"({_NAME} !== null)", _var_type=bool, _var_data=_DATA).to(bool)


def query_value(key: str) -> StringVar:
    """Return one parameter of the address; empty when it is not there."""
    return Var(f'({_NAME}?.["{key}"] ?? "")', _var_type=str, _var_data=_DATA).to(str)
