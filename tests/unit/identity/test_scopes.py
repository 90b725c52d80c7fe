"""The grammar of scopes: what clients send, what no client sends, and what it costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.errors import BadRequest
from pratique.identity.scopes import SCOPES_LIMIT, TEXT_LIMIT, Scope, parse_scopes


def scope(text: str) -> Scope:
    (only,) = parse_scopes([text])
    return only


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("repository:app/shop:pull", Scope("repository", "app/shop", frozenset({"pull"}))),
        ("repository:app/shop:pull,push", Scope("repository", "app/shop", frozenset({"pull", "push"}))),
        (
            "repository:host.example:5000/app:pull",
            Scope("repository", "host.example:5000/app", frozenset({"pull"})),
        ),
        ("repository(plugin):app/shop:pull", Scope("repository", "app/shop", frozenset({"pull"}))),
        ("registry:catalog:*", Scope("registry", "catalog", frozenset({"*"}))),
        ("repository:app:", Scope("repository", "app", frozenset())),
        ("repository:app:pull,,push", Scope("repository", "app", frozenset({"pull", "push"}))),
        ("repository:Not/Ours:pull", Scope("repository", "Not/Ours", frozenset({"pull"}))),
        ("artifact:whatever:look", Scope("artifact", "whatever", frozenset({"look"}))),
    ],
)
def test_what_a_scope_says(text: str, expected: Scope) -> None:
    assert scope(text) == expected


def test_several_scopes_in_one_parameter_or_in_several_are_the_same() -> None:
    together = parse_scopes(["repository:a:pull repository:b:push"])
    assert together == parse_scopes(["repository:a:pull", "repository:b:push"])
    assert [each.name for each in together] == ["a", "b"]
    assert parse_scopes([]) == parse_scopes(["", " "]) == ()


def test_dockers_double_entries_become_one() -> None:
    assert parse_scopes(["repository:r:pull repository:r:pull,push"]) == (
        Scope("repository", "r", frozenset({"pull", "push"})),
    )


@pytest.mark.parametrize(
    ("actions", "meant"),
    [
        ("pull", {"pull"}),
        ("*", {"pull", "push", "delete"}),
        ("pull,*", {"pull", "push", "delete"}),
        ("pull,inspect,examine,admin", {"pull"}),
        ("", set()),
    ],
)
def test_what_actions_mean_for_a_repository(actions: str, meant: set[str]) -> None:
    assert scope(f"repository:app/shop:{actions}").repository_actions == meant


@pytest.mark.parametrize(
    "text",
    [
        "repository",
        "repository:",
        "repository:app",
        "repository::pull",
        ":app:pull",
        "Repository:app:pull",
        "repository():app:pull",
        "repository(a:app:pull",
        "repository:a:b:c:pull",
        "repository:app:PULL",
        "repository:app:pull;push",
        "repository:app:pull\trepository:b:pull",
        "repository:a\0b:pull",
        "repository:a\nb:pull",
        "repository:app:pull\n",
        "repository:" + "a" * 513 + ":pull",
        "repository:app:" + ",".join(["pull"] * 17),
        "repository:app:" + "p" * 33,
    ],
)
def test_what_is_no_scope(text: str) -> None:
    with pytest.raises(BadRequest):
        parse_scopes([text])


def test_the_limits_hold_at_their_edge() -> None:
    enough = [f"repository:r{number}:pull" for number in range(SCOPES_LIMIT)]
    assert len(parse_scopes(enough)) == SCOPES_LIMIT
    assert len(parse_scopes(enough * 2)) == SCOPES_LIMIT
    with pytest.raises(BadRequest):
        parse_scopes([*enough, "repository:more:pull"])
    assert parse_scopes([" " * TEXT_LIMIT]) == ()
    with pytest.raises(BadRequest):
        parse_scopes([" " * TEXT_LIMIT, " "])


words = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12)
names = st.from_regex(r"[a-zA-Z0-9._/-]{1,40}(:[a-zA-Z0-9._/-]{1,40})?", fullmatch=True)
scopes = st.builds(Scope, words, names, st.frozensets(words | st.just("*"), max_size=8))


@given(st.lists(scopes, max_size=12, unique_by=lambda each: (each.type, each.name)))
def test_written_and_read_again_it_is_the_same(asked: list[Scope]) -> None:
    assert parse_scopes([" ".join(map(str, asked))]) == tuple(asked)
    assert parse_scopes(map(str, asked)) == tuple(asked)


@given(st.lists(st.text(alphabet="repository:(),*/ pulsh\0\té", max_size=80), max_size=5))
def test_anything_else_is_read_or_refused(texts: list[str]) -> None:
    try:
        parsed = parse_scopes(texts)
    except BadRequest:
        return
    assert len({(each.type, each.name) for each in parsed}) == len(parsed)
    assert all(each.repository_actions <= {"pull", "push", "delete"} for each in parsed)
    assert parse_scopes(map(str, parsed)) == parsed
