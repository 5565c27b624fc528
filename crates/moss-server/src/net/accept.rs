//! Accepting connections: how many, how long they may keep silent, and how they end.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tower::ServiceExt;

use crate::net::connections::Connections;
use crate::net::open_files;
use crate::net::tls::Tls;
use crate::net::write_timeout::Unstalled;

/// A connection that has not sent the head of a request by then is closed. It also ends
/// connections kept alive without use, so that silent ones cannot keep the others out.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// A connection that has not agreed on TLS by then is closed.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// What is read ahead of a connection, in bytes; so a head is no longer. Each connection may take
/// that much.
const READ_AHEAD: usize = 32 * 1024;
/// How long requests in progress may take to finish after the server was asked to stop. Well
/// below the ten seconds after which container hosts kill.
const GRACE: Duration = Duration::from_secs(5);
/// After an accept that failed for want of files or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `stop` ends, then lets what was begun finish. With `tls` only who speaks that is served.
/// Of more than `most` connections at once another takes the place of one that rests: see
/// [`Connections`].
pub async fn serve(
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    router: Router,
    most: usize,
    stop: impl Future<Output = ()>,
) {
    let connections = Connections::new(open_files::room_for(most));
    let graceful = GracefulShutdown::new();
    let mut stop = pin!(stop);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(READ_AHEAD);
    loop {
        let accepted = async {
            let (stream, peer) = listener.accept().await?;
            io::Result::Ok((stream, peer, connections.enter(peer.ip()).await))
        };
        let accepted = tokio::select! {
            accepted = accepted => accepted,
            () = &mut stop => break,
        };
        let Ok((stream, peer, open)) = accepted else {
            connections.make_room();
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        // Answers are written whole; waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        let connection = open.connection();
        // Every request says which connection it came on.
        let service = router.clone().map_request(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(connection.clone());
            request
        });
        let service = TowerToHyperService::new(service);
        let (http, watcher) = (http.clone(), graceful.watcher());
        let acceptor = tls.as_ref().map(|tls| tls.acceptor());
        tokio::spawn(async move {
            let stream = Unstalled::new(stream);
            // A client that goes away in the middle is its own business.
            let serving = async {
                match acceptor {
                    None => {
                        let serving = http.serve_connection(TokioIo::new(stream), service);
                        let _ = watcher.watch(serving).await;
                    }
                    Some(acceptor) => {
                        let greeted = timeout(HANDSHAKE, acceptor.accept(stream)).await;
                        let Ok(Ok(stream)) = greeted else { return };
                        let serving = http.serve_connection(TokioIo::new(stream), service);
                        let _ = watcher.watch(serving).await;
                    }
                }
            };
            tokio::select! {
                () = serving => {}
                () = open.closed() => {}
            }
        });
    }
    drop(listener);
    if timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
}
