"""pip's configuration reaches uv, and what a person has told uv itself is left alone."""

from __future__ import annotations

from studio.launch.package_index import parse_pip_config, uv_environment

LISTING = """\
:env:.cert='/etc/own.pem'
global.cert='/etc/global.pem'
global.extra-index-url='file:///one file:///two'
global.index-url='https://user:secret@mirror.example/simple'
freeze.index-url='https://other.example'
install.trusted-host='mirror.example'
this line is none
"""


def test_the_mirror_the_certificate_and_the_further_indexes_are_handed_on() -> None:
    assert uv_environment(parse_pip_config(LISTING), {}) == {
        "UV_DEFAULT_INDEX": "https://user:secret@mirror.example/simple",
        "UV_INDEX": "file:///one file:///two",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_INSECURE_HOST": "mirror.example",
        "SSL_CERT_FILE": "/etc/own.pem",
    }


def test_several_folders_of_packages_are_separated_as_uv_wants_them() -> None:
    assert uv_environment({"find-links": "/a\n/b"}, {}) == {"UV_FIND_LINKS": "/a,/b"}


def test_an_index_that_was_set_for_uv_is_not_mixed_with_pips() -> None:
    added = uv_environment(
        parse_pip_config(LISTING), {"UV_INDEX_URL": "https://mine.example", "SSL_CERT_FILE": "/x"}
    )

    assert added == {"UV_INSECURE_HOST": "mirror.example"}


def test_without_configuration_nothing_is_added() -> None:
    assert uv_environment(parse_pip_config(""), {}) == {}
