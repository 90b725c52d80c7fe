"""Groups of Maven artifacts whose archives don't say theirs: those that Gradle or Ant builds have no pom.properties.

Advisories name group and artifact; without the group nothing would ever be known of them. Names are taken from what the
projects publish on Maven Central. What is not listed keeps no group, and is listed without.
"""

import re
from collections.abc import Iterator
from typing import Final

from pratique.inventory.package import Package

TOMCAT: Final = "Apache Tomcat"
"""The title in the archives of a server of Tomcat's, which the names of their files leave out with the version."""
_TOMCATS: Final = "org.apache.tomcat"

_SPRING: Final = "org.springframework"
_FRAMEWORK: Final = (
    "aop aspects beans context context-indexer context-support core expression instrument jcl jdbc jms messaging orm"
    " oxm r2dbc test tx web webflux webmvc webmvc-portlet websocket"
)

_EXACTLY: Final = {
    "ant": "org.apache.ant",
    "dom4j": "org.dom4j",
    "elasticsearch": "org.elasticsearch",
    "javassist": "org.javassist",
    "kafka-clients": "org.apache.kafka",
    "mysql-connector-java": "mysql",
    "okio": "com.squareup.okio",
    "postgresql": "org.postgresql",
    "reactor-core": "io.projectreactor",
    "serializer": "xalan",
    "spring": _SPRING,
    "spring-amqp": f"{_SPRING}.amqp",
    "spring-kafka": f"{_SPRING}.kafka",
    "spring-rabbit": f"{_SPRING}.amqp",
    "spring-social-core": f"{_SPRING}.social",
    "spring-webflow": f"{_SPRING}.webflow",
    "spring-xml": f"{_SPRING}.ws",
    "xalan": "xalan",
    "xercesImpl": "xerces",
    **{f"spring-{name}": _SPRING for name in _FRAMEWORK.split()},
}

_BEGINNING: Final = (
    ("bcmail-", "org.bouncycastle"),
    ("bcpg-", "org.bouncycastle"),
    ("bcpkix-", "org.bouncycastle"),
    ("bcprov-", "org.bouncycastle"),
    ("grpc-", "io.grpc"),
    ("kafka_2.", "org.apache.kafka"),
    ("kotlin-stdlib", "org.jetbrains.kotlin"),
    ("ktor-", "io.ktor"),
    ("lucene-", "org.apache.lucene"),
    ("micronaut-", "io.micronaut"),
    ("reactor-netty", "io.projectreactor.netty"),
    ("solr-", "org.apache.solr"),
    ("spring-batch-", f"{_SPRING}.batch"),
    ("spring-boot", f"{_SPRING}.boot"),
    ("spring-cloud-", f"{_SPRING}.cloud"),
    ("spring-data-", f"{_SPRING}.data"),
    ("spring-integration-", f"{_SPRING}.integration"),
    ("spring-ldap-", f"{_SPRING}.ldap"),
    ("spring-security-oauth", f"{_SPRING}.security.oauth"),
    ("spring-security-", f"{_SPRING}.security"),
    ("spring-session-", f"{_SPRING}.session"),
    ("spring-ws-", f"{_SPRING}.ws"),
    ("tomcat-embed-", f"{_TOMCATS}.embed"),
    ("tomcat-", _TOMCATS),
)
"""The first that an artifact begins with counts."""

_BY_MAJOR: Final = {
    "groovy": ((4, "org.apache.groovy"), (0, "org.codehaus.groovy")),
    "groovy-all": ((4, "org.apache.groovy"), (0, "org.codehaus.groovy")),
    "hibernate-core": ((6, "org.hibernate.orm"), (0, "org.hibernate")),
    "okhttp": ((3, "com.squareup.okhttp3"), (0, "com.squareup.okhttp")),
    "rxjava": ((3, "io.reactivex.rxjava3"), (2, "io.reactivex.rxjava2"), (0, "io.reactivex")),
}
"""Projects that moved: since which major version they have which group."""

_MAJOR: Final = re.compile(r"\d{1,9}")


def group_of(artifact: str, version: str) -> str:
    """The group under which an artifact is published; "": it is not known here."""
    if artifact in _EXACTLY:
        return _EXACTLY[artifact]
    if artifact in _BY_MAJOR:
        found = _MAJOR.match(version)
        major = int(found[0]) if found else 0
        return next(group for since, group in _BY_MAJOR[artifact] if major >= since)
    return next((group for beginning, group in _BEGINNING if artifact.startswith(beginning)), "")


def tomcats(path: str, version: str) -> Iterator[Package]:
    """What an archive in a server of Tomcat's is, whose name says no version: an artifact.

    And `catalina.jar` the whole server as well: advisories name some of its artifacts, and mostly the server.
    """
    artifact = path.rpartition("/")[2].rpartition(".")[0]
    if not version:
        return
    if artifact == "catalina":
        yield Package("maven", "tomcat", version, namespace=_TOMCATS)
    name = artifact if artifact.startswith("tomcat-") else f"tomcat-{artifact}"
    yield Package("maven", name, version, namespace=_TOMCATS)
