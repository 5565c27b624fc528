//! A small load balancer: each connection goes to the next server that takes it. Whoever was
//! connected to one that died is hung up on, and finds another.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long a server is waited for that does not take a connection.
const PATIENCE: Duration = Duration::from_millis(500);

pub struct Balancer {
    address: String,
    servers: Arc<Mutex<Vec<String>>>,
}

impl Balancer {
    /// Before these addresses.
    pub fn before(servers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let servers = Arc::new(Mutex::new(servers));
        let known = servers.clone();
        let turn = Arc::new(AtomicUsize::new(0));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (known, turn) = (known.clone(), turn.clone());
                std::thread::spawn(move || carry(&client, &known, &turn));
            }
        });
        Self { address, servers }
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A server has come back under another address.
    pub fn replace(&self, number: usize, address: &str) {
        self.servers.lock().unwrap()[number] = address.to_owned();
    }
}

fn carry(client: &TcpStream, servers: &Mutex<Vec<String>>, turn: &AtomicUsize) {
    let all = servers.lock().unwrap().clone();
    let first = turn.fetch_add(1, Ordering::Relaxed);
    let taken = (0..all.len()).find_map(|n| {
        let address = all[(first + n) % all.len()].parse().unwrap();
        TcpStream::connect_timeout(&address, PATIENCE).ok()
    });
    let Some(server) = taken else { return };
    std::thread::scope(|scope| {
        scope.spawn(|| copy(client, &server));
        copy(&server, client);
    });
}

/// Carries words one way, and ends both ways with it.
fn copy(mut from: &TcpStream, mut to: &TcpStream) {
    let mut words = [0; 16_384];
    let mut carried = || -> io::Result<bool> {
        let count = from.read(&mut words)?;
        to.write_all(&words[..count])?;
        Ok(count > 0)
    };
    while carried().unwrap_or(false) {}
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
