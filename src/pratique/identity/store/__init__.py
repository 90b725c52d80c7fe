"""The tables of the room and all its SQL, by what they are about."""
