"""The tables of what is inside images, and all of their SQL."""
