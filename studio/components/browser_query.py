"""The query string of the page's address as vars, read in the browser without a server round trip."""

from reflex.vars.base import Var, VarData
from reflex_base.utils.imports import ImportVar
from reflex_base.vars.number import BooleanVar
from reflex_base.vars.sequence import StringVar

_NAME = "addressQuery"
# The first render must equal the prerendered page, so the address is read after it.
_HOOK = (
    f"const [{_NAME}, set_{_NAME}] = useState(null); "
    f"useEffect(() => set_{_NAME}(Object.fromEntries(new URLSearchParams(window.location.search))), []);"
)
_DATA = VarData(hooks={_HOOK: None}, imports={"react": [ImportVar("useState"), ImportVar("useEffect")]})


def query_known() -> BooleanVar:
    """Return whether the address was read yet; false in the prerendered page."""
    return Var(f"({_NAME} !== null)", _var_type=bool, _var_data=_DATA).to(bool)


def query_value(key: str) -> StringVar:
    """Return one parameter of the address; empty when it is not there."""
    return Var(f'({_NAME}?.["{key}"] ?? "")', _var_type=str, _var_data=_DATA).to(str)
