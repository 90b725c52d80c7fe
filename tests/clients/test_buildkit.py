"""BuildKit, by docker's buildx: it pushes an index with an attestation, and builds on what is let out only."""

import json
from pathlib import Path

from tests.clients.conftest import Gated, MakeImage, Use, UseDocker
from tests.clients.runners import Crane


def context(folder: Path, base: str) -> Path:
    """What is needed to build one layer on a base."""
    folder.mkdir()
    (folder / "Dockerfile").write_text(f"FROM {base}\nCOPY note /note\n")
    (folder / "note").write_text("built by BuildKit\n")
    return folder


def test_what_it_pushes_is_let_out_with_its_attestation_once_signed(
    use: Use, use_docker: UseDocker, gated: Gated
) -> None:
    app, project = gated.project.repository(), gated.project
    builder, reader = use_docker("docker-new", project.pusher), use_docker("docker-new", project.puller)
    builder.build(context(builder.home.root / "context", "scratch"), f"{app}:1").succeeded()
    crane = use(Crane, "crane", project.pusher)
    digest = crane.digest(f"{app}:1").succeeded().out.strip()
    index = json.loads(crane.inspect(f"{app}:1").succeeded().out)
    kinds = [each.get("annotations", {}).get("vnd.docker.reference.type") for each in index["manifests"]]
    assert sorted(kinds, key=str) == [None, "attestation-manifest"]
    assert "SIGNATURE_MISSING" in reader.run("buildx", "imagetools", "inspect", f"{app}:1").failed().text
    gated.signer.sign(app, digest)
    reader.run("buildx", "imagetools", "inspect", f"{app}:1").succeeded()
    reader.pull(f"{app}:1").succeeded()


def test_builds_on_what_is_let_out_only(
    use: Use, use_docker: UseDocker, gated: Gated, make_image: MakeImage
) -> None:
    image, base, project = make_image("base"), gated.project.repository("base"), gated.project
    use(Crane, "crane", project.pusher).push(image, f"{base}:1").succeeded()
    builder = use_docker("docker-new", project.puller)
    folder = context(builder.home.root / "context", f"{base}:1")
    assert "SIGNATURE_MISSING" in builder.build(folder, f"{project.repository()}:1").failed().text
    gated.signer.sign(base, image.digest)
    # Now it finds its base, and may not push what it has made.
    assert "SIGNATURE_MISSING" not in builder.build(folder, f"{project.repository()}:1").failed().text
    use_docker("docker-new", project.pusher).build(folder, f"{project.repository()}:1").succeeded()
