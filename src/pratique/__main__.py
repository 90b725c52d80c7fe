"""`python -m pratique`."""

from pratique.cli import main

main(prog_name="pratique")
