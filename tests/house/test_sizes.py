"""Nothing is so long that it can't be read at once."""

import statistics

import pytest
from tests.house.source import Function, Module, modules

FILE_LIMIT = 400
FILE_MEDIAN = 150
FUNCTION_LIMIT = 50
FUNCTION_USUAL = 30
SHARE_USUAL = 0.9


def length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_no_file_is_longer_than_400_lines(module: Module) -> None:
    assert len(module.lines) <= FILE_LIMIT


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_no_function_is_longer_than_50_lines(module: Module) -> None:
    too_long = [(each.name, length(each)) for each in module.functions() if length(each) > FUNCTION_LIMIT]
    assert not too_long


def test_half_of_the_files_are_shorter_than_150_lines() -> None:
    sizes = [len(module.lines) for module in modules() if module.path.name != "__init__.py"]
    assert statistics.median(sizes) < FILE_MEDIAN


def test_nine_of_ten_functions_are_shorter_than_30_lines() -> None:
    lengths = [length(each) for module in modules() for each in module.functions()]
    usual = sum(each < FUNCTION_USUAL for each in lengths)
    assert usual >= SHARE_USUAL * len(lengths)
