"""The names that scripts rely on, and a help that fits one screen."""

import shutil
import subprocess

import pytest
from tests.house.source import ROOT

NAMES = ("install", "run", "test", "check", "docs", "bench", "faults", "conformance", "help", "clean")


def make(*arguments: str) -> str:
    command = shutil.which("make")
    assert command is not None
    done = subprocess.run([command, *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


def test_help_fits_one_screen_and_names_every_target() -> None:
    lines = make("help").splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 100
    assert {line.split()[1] for line in lines if line.startswith("  make ")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_target_can_be_asked_for(name: str) -> None:
    assert make("--dry-run", name, "SUITE=suite")
