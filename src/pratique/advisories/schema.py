"""The tables of a revision, and all SQL on them. A revision is a SQLite file of its own that is never changed again."""

from typing import Final

VERSION: Final = 6
"""`user_version` of the files that this program writes; others are imported anew."""

TABLES: Final = """
CREATE TABLE source (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL, signed INTEGER NOT NULL,
  imported_at INTEGER NOT NULL, whole_at INTEGER NOT NULL, newest TEXT NOT NULL, refused TEXT NOT NULL
);
CREATE TABLE holding (
  source_id INTEGER NOT NULL, family TEXT NOT NULL, release TEXT NOT NULL, channel TEXT NOT NULL,
  newest TEXT NOT NULL, records INTEGER NOT NULL
);
CREATE TABLE advisory (
  id INTEGER PRIMARY KEY, source_id INTEGER NOT NULL, name TEXT NOT NULL, content BLOB NOT NULL, kind TEXT NOT NULL,
  severity INTEGER NOT NULL, modified TEXT NOT NULL, withdrawn TEXT, UNIQUE (source_id, name)
);
CREATE TABLE body (advisory_id INTEGER PRIMARY KEY, json BLOB NOT NULL);
CREATE TABLE mark (
  advisory_id INTEGER PRIMARY KEY, source_id INTEGER NOT NULL, member TEXT NOT NULL, crc INTEGER NOT NULL,
  size INTEGER NOT NULL
);
CREATE TABLE edition (
  name TEXT PRIMARY KEY, version INTEGER NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL,
  digest TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE alias (advisory_id INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL);
CREATE TABLE affected (
  advisory_id INTEGER NOT NULL, family TEXT NOT NULL, release TEXT NOT NULL, channel TEXT NOT NULL, name TEXT NOT NULL,
  ranges TEXT NOT NULL, versions TEXT NOT NULL, state TEXT NOT NULL
);
CREATE TABLE ecosystem (
  id INTEGER PRIMARY KEY, family TEXT NOT NULL, release TEXT NOT NULL, channel TEXT NOT NULL,
  UNIQUE (family, release, channel)
);
CREATE TABLE speaks (
  advisory_id INTEGER NOT NULL, ecosystem_id INTEGER NOT NULL, PRIMARY KEY (advisory_id, ecosystem_id)
) WITHOUT ROWID;
CREATE TABLE kev (cve TEXT PRIMARY KEY, added TEXT NOT NULL, ransomware INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE touched (family TEXT, name TEXT);
CREATE TABLE epss (cve TEXT PRIMARY KEY, score REAL NOT NULL, percentile REAL NOT NULL) WITHOUT ROWID;
"""

INDEXES: Final = """
CREATE INDEX IF NOT EXISTS affected_by_name ON affected (name, family);
CREATE INDEX IF NOT EXISTS affected_of ON affected (advisory_id);
CREATE INDEX IF NOT EXISTS alias_by_name ON alias (name);
CREATE INDEX IF NOT EXISTS advisory_by_name ON advisory (name);
CREATE INDEX IF NOT EXISTS alias_of ON alias (advisory_id);
"""

SOURCES: Final = """
SELECT s.name, s.sha256, s.signed, s.imported_at, s.newest, s.refused,
  (SELECT count(*) FROM advisory a WHERE a.source_id = s.id AND a.withdrawn IS NULL),
  (SELECT count(*) FROM advisory a WHERE a.source_id = s.id AND a.withdrawn IS NOT NULL)
FROM source s ORDER BY s.name
"""
SOURCE: Final = "SELECT id, sha256, signed, newest FROM source WHERE name = ?"
PUT_SOURCE: Final = """
INSERT INTO source (name, sha256, signed, imported_at, whole_at, newest, refused) VALUES (?, ?, ?, ?, ?, ?, '{}')
ON CONFLICT (name) DO UPDATE SET sha256 = excluded.sha256, signed = excluded.signed,
  imported_at = excluded.imported_at, whole_at = max(whole_at, excluded.whole_at), newest = excluded.newest
RETURNING id
"""
PUT_REFUSED: Final = "UPDATE source SET refused = ? WHERE id = ?"
SEEN_AGAIN: Final = "UPDATE source SET imported_at = ?1, whole_at = ?1, signed = ?2 WHERE id = ?3"
HELD: Final = "SELECT count(*) FROM advisory WHERE source_id = ?"
NAME: Final = "SELECT name FROM advisory WHERE id = ?"
PACKAGES: Final = "SELECT family, release, name FROM affected WHERE advisory_id = ?"
KNOWN: Final = "SELECT content, id FROM advisory WHERE source_id = ?"
NUMBERS: Final = "SELECT id FROM advisory WHERE source_id = ?"
LIVE: Final = "SELECT count(*) FROM advisory WHERE source_id = ? AND withdrawn IS NULL"
IS_LIVE: Final = "SELECT withdrawn IS NULL FROM advisory WHERE id = ?"
NEWEST: Final = """
SELECT coalesce(max(modified), '') FROM advisory WHERE source_id = ? AND modified BETWEEN '0002' AND ?
"""
"""Dates before mean none (Go: 0001-01-01), dates to come are nobody's newest (PyPA: 2027)."""
MARKS: Final = "SELECT member, crc, size, advisory_id FROM mark WHERE source_id = ?"
PUT_MARK: Final = "INSERT OR REPLACE INTO mark VALUES (?, ?, ?, ?, ?)"
FORGET_MARKS: Final = "DELETE FROM mark WHERE source_id = ?"
BY_NAME: Final = "SELECT id, withdrawn IS NULL, content FROM advisory WHERE source_id = ? AND name = ?"
PUT_ADVISORY: Final = """
INSERT INTO advisory (source_id, name, content, kind, severity, modified, withdrawn) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
PUT_BODY: Final = "INSERT INTO body VALUES (?, ?)"
PUT_ALIASES: Final = "INSERT INTO alias (advisory_id, kind, name) VALUES (?, ?, ?)"
PUT_AFFECTED: Final = "INSERT INTO affected VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
PUT_ECOSYSTEM: Final = "INSERT INTO ecosystem (family, release, channel) VALUES (?, ?, ?) RETURNING id"
ECOSYSTEMS: Final = "SELECT family, release, channel, id FROM ecosystem"
PUT_SPEAKS: Final = "INSERT INTO speaks VALUES (?, ?)"
DROP: Final = (
    "DELETE FROM speaks WHERE advisory_id = ?",
    "DELETE FROM affected WHERE advisory_id = ?",
    "DELETE FROM alias WHERE advisory_id = ?",
    "DELETE FROM body WHERE advisory_id = ?",
    "DELETE FROM mark WHERE advisory_id = ?",
    "DELETE FROM advisory WHERE id = ?",
)
FORGET_KEV: Final = "DELETE FROM kev"
PUT_KEV: Final = "INSERT OR REPLACE INTO kev VALUES (?, ?, ?)"
FORGET_EPSS: Final = "DELETE FROM epss"
PUT_EPSS: Final = "INSERT OR REPLACE INTO epss VALUES (?, ?, ?)"
FORGET_HOLDINGS: Final = "DELETE FROM holding WHERE source_id = ?"
PUT_HOLDINGS: Final = """
INSERT INTO holding SELECT a.source_id, e.family, e.release, e.channel,
  max(CASE WHEN a.modified BETWEEN '0002' AND ?2 THEN a.modified ELSE '' END), count(*)
FROM advisory a JOIN speaks s ON s.advisory_id = a.id JOIN ecosystem e ON e.id = s.ecosystem_id
WHERE a.source_id = ?1 AND a.withdrawn IS NULL GROUP BY e.id
"""
HOLDINGS: Final = """
SELECT s.name, h.family, h.release, h.channel, s.whole_at, h.newest, h.records
FROM holding h JOIN source s ON s.id = h.source_id ORDER BY s.name, h.family, h.release, h.channel
"""
EDITION: Final = "SELECT version, digest FROM edition WHERE name = ?"
PUT_EDITION: Final = "INSERT OR REPLACE INTO edition VALUES (?, ?, ?, ?, ?)"
EDITIONS: Final = "SELECT name, version, created, expires, digest FROM edition ORDER BY name"
COUNTS: Final = "SELECT (SELECT count(*) FROM kev), (SELECT count(*) FROM epss)"

_KIN: Final = """
SELECT also.advisory_id FROM alias named JOIN alias also ON also.name = named.name
WHERE named.advisory_id = ?1 AND named.kind IN ('alias', 'upstream') AND also.kind IN ('alias', 'upstream')
UNION SELECT other.id FROM alias named JOIN advisory other ON other.name = named.name
WHERE named.advisory_id = ?1 AND named.kind IN ('alias', 'upstream')
UNION SELECT also.advisory_id FROM advisory self JOIN alias also ON also.name = self.name
WHERE self.id = ?1 AND also.kind IN ('alias', 'upstream')
"""
"""Advisories on the same: that share an alias, that are one, or that have this one as theirs."""
BEST_OF_ALIASES: Final = f"SELECT max(severity) FROM advisory WHERE withdrawn IS NULL AND id IN ({_KIN})"  # noqa: S608 - put together of constants only
_OF_KIN: Final = f"advisory_id = ?1 OR advisory_id IN ({_KIN})"
PACKAGES_OF_KIN: Final = f"SELECT DISTINCT family, name FROM affected WHERE {_OF_KIN}"  # noqa: S608 - put together of constants only
PACKAGES_OF_CVE: Final = """
SELECT DISTINCT family, name FROM affected WHERE advisory_id IN (
  SELECT advisory_id FROM alias WHERE name = ?1 AND kind <> 'related' UNION SELECT id FROM advisory WHERE name = ?1
)
"""
EXPLOITED: Final = "SELECT cve FROM kev"
ANY_SOURCE: Final = "SELECT 1 FROM source LIMIT 1"
IS_EXPLOITED: Final = """
SELECT 1 FROM kev WHERE cve = ?1 OR cve IN (SELECT name FROM alias WHERE advisory_id = ?2 AND kind <> 'related') LIMIT 1
"""
SCORE: Final = """
SELECT max(score) FROM epss
WHERE cve = ?1 OR cve IN (SELECT name FROM alias WHERE advisory_id = ?2 AND kind <> 'related')
"""
BODY: Final = """
SELECT b.json FROM source s JOIN advisory a ON a.source_id = s.id JOIN body b ON b.advisory_id = a.id
WHERE s.name = ? AND a.name = ?
"""
FAMILIES: Final = "SELECT DISTINCT family FROM ecosystem"
BODIES_OF: Final = """
SELECT a.name, b.json FROM advisory a JOIN body b ON b.advisory_id = a.id
WHERE a.withdrawn IS NULL AND a.id IN
  (SELECT s.advisory_id FROM speaks s JOIN ecosystem e ON e.id = s.ecosystem_id WHERE e.family = ?)
ORDER BY a.name, a.modified DESC
"""
CALLED: Final = """
SELECT name FROM advisory WHERE name = ?1
UNION SELECT a.name FROM alias n JOIN advisory a ON a.id = n.advisory_id WHERE n.name = ?1
"""
"""Advisories that have a name or speak of it in whatever way."""
NAMES: Final = "SELECT kind, name FROM alias WHERE advisory_id = ? ORDER BY rowid"

COVERED: Final = """
SELECT DISTINCT h.family, h.release, h.channel FROM holding h JOIN source s ON s.id = h.source_id
WHERE s.whole_at > 0 AND h.records > 0
"""
FORGET_TOUCHED: Final = "DELETE FROM touched"
PUT_TOUCHED: Final = "INSERT INTO touched VALUES (?, ?)"
TOUCHED: Final = "SELECT family, name FROM touched"
"""What this revision says otherwise than the one before: packages by family and name.

No name: another part of the family is spoken of than before. No family: something else may be true of any package.
"""

ABOUT: Final = """
SELECT a.id, a.name, a.kind, a.severity, s.name, f.release, f.channel, f.ranges, f.versions, f.state
FROM affected f JOIN advisory a ON a.id = f.advisory_id JOIN source s ON s.id = a.source_id
WHERE f.name = ? AND f.family = ? AND a.withdrawn IS NULL
"""
"""What is said of one package of one family, whatever the release; withdrawn advisories say nothing."""
