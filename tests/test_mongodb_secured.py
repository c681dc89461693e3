"""A MongoDB with users and TLS, as an organisation has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from starlette.testclient import TestClient

from newscrawl.config import load_config
from newscrawl.store import open_store
from newscrawl.web.app import create_app
from tests.conftest import Run
from tests.loop_hosts import city, write_site
from tests.own_mongods import Mongod, mongods

PASSWORD = "geheim-77-a%2Fb"  # it has a / inside
NEEDED = ["readWrite", "dbAdmin"]


@dataclass
class Secured:
    """The server and the files beside it."""

    mongod: Mongod
    folder: Path

    def uri(self, user: str, options: str = "tlsCAFile={}/ca.pem") -> str:
        """Return the address for `user:password` ('' for none)."""
        told = f"?tls=true&{options}" if options else ""
        return f"mongodb://{user}{'@' if user else ''}{self.mongod.netloc}/news{told}".replace("{}", str(self.folder))


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("tls")
    authority, stranger = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    stranger.cert_pem.write_to_path(str(folder / "other.pem"))
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    authority.issue_cert("elsewhere.test").private_key_and_cert_chain_pem.write_to_path(str(folder / "wrong.pem"))
    client = authority.issue_cert("crawler.test", common_name="crawler")
    client.private_key_and_cert_chain_pem.write_to_path(str(folder / "client.pem"))
    subject = x509.load_pem_x509_certificate(client.cert_chain_pems[0].bytes()).subject.rfc4514_string()
    options = (
        "--auth", "--tlsMode", "requireTLS", "--tlsCertificateKeyFile", str(folder / "server.pem"),
        "--tlsCAFile", str(folder / "ca.pem"), "--tlsAllowConnectionsWithoutCertificates",
        "--setParameter", "authenticationMechanisms=SCRAM-SHA-256,MONGODB-X509",
    )  # fmt: skip
    tls = {"tls": True, "tlsCAFile": str(folder / "ca.pem")}
    with mongods(1, *options) as (mongod,):
        with mongod.client(**tls) as admin:
            admin.admin.command("createUser", "root", pwd="root-77", roles=["root"])
        with mongod.client(**tls, username="root", password="root-77") as admin:
            for name, roles in (("crawler", NEEDED), ("writer", ["readWrite"]), ("reader", ["read"])):
                admin["news"].command("createUser", name, pwd=PASSWORD.replace("%2F", "/"), roles=roles)
            everywhere = [{"role": role, "db": "news"} for role in NEEDED]
            admin["$external"].command("createUser", subject, roles=everywhere)
        yield Secured(mongod, folder)


def test_a_crawl_through_users_and_tls(secured: Secured, newscrawl: Run, cli: Run, tmp_path: Path) -> None:
    env = {"NEWSCRAWL_MONGO_URI": secured.uri(f"crawler:{PASSWORD}"), "NEWSCRAWL_DATABASE": "news"}
    with city(range(1, 4)).serving() as host:
        write_site(tmp_path / "sites", "town", host.origin)
        done = newscrawl("crawl", "town", env=env | {"NEWSCRAWL_SITES": str(tmp_path / "sites")})
    assert done.returncode == 0, done.stdout + done.stderr
    with open_store(load_config(mongo_uri=env["NEWSCRAWL_MONGO_URI"], database="news")) as store:
        assert store.articles.count_documents({}) == 3
    assert "geheim" not in done.stdout + done.stderr
    # Who may only read sees what is there, and may not crawl.
    reader = env | {"NEWSCRAWL_MONGO_URI": secured.uri(f"reader:{PASSWORD}")}
    assert cli("runs", env=reader).returncode == 0
    refused = cli("crawl", "town", env=reader | {"NEWSCRAWL_SITES": str(tmp_path / "sites")})
    assert refused.returncode == 3
    assert "does not let the user do what newscrawl must" in refused.stderr


def test_a_certificate_in_place_of_a_password(secured: Secured) -> None:
    options = "authMechanism=MONGODB-X509&authSource=$external&tlsCAFile={}/ca.pem&tlsCertificateKeyFile={}/client.pem"
    with open_store(load_config(mongo_uri=secured.uri("", options), database="news")) as store:
        assert store.ping()["version"]


@pytest.mark.parametrize(
    ("user", "options", "database", "told", "advice"),
    [
        ("crawler:falsch-99", "tlsCAFile={}/ca.pem", "news", "refuses the user or password", "authSource"),
        ("nobody:{password}", "tlsCAFile={}/ca.pem", "news", "refuses the user or password", "authSource"),
        ("", "tlsCAFile={}/ca.pem", "news", "does not let the user", "readWrite and dbAdmin"),
        ("writer:{password}", "tlsCAFile={}/ca.pem", "news", "", ""),
        ("crawler:{password}", "tlsCAFile={}/ca.pem", "other", "does not let the user", "readWrite and dbAdmin"),
        ("crawler:{password}", "tlsCAFile={}/other.pem", "news", "nobody trusted here vouches for", "tlsCAFile=FILE"),
        ("crawler:{password}", "", "news", "closes every connection", "tls=true"),
        ("crawler:{password}", "tlsCAFile={}/nowhere.pem", "news", "is not readable", "mongodb://"),
    ],
)
def test_what_is_wrong_is_one_sentence_without_the_secret(
    secured: Secured, cli: Run, user: str, options: str, database: str, told: str, advice: str
) -> None:
    uri = secured.uri(user.replace("{password}", PASSWORD), options)
    done = cli(
        "--debug", "runs", env={"NEWSCRAWL_MONGO_URI": uri, "NEWSCRAWL_DATABASE": database, "NEWSCRAWL_PATIENCE": "1"}
    )
    if not told:
        assert done.returncode == 0
        return
    assert done.returncode == (2 if "readable" in told else 3)
    sentence = done.stderr.split("Traceback")[0]
    assert told in sentence
    assert advice in sentence
    for secret in ("geheim-77", "falsch-99", "a%2Fb"):
        assert secret not in done.stdout + done.stderr


def test_who_may_only_read_can_serve(secured: Secured) -> None:
    config = load_config(mongo_uri=secured.uri(f"crawler:{PASSWORD}"), database="news")
    with open_store(config) as store:
        store.refresh_entities()
    reading = load_config(mongo_uri=secured.uri(f"reader:{PASSWORD}"), database="news", patience=2)
    with (
        open_store(reading, read_only=True) as store,
        TestClient(create_app(store, reading), base_url="http://localhost") as client,
    ):
        pages = ("/", "/?text=снег", "/entities", "/day", "/sites", "/runs", "/api")
        for address in (*pages, *(f"/api/{one}" for one in ("articles", "entities", "runs", "sites", "changes"))):
            assert client.get(address).status_code == 200, address
