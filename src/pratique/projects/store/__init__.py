"""The tables of projects, and all the SQL over them. Only this room reads it."""
