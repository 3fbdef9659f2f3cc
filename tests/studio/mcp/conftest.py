"""The API and its browsers, as in `tests/studio/api`."""

from tests.studio.api.conftest import api, browser, stranger

__all__ = ["api", "browser", "stranger"]
