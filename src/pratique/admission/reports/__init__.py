"""What examination found, told to people and to tools that know Harbor: reports, scans, who is touched by what."""
