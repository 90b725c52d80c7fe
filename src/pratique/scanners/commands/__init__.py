"""Scanners that are commands: programs that the settings name, run beside this registry on what lies in its storage."""
