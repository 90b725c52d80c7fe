"""crane, oras, regctl and helm: clients without a storage of their own."""

from pathlib import Path

from tests.clients.layout import Image
from tests.clients.runners.base import Client, Ran, registry_of

CHART_VERSION = "0.1.0"


class Crane(Client):
    """crane (go-containerregistry)."""

    def login(self, registry: str, user: str, password: str) -> Ran:
        return self.run("auth", "login", registry, "--username", user, "--password-stdin", stdin=password)

    def push(self, image: Image, reference: str) -> Ran:
        """Push as it is: the index that the layout's one entry is, or its one image."""
        return self.run("push", str(image.path), reference, *self._tls())

    def pull(self, reference: str, into: Path | None = None) -> Ran:
        """Pull into an OCI layout (`pulled` in its home), all platforms of an index."""
        target = str(into or self.home.root / "pulled")
        return self.run("pull", "--format=oci", reference, target, *self._tls())

    def copy(self, origin: str, target: str) -> Ran:
        return self.run("copy", origin, target, *self._tls())

    def tags(self, repository: str) -> Ran:
        return self.run("ls", repository, *self._tls())

    def catalog(self, registry: str) -> Ran:
        return self.run("catalog", registry, *self._tls())

    def inspect(self, reference: str) -> Ran:
        """The manifest or index as it stands in the registry."""
        return self.run("manifest", reference, *self._tls())

    def digest(self, reference: str) -> Ran:
        """The digest by HEAD (and by GET when HEAD fails)."""
        return self.run("digest", reference, *self._tls())

    def retag(self, reference: str, tag: str) -> Ran:
        """Give what the registry holds another tag: the manifest is pushed again."""
        return self.run("tag", reference, tag, *self._tls())

    def delete(self, reference: str) -> Ran:
        return self.run("delete", reference, *self._tls())

    def _tls(self) -> list[str]:
        return ["--insecure"] if self.home.is_plain else []


class Oras(Client):
    """oras: artifacts of any type, and referrers."""

    def login(self, registry: str, user: str, password: str) -> Ran:
        arguments = ["--username", user, "--password-stdin", self._tls(), registry]
        return self.run("login", *arguments, stdin=password)

    def push(self, image: Image, reference: str) -> Ran:
        """Push as it is, the children of an index with it."""
        return self.run("cp", "--from-oci-layout", self._tls("to-"), f"{image.path}:{image.tag}", reference)

    def push_file(self, reference: str, artifact_type: str, path: Path) -> Ran:
        """Push one file of the home as an artifact of that type."""
        return self.run("push", self._tls(), "--artifact-type", artifact_type, reference, path.name)

    def attach(self, subject: str, artifact_type: str, path: Path, *, media_type: str = "") -> Ran:
        """Attach one file of the home to what `subject` names, as its referrer; `media_type` of the file's layer."""
        file = f"{path.name}:{media_type}" if media_type else path.name
        return self.run("attach", self._tls(), "--artifact-type", artifact_type, subject, file)

    def discover(self, subject: str) -> Ran:
        """The referrers of `subject`, as JSON."""
        return self.run("discover", self._tls(), "--format=json", subject)

    def pull(self, reference: str, into: Path | None = None) -> Ran:
        """Pull into an OCI layout (`pulled` in its home), all platforms of an index."""
        target = f"{into or self.home.root / 'pulled'}:latest"
        return self.run("cp", "--to-oci-layout", self._tls("from-"), reference, target)

    def copy(self, origin: str, target: str, *, referrers: bool = False) -> Ran:
        """Copy between repositories, with all referrers where asked."""
        deep = ["--recursive"] if referrers else []
        return self.run("cp", *deep, self._tls("from-"), self._tls("to-"), origin, target)

    def tags(self, repository: str) -> Ran:
        return self.run("repo", "tags", self._tls(), repository)

    def catalog(self, registry: str) -> Ran:
        return self.run("repo", "ls", self._tls(), registry)

    def inspect(self, reference: str) -> Ran:
        """The manifest or index as it stands in the registry."""
        return self.run("manifest", "fetch", self._tls(), reference)

    def resolve(self, reference: str) -> Ran:
        """The digest by HEAD."""
        return self.run("resolve", self._tls(), reference)

    def retag(self, reference: str, tag: str) -> Ran:
        """Give what the registry holds another tag."""
        return self.run("tag", self._tls(), reference, tag)

    def delete(self, reference: str) -> Ran:
        return self.run("manifest", "delete", "--force", self._tls(), reference)

    def _tls(self, side: str = "") -> str:
        # Said either way: oras takes localhost for plain HTTP when it is not told.
        return f"--{side}plain-http={'true' if self.home.is_plain else 'false'}"


class Regctl(Client):
    """regctl (regclient)."""

    def login(self, registry: str, user: str, password: str) -> Ran:
        tls = "disabled" if self.home.is_plain else "enabled"
        self.run("registry", "set", "--tls", tls, "--skip-check", registry).succeeded()
        return self.run("registry", "login", "--user", user, "--pass-stdin", registry, stdin=password)

    def push(self, image: Image, reference: str) -> Ran:
        """Push as it is, the children of an index with it."""
        return self._at(reference, "image", "copy", f"ocidir://{image.path}:{image.tag}", reference)

    def pull(self, reference: str, into: Path | None = None) -> Ran:
        """Pull into an OCI layout (`pulled` in its home), all platforms of an index."""
        target = f"ocidir://{into or self.home.root / 'pulled'}:latest"
        return self._at(reference, "image", "copy", reference, target)

    def copy(self, origin: str, target: str, *, referrers: bool = False, force: bool = False) -> Ran:
        """Copy between repositories, with all referrers and digest tags where asked; `force`: what is there too."""
        deep = ["--referrers", "--digest-tags"] if referrers else []
        forced = ["--force-recursive"] if force else []
        return self._at(origin, "image", "copy", *deep, *forced, origin, target)

    def tags(self, repository: str) -> Ran:
        return self._at(repository, "tag", "ls", repository)

    def catalog(self, registry: str) -> Ran:
        return self._at(registry, "repo", "ls", registry)

    def inspect(self, reference: str) -> Ran:
        """The manifest or index as it stands in the registry."""
        return self._at(reference, "manifest", "get", "--format=raw-body", reference)

    def digest(self, reference: str) -> Ran:
        """The digest by HEAD."""
        return self._at(reference, "manifest", "head", reference)

    def referrers(self, subject: str) -> Ran:
        """The referrers of `subject`, as JSON."""
        return self._at(subject, "artifact", "list", "--format={{json .}}", subject)

    def delete(self, reference: str) -> Ran:
        """Delete a manifest, named by digest."""
        return self._at(reference, "manifest", "delete", reference)

    def delete_tag(self, reference: str) -> Ran:
        return self._at(reference, "tag", "delete", reference)

    def _at(self, reference: str, *arguments: str) -> Ran:
        tls = "disabled" if self.home.is_plain else "enabled"
        return self.run("--host", f"reg={registry_of(reference)},tls={tls}", *arguments)


class Helm(Client):
    """helm: charts as OCI artifacts. Repositories are written `host/project`; helm adds the chart's name."""

    def login(self, registry: str, user: str, password: str) -> Ran:
        arguments = ["--username", user, "--password-stdin", *self._tls(), registry]
        return self.run("registry", "login", *arguments, stdin=password)

    def package(self, name: str) -> Path:
        """A chart of one template, packaged in the home."""
        chart = self.home.place("charts", name)
        (chart / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: {CHART_VERSION}\n")
        templates = self.home.place("charts", name, "templates")
        (templates / "note.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: note}\n")
        self.run("package", str(chart), "--destination", str(self.home.root)).succeeded()
        return self.home.root / f"{name}-{CHART_VERSION}.tgz"

    def push(self, package: Path, project: str) -> Ran:
        return self.run("push", *self._tls(), str(package), f"oci://{project}")

    def pull(self, chart: str, version: str = CHART_VERSION) -> Ran:
        """Pull `host/project/chart` into `pulled-charts` of the home."""
        into = ["--destination", str(self.home.place("pulled-charts"))]
        return self.run("pull", *self._tls(), "--version", version, *into, f"oci://{chart}")

    def inspect(self, chart: str, version: str = CHART_VERSION) -> Ran:
        """The chart's metadata, read from the registry."""
        return self.run("show", "chart", *self._tls(), "--version", version, f"oci://{chart}")

    def _tls(self) -> list[str]:
        return ["--plain-http"] if self.home.is_plain else []
