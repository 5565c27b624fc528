//! `moss-server health`: asks the server of a configuration whether it is well. For containers
//! that hold nothing but this program.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use moss_api::{Health, SERVER_NAME};

use crate::cli::pinned;

/// How long connecting, and each wait for a piece of the answer, may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// Longest answer that is looked at, in bytes.
const MAX_ANSWER: u64 = 16 * 1024;

/// What the server on this machine says of itself. `tls` is the file of the certificate it shows, if it
/// shows one: no other is believed.
///
/// # Errors
/// When nobody answers where it should be, or somebody else does, or it is not well.
pub fn ask(address: SocketAddr, tls: Option<&Path>) -> anyhow::Result<Health> {
    let address = from_here(address);
    let answer = exchange(address, tls).with_context(|| format!("no answer from {address}"))?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let status = head.split(' ').nth(1).unwrap_or_default();
    let is_told = head.starts_with("HTTP/1.1 ") && matches!(status, "200" | "503");
    ensure!(is_told, "{address} does not answer with 200");
    match serde_json::from_str::<Health>(body) {
        Ok(health) if health.server.as_deref() != Some(SERVER_NAME) => {
            bail!("another server listens on {address}")
        }
        Ok(health) if health.status == "ok" && status == "200" => Ok(health),
        Ok(health) => {
            let problem = health.problem.unwrap_or(health.status);
            bail!("the server on {address} says {problem:?}")
        }
        Err(_) if status != "200" => bail!("{address} does not answer with 200"),
        Err(_) => bail!("another server listens on {address}"),
    }
}

/// Whether a server of this program answers there, well or not.
pub fn is_there(address: SocketAddr, tls: Option<&Path>) -> bool {
    let answer = exchange(from_here(address), tls).unwrap_or_default();
    let answer = String::from_utf8_lossy(&answer);
    let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let health = serde_json::from_str::<Health>(body);
    health.is_ok_and(|health| health.server.as_deref() == Some(SERVER_NAME))
}

/// Where one that listens there is reached from this machine.
fn from_here(mut listens: SocketAddr) -> SocketAddr {
    match listens.ip() {
        IpAddr::V4(host) if host.is_unspecified() => listens.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(host) if host.is_unspecified() => listens.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    listens
}

fn exchange(address: SocketAddr, tls: Option<&Path>) -> std::io::Result<Vec<u8>> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    match tls {
        None => asked(address, stream),
        Some(file) => asked(address, pinned::over(stream, file)?),
    }
}

fn asked(address: SocketAddr, mut stream: impl Read + Write) -> std::io::Result<Vec<u8>> {
    let request =
        format!("GET /api/health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut answer)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// What is said of a server that gives one answer, whatever it is asked.
    fn said(answer: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let answer = answer.to_owned();
        let answering = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            let read = stream.read(&mut request).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8(request[..read].to_vec()).unwrap()
        });
        let result = ask(([0, 0, 0, 0], port).into(), None);
        assert!(answering.join().unwrap().starts_with("GET /api/health HTTP/1.1\r\nHost: 127."));
        match result {
            Ok(health) => health.version,
            Err(error) => format!("{error:#}").replace(&port.to_string(), "PORT"),
        }
    }

    fn answer(status: &str, body: &str) -> String {
        format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn only_this_server_in_good_health_is_well() {
        let well = r#"{"status":"ok","service":"Shop","version":"1.2.3","server":"moss"}"#;
        assert_eq!(said(&answer("200 OK", well)), "1.2.3");
        let ill = well.replace("ok", "ill");
        assert_eq!(said(&answer("200 OK", &ill)), "the server on 127.0.0.1:PORT says \"ill\"");
        let other = "another server listens on 127.0.0.1:PORT";
        assert_eq!(said(&answer("200 OK", &well.replace("moss", "other"))), other);
        assert_eq!(said(&answer("200 OK", "<html>")), other);
        let unwell = well.replace("ok", "unwell").replace('}', r#","problem":"the disk is full"}"#);
        let full = "the server on 127.0.0.1:PORT says \"the disk is full\"";
        assert_eq!(said(&answer("503 Service Unavailable", &unwell)), full);
        let not = "127.0.0.1:PORT does not answer with 200";
        assert_eq!(said(&answer("503 Service Unavailable", "busy")), not);
        assert_eq!(said(&answer("500 Internal Server Error", well)), not);
        for answer in ["", "HTTP/1.1 200", "SSH-2.0-OpenSSH_9.2\r\n", "\u{fffd}\r\n\r\n"] {
            assert_eq!(said(answer), not, "{answer:?}");
        }
    }

    #[test]
    fn nobody_there_is_not_well() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        drop(taken);
        let error = format!("{:#}", ask(([127, 0, 0, 1], port).into(), None).unwrap_err());
        assert!(error.starts_with(&format!("no answer from 127.0.0.1:{port}: ")), "{error}");
    }
}
