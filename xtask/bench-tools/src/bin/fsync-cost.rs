//! `fsync-cost FOLDER`: the median microseconds that writing 4 KiB and one fsync take there.

use std::fs::File;
use std::io::{Error, Result, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Instant;

const TIMES: usize = 101;

fn main() -> Result<()> {
    let folder =
        std::env::args_os().nth(1).ok_or_else(|| Error::other("usage: fsync-cost FOLDER"))?;
    let path = Path::new(&folder).join("fsync-cost.tmp");
    let mut file = File::create(&path)?;
    let page = [7; 4096];
    let mut took = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let started = Instant::now();
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&page)?;
        file.sync_all()?;
        took.push(started.elapsed().as_micros());
    }
    std::fs::remove_file(&path)?;
    took.sort_unstable();
    println!("{}", took[TIMES / 2]);
    Ok(())
}
