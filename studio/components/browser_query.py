"""The query string of the page's address as vars, read in the browser without a server round trip."""

from reflex.vars.base import Var, VarData
from reflex_base.utils.imports import ImportVar
from reflex_base.vars.sequence import StringVar

_NAME = "addressQuery"
# The first render must equal the prerendered page, so the address is read after it.
_HOOK = (
    f"const [{_NAME}, set_{_NAME}] = useState({{}}); "
    f"useEffect(() => set_{_NAME}(Object.fromEntries(new URLSearchParams(window.location.search))), []);"
)


def query_value(key: str) -> StringVar:
    """Return one parameter of the address; empty when it is not there."""
    return Var(
        f'({_NAME}["{key}"] ?? "")',
        _var_type=str,
        _var_data=VarData(
            hooks={_HOOK: None},
            imports={"react": [ImportVar("useState"), ImportVar("useEffect")]},
        ),
    ).to(str)
