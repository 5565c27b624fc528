//! A small load balancer: each connection goes to the next server that takes it. Whoever was
//! connected to one that died is hung up on, and finds another. A trap tells when it is time to die.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long a server is waited for that does not take a connection.
const PATIENCE: Duration = Duration::from_millis(500);

pub struct Balancer {
    address: String,
    state: Arc<Mutex<State>>,
}

struct State {
    servers: Vec<String>,
    /// Which of them is tried first for the next connection.
    turn: usize,
    trap: Option<Trap>,
}

/// Waits for the next write of anybody.
struct Trap {
    moment: Moment,
    sprung: Sender<usize>,
}

/// Where a write is when its server is to die.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// It has not reached the server.
    Before,
    /// The server is at it.
    Meanwhile,
    /// It was answered, and the answer is lost.
    After,
}

impl Balancer {
    /// Before these addresses.
    pub fn before(servers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = Arc::new(Mutex::new(State { servers, turn: 0, trap: None }));
        let known = state.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let known = known.clone();
                std::thread::spawn(move || carry(&client, &known));
            }
        });
        Self { address, state }
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A server has come back under another address.
    pub fn replace(&self, number: usize, address: &str) {
        self.state.lock().unwrap().servers[number] = address.to_owned();
    }

    /// Tells the number of the server that has the next write, when that has come so far. Its client
    /// hears nothing more of it until the server dies.
    pub fn trap(&self, moment: Moment) -> Receiver<usize> {
        let (sprung, receiver) = mpsc::channel();
        self.state.lock().unwrap().trap = Some(Trap { moment, sprung });
        receiver
    }
}

/// A connection of a client to a server.
struct Connection<'a> {
    client: &'a TcpStream,
    server: TcpStream,
    number: usize,
    /// Who is to be told of an answer, and is so in place of the client.
    awaited: Mutex<Option<Sender<usize>>>,
}

fn carry(client: &TcpStream, state: &Mutex<State>) {
    let (all, first) = {
        let mut state = state.lock().unwrap();
        state.turn += 1;
        (state.servers.clone(), state.turn)
    };
    let taken = (0..all.len()).find_map(|n| {
        let number = (first + n) % all.len();
        let address = all[number].parse().unwrap();
        Some((number, TcpStream::connect_timeout(&address, PATIENCE).ok()?))
    });
    let Some((number, server)) = taken else { return };
    let connection = Connection { client, server, number, awaited: Mutex::default() };
    std::thread::scope(|scope| {
        scope.spawn(|| copy(client, &connection.server, |words| connection.asks(words, state)));
        copy(&connection.server, client, |words| connection.answers(words));
    });
}

impl Connection<'_> {
    /// Passes words to the server.
    fn asks(&self, words: &[u8], state: &Mutex<State>) -> io::Result<()> {
        let is_write = words.starts_with(b"POST ");
        let trap = is_write.then(|| state.lock().unwrap().trap.take()).flatten();
        let mut server = &self.server;
        let Some(Trap { moment, sprung }) = trap else { return server.write_all(words) };
        match moment {
            Moment::Before => {}
            Moment::Meanwhile => server.write_all(words)?,
            Moment::After => {
                *self.awaited.lock().unwrap() = Some(sprung);
                return server.write_all(words);
            }
        }
        let _ = sprung.send(self.number);
        Ok(())
    }

    /// Passes words to the client, unless a trap waits for them.
    fn answers(&self, words: &[u8]) -> io::Result<()> {
        let mut client = self.client;
        match &*self.awaited.lock().unwrap() {
            None => client.write_all(words),
            Some(sprung) => {
                let _ = sprung.send(self.number);
                Ok(())
            }
        }
    }
}

/// Carries words one way, and ends both ways with it.
fn copy(mut from: &TcpStream, to: &TcpStream, pass: impl Fn(&[u8]) -> io::Result<()>) {
    let mut words = [0; 16_384];
    let mut carried = || -> io::Result<bool> {
        let count = from.read(&mut words)?;
        pass(&words[..count])?;
        Ok(count > 0)
    };
    while carried().unwrap_or(false) {}
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
