//! `load HOST:PORT[,HOST:PORT…] KEYS CONNECTIONS PATHS PAUSE`: many callers, spread over the servers, each on a connection of its own,
//! each with its next request PAUSE milliseconds after its last answer. One thread, so that the
//! cores are left to the server.
//!
//! KEYS is a file of agent keys, one a line; caller n uses line n. PATHS is a file of paths to
//! POST to, or to GET where a line begins with that word, handed out in order to whoever is free;
//! when it runs out, or a caller is answered 204, that caller is done. Every POST carries an
//! idempotency key of its own, as `moss` sends one.
//!
//! Prints a line for each answer (status, microseconds, id in the body or `-`, the caller's
//! number), then `elapsed` and the microseconds from the first request to the last answer.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use bench_tools::{Answer, PATIENCE, request};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

/// One agent on its connection.
struct Caller {
    number: usize,
    stream: TcpStream,
    key: String,
    received: Vec<u8>,
    asked_at: Instant,
}

/// What is still to be asked, and what was answered.
struct Work<'a> {
    paths: std::str::Lines<'a>,
    run: u32,
    asked: usize,
    report: String,
}

fn main() -> Result<()> {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let [addresses, keys, connections, paths, pause] = args.as_slice() else {
        bail!("usage: load HOST:PORT[,HOST:PORT…] KEYS CONNECTIONS PATHS PAUSE");
    };
    let keys = std::fs::read_to_string(keys)?;
    let paths = std::fs::read_to_string(paths)?;
    let pause = Duration::from_millis(pause.parse()?);
    let mut poll = Poll::new()?;
    let servers = addresses.split(',').map(str::parse).collect::<Result<Vec<_>, _>>()?;
    let mut callers = connect(&poll, &servers, &keys, connections.parse()?)?;
    let mut work =
        Work { paths: paths.lines(), run: std::process::id(), asked: 0, report: String::new() };

    let started = Instant::now();
    // Who asks when, soonest first; spread over the first pause, so that they do not march in step.
    let mut turns: VecDeque<(Instant, usize)> = (0u32..)
        .zip(0..callers.len())
        .map(|(n, at)| (started + pause * n / u32::try_from(callers.len()).unwrap_or(1), at))
        .collect();
    let mut waiting = 0;
    let mut events = Events::with_capacity(256);
    loop {
        while let Some(&(due, at)) = turns.front()
            && due <= Instant::now()
        {
            turns.pop_front();
            waiting += usize::from(work.ask(&mut callers[at])?);
        }
        let until_next =
            turns.front().map(|(due, _)| due.saturating_duration_since(Instant::now()));
        if waiting == 0 && until_next.is_none() {
            break;
        }
        poll.poll(&mut events, Some(until_next.unwrap_or(PATIENCE)))?;
        ensure!(
            !events.is_empty() || until_next.is_some(),
            "no answer for {} s",
            PATIENCE.as_secs()
        );
        for event in &events {
            let Token(at) = event.token();
            match serve(&mut callers[at], &mut work)? {
                Served::NotYet => {}
                Served::Answered => {
                    waiting -= 1;
                    turns.push_back((Instant::now() + pause, at));
                }
                Served::Dismissed => waiting -= 1,
            }
        }
    }
    println!("{}elapsed\t{}", work.report, micros(started.elapsed()));
    Ok(())
}

/// What became of a caller whose connection had something to read.
enum Served {
    /// The answer is not whole yet.
    NotYet,
    /// It was answered and goes on.
    Answered,
    /// There is nothing left for it.
    Dismissed,
}

fn connect(poll: &Poll, servers: &[SocketAddr], keys: &str, count: usize) -> Result<Vec<Caller>> {
    let callers = keys.lines().take(count).enumerate().map(|(at, key)| {
        // Connected the plain way first: a socket that is still connecting cannot be written to.
        let stream = std::net::TcpStream::connect(servers[at % servers.len()])?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        poll.registry().register(&mut stream, Token(at), Interest::READABLE)?;
        let asked_at = Instant::now();
        Ok(Caller { number: at, stream, key: key.to_owned(), received: Vec::new(), asked_at })
    });
    let callers: Vec<_> = callers.collect::<Result<_>>()?;
    ensure!(callers.len() == count, "{} keys for {count} connections", callers.len());
    Ok(callers)
}

/// Reads what has come.
fn serve(caller: &mut Caller, work: &mut Work) -> Result<Served> {
    let mut chunk = [0; 16 * 1024];
    loop {
        match caller.stream.read(&mut chunk) {
            Ok(0) => bail!("the server closed a connection"),
            Ok(read) => caller.received.extend_from_slice(&chunk[..read]),
            Err(e) if e.kind() == ErrorKind::WouldBlock => break,
            Err(e) => return Err(e).context("reading an answer"),
        }
    }
    let Some(answer) = Answer::parse(&caller.received)? else { return Ok(Served::NotYet) };
    work.note(caller, answer);
    caller.received.clear();
    Ok(if answer.status == 204 { Served::Dismissed } else { Served::Answered })
}

impl Work<'_> {
    /// Sends the next request; `false` when there is none left.
    fn ask(&mut self, caller: &mut Caller) -> Result<bool> {
        let Some(path) = self.paths.next() else { return Ok(false) };
        self.asked += 1;
        let request = if let Some(path) = path.strip_prefix("GET ") {
            request("GET", path, &caller.key, "", "")
        } else {
            let once = format!("Idempotency-Key: load-{}-{}\r\n", self.run, self.asked);
            request("POST", path, &caller.key, &once, "{}")
        };
        caller.asked_at = Instant::now();
        // A request of a few hundred bytes into an empty socket buffer is taken whole.
        caller.stream.write_all(request.as_bytes()).context("sending a request")?;
        Ok(true)
    }

    fn note(&mut self, caller: &Caller, answer: Answer) {
        let took = micros(caller.asked_at.elapsed());
        let body = String::from_utf8_lossy(&caller.received[answer.body..answer.end]);
        let id = body.split_once("\"id\":\"").and_then(|(_, rest)| rest.get(..36)).unwrap_or("-");
        let _ = writeln!(self.report, "{}\t{took}\t{id}\t{}", answer.status, caller.number);
    }
}

fn micros(time: Duration) -> u128 {
    time.as_micros()
}
