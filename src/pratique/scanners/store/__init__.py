"""The tables of scanners, and all their SQL."""
