//! A connection that gives up on whoever does not take what is sent to them.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// A connection not a byte of an answer fits into for this long is closed.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is written at once has this long to go out as a whole: an answer, or a piece of a download.
const WHOLE: Duration = Duration::from_secs(60);

/// A stream whose writes fail once they have made no progress for 30 seconds, or have not been
/// flushed for 60. Reads are as patient as the stream.
#[derive(Debug)]
pub struct Unstalled<S> {
    stream: S,
    stalled: Option<Pin<Box<Sleep>>>,
    /// Since a write had to wait, until all is flushed.
    unfinished: Option<Pin<Box<Sleep>>>,
}

impl<S> Unstalled<S> {
    /// Around a stream.
    pub fn new(stream: S) -> Self {
        Self { stream, stalled: None, unfinished: None }
    }

    fn judge<T>(&mut self, cx: &mut Context<'_>, write: Poll<T>) -> Poll<io::Result<T>> {
        if let Poll::Ready(done) = write {
            self.stalled = None;
            return Poll::Ready(Ok(done));
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(PATIENCE)));
        let unfinished = self.unfinished.get_or_insert_with(|| Box::pin(sleep(WHOLE)));
        if stalled.as_mut().poll(cx).is_pending() {
            ready!(unfinished.as_mut().poll(cx));
        }
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Unstalled<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Unstalled<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let write = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.judge(cx, write).map(Result::flatten)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let write = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.judge(cx, write).map(Result::flatten)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flush = Pin::new(&mut self.stream).poll_flush(cx);
        if flush.is_ready() {
            self.unfinished = None;
        }
        self.judge(cx, flush).map(Result::flatten)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shutdown = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.judge(cx, shutdown).map(Result::flatten)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_given_up_on() {
        let (near, far) = tokio::io::duplex(4);
        let error = Unstalled::new(near).write_all(b"12345").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(far);
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_a_little_at_a_time_is_waited_for() {
        let (near, mut far) = tokio::io::duplex(1);
        let reader = tokio::spawn(async move {
            for _ in 0..10 {
                sleep(PATIENCE - Duration::from_secs(1)).await;
                far.read_u8().await.unwrap();
            }
        });
        let mut near = Unstalled::new(near);
        for piece in b"0123456789" {
            near.write_all(&[*piece]).await.unwrap();
            near.flush().await.unwrap();
        }
        reader.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_taken_byte_by_byte_has_an_end() {
        let (near, mut far) = tokio::io::duplex(1);
        let reader = tokio::spawn(async move {
            while far.read_u8().await.is_ok() {
                sleep(Duration::from_secs(1)).await;
            }
        });
        let begun = tokio::time::Instant::now();
        let error = Unstalled::new(near).write_all(&[0; 1_000]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(begun.elapsed() < WHOLE + Duration::from_secs(2), "{:?}", begun.elapsed());
        reader.await.unwrap();
    }
}
