"""JSON documents that package managers leave in images: Node, PHP, .NET, Bitnami. Strangers' files: loosely written."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from pratique.inventory.limits import CouldNotBeExamined
from pratique.inventory.package import Package
from pratique.inventory.readers.reader import Reader, Unparsable


def _document(content: bytes) -> Any:
    """What tools make of a document: they mind neither bytes that are no UTF-8 nor numbers without bounds."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return json.loads(content.decode("utf-8", "replace"), parse_int=str, parse_float=str)
    except RecursionError as error:
        # Node reads it, so whoever wants a package not to be found writes it so.
        raise CouldNotBeExamined("a JSON document of a package manager nests too deep to be read") from error
    except ValueError as error:
        raise Unparsable("it is no JSON document") from error


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    """Without the halves of characters that JSON may name one by one."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def read_node(_path: str, content: bytes) -> Iterator[Package]:
    """A package.json; one without name or version (an application's) describes no package (npm, package.json)."""
    document = _object(_document(content))
    name, version = _text(document.get("name")), _text(document.get("version"))
    if not name or not version:
        return
    namespace, _, plain = name.rpartition("/")
    license_ = document.get("license")
    said = _text(_object(license_).get("type")) or _text(license_)
    yield Package("npm", plain, version, namespace=namespace, licenses=(said,) if said else ())


def read_php(_path: str, content: bytes) -> Iterator[Package]:
    """Composer's installed.json: version 2 has an object with `packages`, version 1 a bare list."""
    document = _document(content)
    packages = _object(document).get("packages", document)
    for package in packages if isinstance(packages, list) else []:
        fields = _object(package)
        namespace, _, name = _text(fields.get("name")).rpartition("/")
        version = _text(fields.get("version"))
        said = fields.get("license")
        licenses = tuple(filter(None, map(_text, said if isinstance(said, list) else [said])))
        if name and version:
            yield Package("composer", name, version.removeprefix("v"), namespace=namespace, licenses=licenses)


def read_dotnet(_path: str, content: bytes) -> Iterator[Package]:
    """A deps.json (.NET SDK, "runtime-configuration-file"): the libraries of type `package`."""
    libraries = _object(_object(_document(content)).get("libraries"))
    for key, library in libraries.items():
        name, _, version = key.partition("/")
        if _text(_object(library).get("type")) == "package" and name and version:
            yield Package("nuget", name, version)


def read_bitnami(_path: str, content: bytes) -> Iterator[Package]:
    """.bitnami_components.json: name to version and architecture; the version may carry a build of theirs."""
    for name, component in _object(_document(content)).items():
        fields = _object(component)
        version = _text(fields.get("version"))
        if version:
            plain = re.sub(r"-\d+$", "", version)
            yield Package("bitnami", name, plain, architecture=_text(fields.get("arch")))


_NODE: Final = re.compile(r"(?:^|/)node_modules/(?:@[^/]+/)?[^/]+/package\.json$")
_PROGRAM: Final = re.compile(r"(?:^|/)package\.json$")
_PHP: Final = re.compile(r"(?:^|/)vendor/composer/installed\.json$")


def _is_installed(path: str) -> bool:
    """Within node_modules what is installed there, not what packages carry along for their tests; else any."""
    return bool(_NODE.search(path) if "/node_modules/" in f"/{path}" else _PROGRAM.search(path))


NODE: Final = Reader("node", _is_installed, read_node)
PHP: Final = Reader("php", lambda path: bool(_PHP.search(path)), read_php)
DOTNET: Final = Reader("dotnet", lambda path: path.endswith(".deps.json"), read_dotnet)
BITNAMI: Final = Reader("bitnami", lambda path: path.endswith("/.bitnami_components.json"), read_bitnami)
