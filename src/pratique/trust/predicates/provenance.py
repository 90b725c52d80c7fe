"""SLSA provenance v1 (slsa.dev, build-provenance.md) and v0.2 (slsa.dev/provenance/v0.2), in the same words.

`builder` says who built, and is worth as much as the signer who says so (`levels`). `source` is what was built, as far
as the common build types tell: the workflow's repository, else what was fetched with git.
"""

from typing import Any, Final

from pratique.trust.predicates.places import at, digests, first_text, items, needed_text, text

MATERIALS_LIMIT: Final = 50
"""Materials that are kept; how many there were is kept too."""


def provenance_v1(predicate: Any) -> dict[str, Any]:
    """The facts of provenance v1. Raises Unreadable."""
    inputs = at(predicate, "buildDefinition")
    run = at(predicate, "runDetails")
    fetched = items(inputs, "resolvedDependencies")
    return {
        "builder": needed_text(run, "builder", "id"),
        "build_type": needed_text(inputs, "buildType"),
        "source": _workflow(inputs, fetched) or _fetched(fetched),
        "invocation": first_text(at(run, "metadata"), "invocationId", "invocationID"),
        "started_on": text(run, "metadata", "startedOn"),
        "finished_on": text(run, "metadata", "finishedOn"),
        **_materials(fetched),
        "parameters": at(inputs, "externalParameters"),
    }


def provenance_v02(predicate: Any) -> dict[str, Any]:
    """The facts of provenance v0.2. Raises Unreadable."""
    configured = at(predicate, "invocation", "configSource")
    fetched = items(predicate, "materials")
    entry_point = text(configured, "entryPoint")
    named = {"uri": text(configured, "uri"), "digest": digests(configured, "digest"), "path": entry_point}
    return {
        "builder": needed_text(predicate, "builder", "id"),
        "build_type": needed_text(predicate, "buildType"),
        "source": _present(named) if named["uri"] else _fetched(fetched),
        "invocation": first_text(at(predicate, "metadata"), "buildInvocationId", "buildInvocationID"),
        "started_on": text(predicate, "metadata", "buildStartedOn"),
        "finished_on": text(predicate, "metadata", "buildFinishedOn"),
        **_materials(fetched),
        "parameters": at(predicate, "invocation", "parameters"),
    }


def _workflow(inputs: Any, fetched: list[Any]) -> dict[str, Any] | None:
    """GitHub's build types: `externalParameters.workflow`, whose commit is among what was fetched."""
    parameters = at(inputs, "externalParameters")
    if not isinstance(parameters, dict) or not isinstance(at(parameters, "workflow"), dict):
        return None
    workflow = at(parameters, "workflow")
    uri = text(workflow, "repository")
    if not uri:
        return None
    same = (one for one in fetched if (text(one, "uri") or "").startswith(f"git+{uri}@"))
    commit = digests(next(same, None), "digest")
    return _present(
        {"uri": uri, "ref": text(workflow, "ref"), "path": text(workflow, "path"), "digest": commit}
    )


def _fetched(materials: list[Any]) -> dict[str, Any] | None:
    """The first thing that came out of a git repository."""
    for one in materials:
        uri = text(one, "uri") or ""
        if uri.startswith("git+"):
            return _present({"uri": uri, "digest": digests(one, "digest")})
    return None


def _materials(fetched: list[Any]) -> dict[str, Any]:
    kept = [
        _present({"uri": text(one, "uri"), "digest": digests(one, "digest")})
        for one in fetched[:MATERIALS_LIMIT]
    ]
    return {"materials_count": len(fetched), "materials": kept}


def _present(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
