//! TLS to a database that is a server: what its URL asks for is so, or is refused in one line.

use std::path::Path;

use moss_server::config::{Address, Config};
use moss_server::store::Store;
use sea_orm::{ConnectionTrait, Statement};
use test_support::database::{Authority, Cluster, Kind, OPENSSL};

use crate::harness::address;
use crate::remote::{refusal, says};

on_each_server![with [OPENSSL]
    a_connection_is_as_the_url_asks,
    a_certificate_of_somebody_else_is_refused,
    a_server_without_tls_is_refused_where_tls_is_asked_for,
    a_server_that_demands_tls_says_so,
    a_server_that_asks_for_our_certificate_gets_it,
    a_file_that_is_named_is_beside_the_configuration
];

/// How much of TLS a URL asks for.
#[derive(Clone, Copy)]
enum Asks {
    None,
    AsItComes,
    Tls,
    Authority,
    Name,
}

/// A database of a server, and how it is reached.
struct Server {
    kind: Kind,
    cluster: Cluster,
    database: String,
}

impl Server {
    fn new(cluster: Cluster) -> Self {
        let cluster = cluster.at_a_port();
        Self { kind: cluster.kind(), database: cluster.database(), cluster }
    }

    /// Under this name of the machine, and with the certificate of an authority.
    fn url(&self, host: &str, asks: Asks, authority: Option<&Path>) -> String {
        let (mode, modes, file) = match self.kind {
            Kind::Postgres => (
                "sslmode",
                ["disable", "prefer", "require", "verify-ca", "verify-full"],
                "sslrootcert",
            ),
            Kind::MariaDb => (
                "ssl-mode",
                ["DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"],
                "ssl-ca",
            ),
        };
        let url = self.cluster.url_by_port(host, &self.database);
        let file = authority.map(|path| format!("&{file}={}", path.display()));
        format!("{url}?{mode}={}{}", modes[asks as usize], file.unwrap_or_default())
    }

    async fn refusal(&self, host: &str, asks: Asks, authority: Option<&Path>) -> String {
        refusal(&address(self.url(host, asks, authority))).await
    }

    /// Whether the database sees our connection encrypted.
    async fn is_encrypted(&self, url: String) -> bool {
        let store = Store::open(&address(url)).await.unwrap();
        let sql = match self.kind {
            Kind::Postgres => {
                "SELECT CASE WHEN ssl THEN cipher ELSE '' END AS said \
                 FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            }
            Kind::MariaDb => {
                "SELECT variable_value AS said FROM information_schema.session_status \
                 WHERE variable_name = 'SSL_CIPHER'"
            }
        };
        let db = store.read();
        let ask = Statement::from_string(db.get_database_backend(), sql);
        let row = db.query_one_raw(ask).await.unwrap().unwrap();
        let cipher: String = row.try_get("", "said").unwrap();
        store.close().await;
        !cipher.is_empty()
    }
}

#[tokio::main]
async fn a_connection_is_as_the_url_asks(kind: Kind) {
    let authority = Authority::new();
    let server = Server::new(Cluster::start(kind).certified_by(&authority));
    let ours = authority.certificate();
    for (host, asks, file, is) in [
        ("127.0.0.1", Asks::None, None, false),
        ("127.0.0.1", Asks::AsItComes, None, true),
        ("127.0.0.1", Asks::Tls, None, true),
        ("127.0.0.1", Asks::Authority, Some(&ours), true),
        ("localhost", Asks::Name, Some(&ours), true),
    ] {
        let url = server.url(host, asks, file.map(|path| &**path));
        assert_eq!(server.is_encrypted(url.clone()).await, is, "{url}");
    }
    let plain = server.cluster.url_by_port("127.0.0.1", &server.database);
    assert!(server.is_encrypted(plain).await, "it is preferred");
}

#[tokio::main]
async fn a_certificate_of_somebody_else_is_refused(kind: Kind) {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = Server::new(Cluster::start(kind).certified_by(&authority));
    let names = match kind {
        Kind::Postgres => "; sslrootcert in database.url names the file of who signed it",
        Kind::MariaDb => "; ssl-ca in database.url names the file of who signed it",
    };
    let (ours, theirs) = (authority.certificate(), other.certificate());
    for (host, asks, file) in [
        ("localhost", Asks::Name, Some(&theirs)),
        ("127.0.0.1", Asks::Authority, Some(&theirs)),
        // Nobody that all the world knows has signed it.
        ("localhost", Asks::Name, None),
    ] {
        let refused = server.refusal(host, asks, file.map(|path| &**path)).await;
        says(&refused, &["has a certificate that is not taken (", "UnknownIssuer", names]);
    }
    let elsewhere = server.refusal("127.0.0.1", Asks::Name, Some(&ours)).await;
    says(&elsewhere, &["has a certificate that is not taken (", "not valid for name", "127.0.0.1"]);
}

#[tokio::main]
async fn a_server_without_tls_is_refused_where_tls_is_asked_for(kind: Kind) {
    let server = Server::new(Cluster::start(kind));
    let words = &["cannot be spoken to over TLS (", "does not support TLS", "in database.url"];
    for asks in [Asks::Tls, Asks::Authority, Asks::Name] {
        says(&server.refusal("localhost", asks, None).await, words);
    }
    for asks in [Asks::None, Asks::AsItComes] {
        let url = server.url("127.0.0.1", asks, None);
        assert!(!server.is_encrypted(url).await);
    }
}

/// Lets PostgreSQL take from elsewhere only what comes over TLS, by this way to know who it is.
fn lets_in_over_tls(cluster: &Cluster, way: &str) {
    let lines = format!("ARRAY['local all all trust', 'hostssl all all all {way}']");
    let file = format!("COPY (SELECT unnest({lines})) TO PROGRAM 'cat > pg_hba.conf'");
    cluster.sql("postgres", &file);
}

#[tokio::main]
async fn a_server_that_demands_tls_says_so(kind: Kind) {
    let authority = Authority::new();
    let cluster = Cluster::start(kind).certified_by(&authority);
    let (cluster, words) = match kind {
        Kind::Postgres => {
            lets_in_over_tls(&cluster, "trust");
            (cluster, ["without TLS (", "no encryption", "write sslmode=require in"])
        }
        Kind::MariaDb => (
            cluster.configured("require_secure_transport = 1"),
            ["(Access denied", "password", "where TLS is asked for, write ssl-mode=REQUIRED in"],
        ),
    };
    let server = Server::new(cluster);
    let refused = server.refusal("127.0.0.1", Asks::None, None).await;
    says(&refused, &["does not let in moss "]);
    says(&refused, &words);
    let url = server.url("127.0.0.1", Asks::Tls, None);
    assert!(server.is_encrypted(url).await);
}

#[tokio::main]
async fn a_server_that_asks_for_our_certificate_gets_it(kind: Kind) {
    let authority = Authority::new();
    let cluster = Cluster::start(kind).certified_by(&authority);
    let (certificate, key) = match kind {
        Kind::Postgres => {
            lets_in_over_tls(&cluster, "cert");
            ("sslcert", "sslkey")
        }
        Kind::MariaDb => {
            cluster.sql("mysql", "ALTER USER moss@127.0.0.1 REQUIRE X509");
            ("ssl-cert", "ssl-key")
        }
    };
    authority.sign("client", "moss");
    let server = Server::new(cluster);
    let without = server.url("127.0.0.1", Asks::Tls, None);
    says(&refusal(&address(without.clone())).await, &["does not let in moss ("]);
    let [pem, private] = ["client.pem", "client.key"].map(|name| authority.path(name));
    let with = format!("{certificate}={}&{key}={}", pem.display(), private.display());
    assert!(server.is_encrypted(format!("{without}&{with}")).await);
}

#[tokio::main]
async fn a_file_that_is_named_is_beside_the_configuration(kind: Kind) {
    let authority = Authority::new();
    let server = Server::new(Cluster::start(kind).certified_by(&authority));
    let of = |file: &str| -> Result<Address, String> {
        let mut config = Config::default();
        config.database.url = server.url("localhost", Asks::Name, Some(Path::new(file)));
        let address = config.address(Some(&authority.path("config.yaml")));
        address.map_err(|error| error.to_string())
    };
    Store::open(&of("authority.pem").unwrap()).await.unwrap().close().await;
    let missing = of("none.pem").unwrap_err();
    assert!(missing.ends_with("none.pem: No such file or directory (os error 2)"), "{missing}");
    let wrong = of("sections").unwrap_err();
    assert!(wrong.contains("sections: holds neither certificate nor key"), "{wrong}");
}
