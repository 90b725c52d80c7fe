"""Nothing is so long that it can't be read at once."""

import statistics

from tests.house.source import Function, modules

FILE_LIMIT = 400
FILE_MEDIAN = 150
FUNCTION_LIMIT = 50
FUNCTION_USUAL = 30
SHARE_USUAL = 0.9


def length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_no_file_is_longer_than_400_lines() -> None:
    assert not {each.name: len(each.lines) for each in modules() if len(each.lines) > FILE_LIMIT}


def test_no_function_is_longer_than_50_lines() -> None:
    lengths = {(module.name, each.name): length(each) for module in modules() for each in module.functions()}
    assert not {name: lines for name, lines in lengths.items() if lines > FUNCTION_LIMIT}


def test_half_of_the_files_are_shorter_than_150_lines() -> None:
    sizes = [len(module.lines) for module in modules() if module.path.name != "__init__.py"]
    assert statistics.median(sizes) < FILE_MEDIAN


def test_nine_of_ten_functions_are_shorter_than_30_lines() -> None:
    lengths = [length(each) for module in modules() for each in module.functions()]
    usual = sum(each < FUNCTION_USUAL for each in lengths)
    assert usual >= SHARE_USUAL * len(lengths)
