"""Pages, and the headers that lead to the others."""

from pratique.http.api.paging import LARGEST_SIZE, PageRequest, page_headers

PATH = "/api/v2.0/projects"


def test_the_first_of_three_pages_leads_to_the_next() -> None:
    headers = page_headers(PATH, [("q", "name=~a b"), ("page_size", "2")], PageRequest(1, 2), 5)
    assert headers["X-Total-Count"] == "5"
    assert headers["Link"] == f'<{PATH}?page=2&page_size=2&q=name%3D~a%20b>; rel="next"'


def test_the_middle_leads_both_ways_and_the_last_back() -> None:
    middle = page_headers(PATH, [], PageRequest(2, 2), 5)["Link"]
    assert middle == f'<{PATH}?page=1&page_size=2>; rel="prev" , <{PATH}?page=3&page_size=2>; rel="next"'
    assert page_headers(PATH, [], PageRequest(3, 2), 5)["Link"] == f'<{PATH}?page=2&page_size=2>; rel="prev"'


def test_a_single_page_has_no_links() -> None:
    assert page_headers(PATH, [], PageRequest(1, 10), 10) == {"X-Total-Count": "10"}


def test_a_size_of_nothing_is_the_largest() -> None:
    asked = PageRequest(2, 0)
    assert (asked.limit, asked.offset) == (LARGEST_SIZE, LARGEST_SIZE)
    assert list(asked.of(range(150))) == list(range(100, 150))


def test_a_value_cannot_break_out_of_the_header() -> None:
    link = page_headers(PATH, [("q", 'a>; rel="x"\r\nset: 1')], PageRequest(1, 1), 2)["Link"]
    assert "\r" not in link
    assert link.count(">") == 1
