"""Harbor's `q=`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.clock import SECOND
from pratique.errors import BadRequest
from pratique.http.api.query import Query, Term, moment_of, number_of, parse_query


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("name=app", Term("name", "is", ("app",))),
        ('name="a b"', Term("name", "is", ("a b",))),
        ("name='a,b'", Term("name", "is", ("a,b",))),
        ("name=~app", Term("name", "like", ("app",))),
        ("id=[1~5]", Term("id", "between", ("1", "5"))),
        ("id=[~5]", Term("id", "between", ("", "5"))),
        ("id=[1~]", Term("id", "between", ("1", ""))),
        ("name={a b}", Term("name", "any", ("a", "b"))),
        ('name={"a b" c}', Term("name", "any", ("a b", "c"))),
        ("labels=(1 2)", Term("labels", "all", ("1", "2"))),
        (r"name=\~app", Term("name", "is", ("~app",))),
        ("name%3Dapp", Term("name", "is", ("app",))),
        (" name = app ", Term("name", "is", ("app",))),
        ("name=a=b", Term("name", "is", ("a=b",))),
        ("name=it's", Term("name", "is", ("it's",))),
    ],
)
def test_every_form_of_a_condition(text: str, term: Term) -> None:
    assert parse_query(text) == Query((term,))


def test_conditions_are_separated_by_commas() -> None:
    query = parse_query("name=~app,public=true, id={1 2}")
    assert [term.field for term in query.terms] == ["name", "public", "id"]
    assert query.like("name") == "app"
    assert query.exactly("public") == "true"
    assert query.exactly("name") is None


def test_nothing_is_no_condition() -> None:
    assert parse_query("") == parse_query("  ") == Query()


@pytest.mark.parametrize(
    "text",
    ["name", "=app", "name=", "name=~", "name=[1~5", "name={a", "labels=(1", "id=[]", "id=[~]", "id=[1]",
     "id=[1~2~3]", "name={}", 'name=""', "a=b,", ",", "a=b," * 30 + "a=b", "n=" + "x" * 5_000,
     "n={" + "a " * 200 + "}"],
)  # fmt: skip
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        parse_query(text)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        query = parse_query(text)
    except BadRequest:
        return
    assert all(term.field and term.values for term in query.terms)


def test_values_are_read_as_numbers_and_times() -> None:
    term = Term("push_time", "is", ("x",))
    assert number_of(term, "-3") == -3
    assert moment_of(term, "2020-04-09T02:36:00") == 1_586_399_760 * SECOND
    assert moment_of(term, "2020-04-09 02:36:00") == moment_of(term, "2020-04-09T02:36:00Z")
    assert moment_of(term, "2020-04-09T04:36:00+02:00") == moment_of(term, "1586399760")


@pytest.mark.parametrize("value", ["", "x", "1.5", str(2**63), "１" * 40])
def test_what_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(BadRequest):
        number_of(Term("id", "is", (value,)), value)


@pytest.mark.parametrize("value", ["", "yesterday", "2020-13-01T00:00:00"])
def test_what_is_no_time_is_refused(value: str) -> None:
    with pytest.raises(BadRequest):
        moment_of(Term("op_time", "is", (value,)), value)
