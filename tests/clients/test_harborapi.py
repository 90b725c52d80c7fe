"""PyPI's `harborapi`, unmodified, against a running server: every resource of Harbor's that this registry has."""

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from datetime import datetime
from typing import Any, Final, TypeVar

import httpx
import pytest
from harborapi import HarborAsyncClient
from harborapi.exceptions import Conflict, Forbidden, NotFound, Unauthorized
from harborapi.models import (
    Access,
    CVEAllowlist,
    CVEAllowlistItem,
    Label,
    ProjectMetadata,
    ProjectReq,
    QuotaUpdateReq,
    Repository,
    ResourceList,
    RobotCreate,
    RobotPermission,
    Schedule,
    ScheduleObj,
    Tag,
    UserCreationReq,
    UserProfile,
)
from harborapi.models.models import Type as When
from tests.clients.conftest import MakeImage
from tests.clients.layout import Image
from tests.clients.server import ADMIN, ADMIN_PASSWORD, Account, Server
from tests.signing import SigningKey, descriptor_of, sign_bundle
from tests.waiting import eventually

from pratique.oci.digest import digest_of

T = TypeVar("T")

NEW_PASSWORD: Final = "Another-horse-2"
COLLECTED_WITHIN: Final = 20
"""Seconds for the worker to run a collection."""


class Harbor:
    """The client, asked synchronously: it keeps connections, so all its calls share one event loop."""

    def __init__(self, server: Server, account: Account) -> None:
        self.api = HarborAsyncClient(
            f"{server.url}/api/v2.0", username=account.name, secret=account.secret, retry=None
        )
        self._runner = asyncio.Runner()

    def __call__(self, call: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(call)

    def close(self) -> None:
        self._runner.run(self.api.client.aclose())
        self._runner.close()


@pytest.fixture(scope="module")
def harbor(server: Server) -> Iterator[Harbor]:
    """Harborapi as the administrator."""
    with contextlib.closing(Harbor(server, ADMIN)) as opened:
        yield opened


def as_account(server: Server, account: Account) -> contextlib.closing[Harbor]:
    """Harborapi as somebody else."""
    return contextlib.closing(Harbor(server, account))


def push(server: Server, repository: str, tag: str, image: Image) -> None:
    """Push a layout by the registry's own protocol."""
    with server.client(ADMIN) as http:
        document = image.document()
        for blob in (document["config"], *document["layers"]):
            content = (image.path / "blobs" / "sha256" / blob["digest"].partition(":")[2]).read_bytes()
            put_blob(http, repository, content)
        content = (image.path / "blobs" / "sha256" / image.digest.partition(":")[2]).read_bytes()
        put_manifest(http, repository, tag, content, image.media_type)


def put_blob(http: httpx.Client, repository: str, content: bytes) -> None:
    query = {"digest": digest_of(content)}
    answer = http.post(f"/v2/{repository}/blobs/uploads/", params=query, content=content)
    assert answer.status_code == 201, answer.text


def put_manifest(http: httpx.Client, repository: str, reference: str, content: bytes, kind: str) -> None:
    headers = {"content-type": kind}
    answer = http.put(f"/v2/{repository}/manifests/{reference}", content=content, headers=headers)
    assert answer.status_code == 201, answer.text


def make_project(harbor: Harbor, name: str, storage: int | None = None) -> int:
    """A new project; its number. The client asks for names in `Location`."""
    location = harbor(harbor.api.create_project(ProjectReq(project_name=name, storage_limit=storage)))
    assert location == f"/api/v2.0/projects/{name}"
    return harbor(harbor.api.get_project(name)).project_id or 0


def wait_for_run(harbor: Harbor, known: int) -> None:
    """Wait until a further collection has ended; the worker is another process."""

    def has_ended() -> bool:
        runs = harbor(harbor.api.get_gc_jobs())
        return len(runs) > known and runs[0].job_status != "Running"

    eventually(has_ended, COLLECTED_WITHIN)


def test_the_registry_says_how_it_is(harbor: Harbor) -> None:
    assert harbor(harbor.api.ping()) == "Pong"
    health = harbor(harbor.api.health_check())
    assert health.status == "healthy"
    assert {each.name for each in health.components or ()} >= {"core", "database"}
    facts = harbor(harbor.api.get_system_info())
    assert facts.auth_mode == "db_auth"
    assert isinstance(facts.current_time, datetime)
    assert (harbor(harbor.api.get_system_volume_info()).storage or [])[0].total
    assert harbor(harbor.api.get_statistics()).total_project_count
    settings = harbor(harbor.api.get_config())
    assert settings.robot_name_prefix is not None
    assert settings.robot_name_prefix.value == "robot$"
    permissions = harbor(harbor.api.get_permissions())
    assert ("repository", "pull") in {(each.resource, each.action) for each in permissions.project or ()}


def test_projects_are_made_found_changed_and_deleted(harbor: Harbor) -> None:
    api = harbor.api
    asked = ProjectReq(project_name="harbor-shop", metadata=ProjectMetadata(public="false"))
    harbor(api.create_project(asked))
    number = harbor(api.get_project("harbor-shop")).project_id or 0
    with pytest.raises(Conflict):
        harbor(api.create_project(asked))
    assert harbor(api.project_exists("harbor-shop"))
    assert not harbor(api.project_exists("harbor-none"))
    project = harbor(api.get_project(number))
    assert project.metadata is not None
    assert project.metadata.public == "false"
    harbor(api.update_project("harbor-shop", ProjectReq(metadata=ProjectMetadata(public="true"))))
    listed = harbor(api.get_projects(query="name=~harbor-s", sort="-name", public=True))
    assert [each.name for each in listed] == ["harbor-shop"]
    assert harbor(api.get_project_deletable("harbor-shop")).deletable
    assert harbor(api.get_project_summary(number)).project_admin_count == 1
    harbor(api.delete_project(number))
    with pytest.raises(NotFound):
        harbor(api.get_project("harbor-shop"))


def test_allowlists_are_written_and_read(harbor: Harbor) -> None:
    api, until = harbor.api, 1_900_000_000
    system = CVEAllowlist(items=[CVEAllowlistItem(cve_id="CVE-2026-1")], expires_at=until)
    harbor(api.update_cve_allowlist(system))
    read = harbor(api.get_cve_allowlist())
    assert ([one.cve_id for one in read.items or ()], read.expires_at) == (["CVE-2026-1"], until)
    harbor(api.update_cve_allowlist(CVEAllowlist(items=[])))
    assert harbor(api.get_cve_allowlist()).items == []
    number = make_project(harbor, "harbor-strict")
    own = CVEAllowlist(project_id=number, items=[CVEAllowlistItem(cve_id="GHSA-1")])
    strict = ProjectMetadata(prevent_vul="true", severity="high", reuse_sys_cve_allowlist="false")
    harbor(api.update_project(number, ProjectReq(metadata=strict, cve_allowlist=own)))
    project = harbor(api.get_project(number))
    assert project.metadata is not None
    assert (project.metadata.prevent_vul, project.metadata.severity) == ("true", "high")
    assert project.cve_allowlist is not None
    assert [one.cve_id for one in project.cve_allowlist.items or ()] == ["GHSA-1"]
    harbor(api.delete_project(number))


def test_pages_are_followed_to_the_end(harbor: Harbor) -> None:
    for letter in "abcde":
        harbor(harbor.api.create_project(ProjectReq(project_name=f"harbor-page-{letter}")))
    found = harbor(harbor.api.get_projects(query="name=~harbor-page", sort="name", page_size=2))
    assert [(each.name or "")[-1] for each in found] == list("abcde")
    assert len(harbor(harbor.api.get_projects(query="name=~harbor-page", page_size=2, limit=3))) == 3


def test_metadata_is_kept_name_by_name(harbor: Harbor) -> None:
    api = harbor.api
    make_project(harbor, "harbor-meta")
    harbor(api.set_project_metadata("harbor-meta", ProjectMetadata(severity="high")))
    assert harbor(api.get_project_metadata("harbor-meta")).severity == "high"
    harbor(api.update_project_metadata_entry("harbor-meta", "severity", {"severity": "low"}))
    assert harbor(api.get_project_metadata_entry("harbor-meta", "severity")) == {"severity": "low"}
    harbor(api.delete_project_metadata_entry("harbor-meta", "severity"))
    with pytest.raises(NotFound):
        harbor(api.get_project_metadata_entry("harbor-meta", "severity"))
    signed = ProjectMetadata(enable_content_trust_cosign="true")
    harbor(api.update_project_metadata_entry("harbor-meta", "enable_content_trust_cosign", signed))
    assert harbor(api.get_project_metadata("harbor-meta")).enable_content_trust_cosign == "true"


def test_users_are_made_found_changed_and_deleted(harbor: Harbor, server: Server) -> None:
    api = harbor.api
    asked = UserCreationReq(
        username="hanna", password=ADMIN_PASSWORD, email="hanna@example.test", realname="Hanna"
    )
    number = int(harbor(api.create_user(asked)).rpartition("/")[2])
    assert harbor(api.get_user_by_username("hanna")).user_id == number
    harbor(api.update_user(number, UserProfile(comment="pushes", email="h@example.test", realname="Hanna")))
    assert harbor(api.get_user(number)).comment == "pushes"
    assert number in {each.user_id for each in harbor(api.get_users(sort="-username"))}
    assert [each.username for each in harbor(api.search_users_by_username("hann"))] == ["hanna"]
    with as_account(server, Account("hanna", ADMIN_PASSWORD)) as hers:
        assert hers(hers.api.get_current_user()).username == "hanna"
        assert hers(hers.api.get_current_user_permissions()) == []
        with pytest.raises(Forbidden):
            hers(hers.api.get_users())
        hers(hers.api.set_user_password(number, NEW_PASSWORD, ADMIN_PASSWORD))
        with pytest.raises(Unauthorized):
            hers(hers.api.get_current_user())
    harbor(api.set_user_admin(number, True))
    with as_account(server, Account("hanna", NEW_PASSWORD)) as hers:
        assert hers(hers.api.get_current_user()).sysadmin_flag
    harbor(api.delete_user(number))


def test_members_are_given_roles(harbor: Harbor) -> None:
    api = harbor.api
    make_project(harbor, "harbor-team")
    harbor(api.create_user(UserCreationReq(username="mira", password=ADMIN_PASSWORD, email="m@example.test")))
    member = int(harbor(api.add_project_member_user("harbor-team", "mira", 3)).rpartition("/")[2])
    assert harbor(api.get_project_member("harbor-team", member)).role_name == "guest"
    harbor(api.update_project_member_role("harbor-team", member, 2))
    listed = harbor(api.get_project_members("harbor-team", entity_name="mir"))
    assert [(each.entity_name, each.role_id) for each in listed] == [("mira", 2)]
    harbor(api.remove_project_member("harbor-team", member))
    assert len(harbor(api.get_project_members("harbor-team"))) == 1


def test_robots_of_the_system_and_of_a_project(harbor: Harbor, server: Server) -> None:
    api = harbor.api
    number = make_project(harbor, "harbor-bots")
    access = [Access(resource="repository", action="list"), Access(resource="project", action="read")]
    for level, namespace in (("project", "harbor-bots"), ("system", "*")):
        rows = [RobotPermission(kind="project", namespace=namespace, access=access)]
        asked = RobotCreate(name=f"bot-{level}", level=level, duration=-1, disable=False, permissions=rows)
        made = harbor(api.create_robot(asked))
        assert made.name is not None
        assert made.secret is not None
        with as_account(server, Account(made.name, made.secret)) as bot:
            assert bot(bot.api.get_project("harbor-bots")).project_id == number
        robot = harbor(api.get_robot(made.id or 0))
        robot.description = "builds"
        harbor(api.update_robot(made.id or 0, robot))
        query = f"Level=project,ProjectID={number}" if level == "project" else None
        listed = harbor(api.get_robots(query=query))
        assert [each.description for each in listed if each.name == made.name] == ["builds"]
        harbor(api.refresh_robot_secret(made.id or 0, NEW_PASSWORD))
        with as_account(server, Account(made.name, NEW_PASSWORD)) as bot:
            assert bot(bot.api.get_system_info()).auth_mode == "db_auth"
        harbor(api.delete_robot(made.id or 0))


def test_repositories_artifacts_tags_and_what_stands_beside_them(
    harbor: Harbor, server: Server, make_image: MakeImage
) -> None:
    api, place = harbor.api, ("harbor-images", "deep/app")
    make_project(harbor, "harbor-images")
    image = make_image("one")
    push(server, "harbor-images/deep/app", "1.0", image)
    assert [each.name for each in harbor(api.get_repositories("harbor-images"))] == ["harbor-images/deep/app"]
    harbor(api.update_repository(*place, Repository(description="the app")))
    repository = harbor(api.get_repository(*place))
    assert (repository.description, repository.artifact_count) == ("the app", 1)
    artifact = harbor(api.get_artifact(*place, "1.0", with_label=True, with_accessory=True))
    assert artifact.digest == image.digest
    assert artifact.extra_attrs is not None
    assert artifact.extra_attrs.root is not None
    assert artifact.extra_attrs.root["architecture"] == "amd64"
    assert [each.digest for each in harbor(api.get_artifacts(*place, query="tags=1.0"))] == [image.digest]
    assert harbor(api.get_artifact_build_history(*place, "1.0")) == []
    harbor(api.create_artifact_tag(*place, image.digest, Tag(name="stable")))
    assert [each.name for each in harbor(api.get_artifact_tags(*place, "1.0"))] == ["1.0", "stable"]
    harbor(api.delete_artifact_tag(*place, image.digest, "1.0"))
    label = int(harbor(api.create_label(Label(name="gold", scope="g", color="#ffd700"))).rpartition("/")[2])
    harbor(api.add_artifact_label(*place, "stable", Label(id=label)))
    labelled = harbor(api.get_artifact(*place, "stable", with_label=True))
    assert [each.name for each in labelled.labels or ()] == ["gold"]
    harbor(api.delete_artifact_label(*place, "stable", label))
    copied = harbor(api.copy_artifact("harbor-images", "copy", "harbor-images/deep/app:stable"))
    assert copied.endswith(image.digest)
    assert harbor(api.get_artifact("harbor-images", "copy", "stable")).digest == image.digest
    found = harbor(api.search("harbor-images"))
    assert {each.repository_name for each in found.repository or ()} == {
        "harbor-images/deep/app",
        "harbor-images/copy",
    }
    harbor(api.delete_artifact(*place, "stable"))
    with pytest.raises(NotFound):
        harbor(api.get_artifact(*place, image.digest))
    harbor(api.delete_repository("harbor-images", "copy"))


def test_signatures_are_accessories(harbor: Harbor, server: Server, make_image: MakeImage) -> None:
    api, image, key = harbor.api, make_image("signed"), SigningKey()
    make_project(harbor, "harbor-signed")
    push(server, "harbor-signed/app", "1.0", image)
    content = (image.path / "blobs" / "sha256" / image.digest.partition(":")[2]).read_bytes()
    manifest, blobs = sign_bundle(key, descriptor_of(content))
    with server.client(ADMIN) as http:
        for blob in blobs.values():
            put_blob(http, "harbor-signed/app", blob)
        put_manifest(http, "harbor-signed/app", digest_of(manifest), manifest, image.media_type)
    found = harbor(api.get_artifact_accessories("harbor-signed", "app", "1.0"))
    assert [(each.type, each.subject_artifact_digest) for each in found] == [
        ("signature.cosign", image.digest)
    ]


def test_labels_of_all_projects_and_of_one(harbor: Harbor) -> None:
    api = harbor.api
    project = make_project(harbor, "harbor-labels")
    asked = Label(name="own", scope="p", project_id=project, color="#000000")
    label = int(harbor(api.create_label(asked)).rpartition("/")[2])
    harbor(api.update_label(label, Label(name="ours", color="#111111")))
    assert harbor(api.get_label(label)).name == "ours"
    assert [each.id for each in harbor(api.get_labels(scope="p", project_id=project))] == [label]
    harbor(api.delete_label(label))
    assert harbor(api.get_labels(scope="p", project_id=project)) == []


def test_quotas_are_read_and_set(harbor: Harbor) -> None:
    api = harbor.api
    project = make_project(harbor, "harbor-quota", 5_000_000)
    quotas = harbor(api.get_quotas(reference="project", reference_id=str(project)))
    assert [each.hard.root for each in quotas if each.hard] == [{"storage": 5_000_000}]
    number = quotas[0].id or 0
    harbor(api.update_quota(number, QuotaUpdateReq(hard=ResourceList(root={"storage": 6_000_000}))))
    quota = harbor(api.get_quota(number))
    assert quota.hard is not None
    assert quota.hard.root == {"storage": 6_000_000}


def test_garbage_is_collected_and_its_history_read(harbor: Harbor) -> None:
    api = harbor.api
    assert harbor(api.get_gc_schedule()).schedule is not None
    known = len(harbor(api.get_gc_jobs()))
    manual = Schedule(schedule=ScheduleObj(type=When.manual), parameters={"dry_run": True})
    harbor(api.create_gc_schedule(manual))
    wait_for_run(harbor, known)
    run = harbor(api.get_gc_jobs())[0]
    assert harbor(api.get_gc_job(run.id or 0)).job_status == "Success"
    assert isinstance(harbor(api.get_gc_log(run.id or 0)), list)


def test_the_audit_log_is_read(harbor: Harbor) -> None:
    api = harbor.api
    make_project(harbor, "harbor-audit")
    eventually(lambda: harbor(api.get_audit_logs(query="resource=harbor-audit")), COLLECTED_WITHIN)
    entries = harbor(api.get_project_logs("harbor-audit", query="operation=create,resource_type=project"))
    assert [(each.username, each.resource) for each in entries] == [("admin", "harbor-audit")]
