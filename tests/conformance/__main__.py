"""`make conformance SUITE=<binary>`: see `official`."""

import sys

from tests.conformance.official import main

sys.exit(main(sys.argv[1:]))
