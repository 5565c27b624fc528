//! `bare-get HOST:PORT PATH`: one GET with the agent key in `MOSS_API_KEY`, the body on stdout,
//! nothing else. The reference that a whole `moss wake` is held against.

use std::io::{Error, Read, Result, Write};
use std::net::TcpStream;

use bench_tools::{Answer, request};

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let (Some(address), Some(path)) = (args.next(), args.next()) else {
        return Err(Error::other("usage: bare-get HOST:PORT PATH"));
    };
    let key = std::env::var("MOSS_API_KEY").map_err(Error::other)?;
    let mut stream = TcpStream::connect(address)?;
    let get = request("GET", &path, &key, "Connection: close\r\n", "");
    stream.write_all(get.as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    match Answer::parse(&bytes)? {
        Some(Answer { status: 200, body, end }) => std::io::stdout().write_all(&bytes[body..end]),
        other => Err(Error::other(format!("unexpected answer: {other:?}"))),
    }
}
