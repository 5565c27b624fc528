use std::io::{BufRead, BufReader};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::thread::{self, JoinHandle};

use proptest::prelude::*;

pub use super::wire::messages::{A_RETURN, A_SIGNAL, AN_ERROR, message};
use super::*;

const WELCOME: &[u8] = b"DATA\r\nOK 0123456789abcdef\r\n";
const SOON: Duration = Duration::from_millis(300);
/// Nothing that keeps to its time takes this long, however busy the machine.
const MUCH_LATER: Duration = Duration::from_secs(10);

/// A socket, and what sits at its other end.
fn other_end(does: impl FnOnce(UnixStream) + Send + 'static) -> (Timed, JoinHandle<()>) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let socket = Socket::from(OwnedFd::from(ours));
    let other = thread::spawn(move || does(theirs));
    (Timed { socket, until: Instant::now() + SOON }, other)
}

/// A socket at whose other end a bus says this, whatever it hears, and then hangs up.
fn that_says(bytes: &[u8]) -> Timed {
    let bytes = bytes.to_vec();
    let (mut timed, _) = other_end(move |mut bus| {
        let _ = bus.write_all(&bytes);
        let _ = bus.shutdown(std::net::Shutdown::Write);
        let _ = io::copy(&mut bus, &mut io::sink());
    });
    timed.until = Instant::now() + MUCH_LATER;
    timed
}

/// How it goes with such a bus.
fn with_bus_that_says(bytes: &[u8]) -> Result<()> {
    Bus::greet(that_says(bytes)).map(drop)
}

/// A bus on which these are the messages after the greeting, which was call number 1.
pub fn bus_that_says(messages: &[Vec<u8>]) -> Bus {
    Bus::greet(that_says(&[WELCOME, &hello(), &messages.concat()].concat())).unwrap()
}

/// That time runs out, and no later than it should.
fn runs_out(does: impl FnOnce(UnixStream) + Send + 'static) {
    let (timed, other) = other_end(does);
    let started = Instant::now();
    assert_eq!(Bus::greet(timed).err(), Some(Trouble::Late));
    assert!((SOON..MUCH_LATER).contains(&started.elapsed()), "{:?}", started.elapsed());
    other.join().unwrap();
}

fn hello() -> Vec<u8> {
    message(A_RETURN, 1, "", "s", |body| body.string(":1.5"))
}

#[test]
fn says_who_we_are_and_asks() {
    let (mut timed, other) = other_end(|mut bus| {
        let mut heard = BufReader::new(bus.try_clone().unwrap());
        let mut line = |expected: &str| {
            let mut line = String::new();
            heard.read_line(&mut line).unwrap();
            assert_eq!(line, expected);
        };
        line("\0AUTH EXTERNAL\r\n");
        line("DATA\r\n");
        bus.write_all(WELCOME).unwrap();
        line("BEGIN\r\n");
        bus.write_all(&hello()).unwrap();
        // A signal, an answer to somebody else, and ours.
        bus.write_all(&message(A_SIGNAL, 0, "", "s", |body| body.string("x"))).unwrap();
        bus.write_all(&message(A_RETURN, 77, "", "s", |body| body.string("no"))).unwrap();
        bus.write_all(&message(A_RETURN, 2, "", "s", |body| body.string("yes"))).unwrap();
        bus.write_all(&message(AN_ERROR, 3, "a.b.C", "s", |body| body.string("long"))).unwrap();
        let _ = io::copy(&mut heard, &mut io::sink());
    });
    let call = || {
        let to =
            Call { destination: "a.b", path: "/", interface: "c.d", member: "E", signature: "" };
        Writer::new(to)
    };
    timed.until = Instant::now() + MUCH_LATER;
    let mut bus = Bus::greet(timed).unwrap();
    assert_eq!(bus.ask(call()).unwrap().body("s").unwrap().string(), Ok("yes"));
    assert_eq!(bus.ask(call()).err(), Some(Trouble::Error("a.b.C".to_owned())));
    drop(bus);
    other.join().unwrap();
}

#[test]
fn a_silent_bus_is_late() {
    runs_out(|mut bus| drop(io::copy(&mut bus, &mut io::sink())));
}

#[test]
fn a_bus_that_trickles_is_late() {
    runs_out(|mut bus| {
        while bus.write_all(b"O").is_ok() {
            thread::sleep(Duration::from_millis(10));
        }
    });
}

#[test]
fn a_bus_that_sends_signals_without_end_is_late() {
    runs_out(|mut bus| {
        let signal = message(A_SIGNAL, 0, "", "s", |body| body.string("x"));
        let _ = bus.write_all(WELCOME);
        while bus.write_all(&signal).is_ok() {}
    });
}

#[test]
fn a_bus_that_does_not_read_is_late() {
    let (mut timed, other) = other_end(|bus| {
        thread::sleep(2 * SOON);
        drop(bus);
    });
    timed.socket.set_send_buffer_size(1).unwrap();
    let started = Instant::now();
    let error = Trouble::from(timed.write_all(&[0; 1 << 20]).unwrap_err());
    assert_eq!(error, Trouble::Late);
    assert!(started.elapsed() < MUCH_LATER);
    other.join().unwrap();
}

#[test]
fn a_bus_that_takes_no_more_callers_is_late() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bus");
    let busy = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    busy.bind(&SockAddr::unix(&path).unwrap()).unwrap();
    busy.listen(0).unwrap();
    let _queued = UnixStream::connect(&path).unwrap();
    let started = Instant::now();
    assert_eq!(Timed::connect(&path, started + SOON).err(), Some(Trouble::Late));
    assert!((SOON..MUCH_LATER).contains(&started.elapsed()), "{:?}", started.elapsed());
}

#[test]
fn what_is_no_bus_is_told_apart() {
    assert_eq!(with_bus_that_says(b""), Err(Trouble::Closed));
    assert_eq!(with_bus_that_says(WELCOME), Err(Trouble::Closed));
    assert_eq!(with_bus_that_says(b"REJECTED EXTERNAL\r\n"), Err(Trouble::Refused));
    assert_eq!(with_bus_that_says(b"DATA\r\nREJECTED\r\n"), Err(Trouble::Refused));
    assert_eq!(with_bus_that_says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Err(Trouble::Garbage));
    assert_eq!(with_bus_that_says(&[b'D'; 1 << 16]), Err(Trouble::Garbage));
    let huge = [WELCOME, b"l\x02\0\x01\xff\xff\xff\xff\x01\0\0\0\xff\xff\xff\xff"].concat();
    assert_eq!(with_bus_that_says(&huge), Err(Trouble::Garbage));
    assert_eq!(with_bus_that_says(&[WELCOME, &hello()].concat()), Ok(()));
    let nowhere = Timed::connect(Path::new("/nonexistent/bus"), Instant::now() + SOON);
    assert_eq!(nowhere.err(), Some(Trouble::NoBus));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bus_makes_it_panic_or_wait(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(with_bus_that_says(&[WELCOME, b"l\x02\0\x01", &bytes].concat()).is_err());
        prop_assert!(with_bus_that_says(&bytes).is_err());
    }
}
