"""`make faults`: the fault tests, thousands of rounds instead of some sixty; further arguments are pytest's."""

import os
import sys

import pytest

ROUNDS = "3000"

os.environ.setdefault("PRATIQUE_FAULT_ROUNDS", ROUNDS)
sys.exit(pytest.main(["tests/faults", *sys.argv[1:]]))
