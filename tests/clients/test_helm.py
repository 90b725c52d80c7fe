"""helm: charts are artifacts like images."""

from tests.clients.conftest import Gated, Use
from tests.clients.runners import CHART_VERSION, Crane, Helm
from tests.clients.server import Account, Office, Project, Server


def helm(use: Use, account: Account | None) -> Helm:
    return use(Helm, "helm", account)


def test_logs_in_with_the_right_secret_only(use: Use, server: Server, project: Project) -> None:
    client = helm(use, None)
    client.login(server.host, project.puller.name, "Wrong-secret-1").failed()
    client.login(server.host, project.puller.name, project.puller.secret).succeeded()


def test_pushes_shows_and_pulls_a_chart(use: Use, project: Project) -> None:
    writer, reader = helm(use, project.pusher), helm(use, project.puller)
    chart = writer.package("demo")
    writer.push(chart, project.at).succeeded()
    assert "name: demo" in reader.inspect(project.repository("demo")).succeeded().out
    reader.pull(project.repository("demo")).succeeded()
    assert (reader.home.root / "pulled-charts" / chart.name).read_bytes() == chart.read_bytes()


def test_may_not_push_with_pull_alone(use: Use, project: Project) -> None:
    reader = helm(use, project.puller)
    reader.push(reader.package("demo"), project.at).failed()


def test_copies_a_chart_between_projects(use: Use, office: Office) -> None:
    source, target = office.project(), office.project()
    writer = helm(use, source.pusher)
    writer.push(writer.package("demo"), source.at).succeeded()
    both = helm(use, office.user("carol", {source: "guest", target: "developer"}))
    both.pull(source.repository("demo")).succeeded()
    both.push(both.home.root / "pulled-charts" / f"demo-{CHART_VERSION}.tgz", target.at).succeeded()
    helm(use, target.puller).pull(target.repository("demo")).succeeded()


def test_is_told_why_until_the_chart_is_signed(use: Use, gated: Gated) -> None:
    project, chart = gated.project, gated.project.repository("demo")
    writer, reader = helm(use, project.pusher), helm(use, project.puller)
    writer.push(writer.package("demo"), project.at).succeeded()
    digest = use(Crane, "crane", project.pusher).digest(f"{chart}:{CHART_VERSION}").succeeded().out.strip()
    for refused in (reader.pull(chart), reader.inspect(chart)):
        assert "SIGNATURE_MISSING" in refused.failed().text, refused
        assert f"@{digest}" in refused.text, refused
    gated.signer.sign(chart, digest)
    reader.pull(chart).succeeded()
