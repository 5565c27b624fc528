//! A network between a server and its database that can be cut: at a COMMIT, or without a word.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use test_support::database::Cluster;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

/// What a client says to end a transaction, in either protocol.
const COMMIT: &[u8] = b"COMMIT";

/// A way to a cluster's socket. Its own is in its folder.
pub struct Proxy {
    folder: tempfile::TempDir,
    cuts: Arc<AtomicBool>,
    silence: watch::Sender<bool>,
}

impl Proxy {
    /// Leads to a cluster.
    pub fn to(cluster: &Cluster) -> Self {
        let server = cluster.socket();
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join(server.file_name().unwrap());
        let listener = UnixListener::bind(socket).unwrap();
        let cuts = Arc::new(AtomicBool::new(false));
        let (silence, is_silent) = watch::channel(false);
        tokio::spawn(accept(listener, server, cuts.clone(), is_silent));
        Self { folder, cuts, silence }
    }

    /// The URL of one of the cluster's databases, by this way.
    pub fn url(&self, cluster: &Cluster, database: &str) -> String {
        let direct = cluster.socket();
        let direct = direct.parent().unwrap().display().to_string();
        let way = self.folder.path().display().to_string();
        cluster.url("moss", database).replace(&direct, &way)
    }

    /// Lets the next COMMIT through, and ends its connection before the answer arrives.
    pub fn cut_at_next_commit(&self) {
        self.cuts.store(true, Ordering::SeqCst);
    }

    /// Whether the cut has happened.
    pub fn has_cut(&self) -> bool {
        !self.cuts.load(Ordering::SeqCst)
    }

    /// Swallows every word, and every new connection; or lets all of it through again.
    pub fn be_silent(&self, silent: bool) {
        self.silence.send(silent).unwrap();
    }
}

async fn accept(
    listener: UnixListener,
    server: PathBuf,
    cuts: Arc<AtomicBool>,
    is_silent: watch::Receiver<bool>,
) {
    while let Ok((client, _)) = listener.accept().await {
        let (server, cuts, is_silent) = (server.clone(), cuts.clone(), is_silent.clone());
        tokio::spawn(async move {
            let _ = carry(client, &server, &cuts, is_silent).await;
        });
    }
}

async fn spoken(is_silent: &mut watch::Receiver<bool>) {
    let _ = is_silent.wait_for(|silent| !silent).await;
}

/// Carries words to and fro until one side ends, or the connection is cut.
async fn carry(
    mut client: UnixStream,
    server: &Path,
    cuts: &AtomicBool,
    mut is_silent: watch::Receiver<bool>,
) -> std::io::Result<()> {
    spoken(&mut is_silent).await;
    let mut server = UnixStream::connect(server).await?;
    let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
    let mut is_cut = false;
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let words = &asked[..read?];
                if words.is_empty() {
                    return Ok(());
                }
                spoken(&mut is_silent).await;
                let is_commit = words.windows(COMMIT.len()).any(|part| part == COMMIT);
                is_cut = is_commit && cuts.swap(false, Ordering::SeqCst);
                server.write_all(words).await?;
            }
            read = server.read(&mut answered) => {
                let words = &answered[..read?];
                if words.is_empty() || is_cut {
                    return Ok(());
                }
                spoken(&mut is_silent).await;
                client.write_all(words).await?;
            }
        }
    }
}
