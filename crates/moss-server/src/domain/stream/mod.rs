//! What happens, told to those who listen, as it is committed: one reader of the events for all of
//! them, while there are any.

mod cursor;
mod happened;
mod places;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, broadcast, watch};
use tokio::time::sleep;

use crate::domain::Error;
use crate::domain::queries::Db;
use crate::domain::stream::places::Places;
use crate::store::events;

pub use cursor::Cursor;
pub use happened::Happened;
pub use places::Place;

/// How often is looked for what other servers have committed, and for what is late.
const LOOK: Duration = Duration::from_millis(40);
/// An event whose number was passed over is looked for so long: no transaction lasts longer.
const LATE: Duration = Duration::from_secs(30);
/// Events read at once.
const PART: u64 = 500;
/// What a listener may be behind; who is slower is cut off, and comes again where it was.
const BEHIND: usize = 1_024;
/// So many numbers before the last are looked at when the first listener comes.
const LAST: u64 = 64;
/// After a read that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// An event, and how far whoever hears it has heard then.
pub type News = (Arc<Happened>, Arc<str>);

/// The reader of the events.
pub struct Tail {
    db: Db,
    is_shared: bool,
    state: Mutex<State>,
    ended: watch::Sender<bool>,
    places: Places,
}

#[derive(Default)]
struct State {
    cursor: Cursor,
    /// Since when each of the missing ones is.
    missed: BTreeMap<i64, Instant>,
    /// There while somebody reads.
    news: Option<broadcast::Sender<News>>,
}

/// A listener: what is yet to come, and all that has come before.
pub struct Heard {
    /// What comes.
    pub news: broadcast::Receiver<News>,
    /// What has come.
    pub until: Cursor,
}

impl Tail {
    /// Of the events in a database; `is_shared` when other servers write them, too.
    pub fn new(db: Db, is_shared: bool) -> Self {
        let (ended, places) = (watch::Sender::new(false), Places::default());
        Self { db, is_shared, state: Mutex::default(), ended, places }
    }

    /// Begins to listen; none when the server stops. `commits` tells of this server's.
    pub async fn listen(
        self: &Arc<Self>,
        commits: watch::Receiver<()>,
    ) -> Result<Option<Heard>, Error> {
        let mut state = self.state.lock().await;
        if *self.ended.borrow() {
            return Ok(None);
        }
        if let Some(sender) = &state.news {
            return Ok(Some(Heard { news: sender.subscribe(), until: state.cursor.clone() }));
        }
        let mut cursor = Cursor::default();
        let last = events::last(&self.db, LAST).await?;
        for (place, event) in last.iter().rev().enumerate() {
            // What stands before the first of them is long over.
            cursor.seq = if place == 0 { event.seq - 1 } else { cursor.seq };
            cursor.hear(event.seq);
        }
        let now = Instant::now();
        let missed = cursor.missing.iter().map(|seq| (*seq, now)).collect();
        let (sender, news) = broadcast::channel(BEHIND);
        *state = State { cursor: cursor.clone(), missed, news: Some(sender) };
        tokio::spawn(self.clone().follow(commits));
        Ok(Some(Heard { news, until: cursor }))
    }

    /// A place for one more stream of an agent; none when there are too many.
    pub fn place_of(&self, agent: &str) -> Option<Place> {
        self.places.take(agent)
    }

    /// Ends every stream, and begins none any more.
    pub fn end(&self) {
        self.ended.send_replace(true);
    }

    /// The events after `heard` that `until` covers: the next part of them, and how far they go.
    /// None when these were all.
    pub async fn missed(
        &self,
        heard: &mut Cursor,
        until: &Cursor,
    ) -> Result<Option<Vec<News>>, Error> {
        let mut rows = Vec::new();
        if !heard.missing.is_empty() {
            rows = events::at(&self.db, heard.missing.iter().copied()).await?;
        }
        rows.extend(events::between(&self.db, heard.seq, until.seq, PART).await?);
        // What was not there when the listener came is told as it comes.
        rows.retain(|event| until.covers(event.seq));
        if rows.is_empty() {
            return Ok(None);
        }
        let news = happened::gather(&self.db, rows).await?.into_iter().map(|event| {
            heard.hear(event.seq());
            (Arc::new(event), heard.to_string().into())
        });
        Ok(Some(news.collect()))
    }

    /// Whether this is of a time that has not been: the database is an older one.
    pub async fn is_ahead(&self, heard: &Cursor) -> Result<bool, Error> {
        let last = events::last(&self.db, 1).await?;
        Ok(last.first().is_none_or(|event| event.seq < heard.seq))
    }

    /// Reads for as long as anybody listens.
    async fn follow(self: Arc<Self>, mut commits: watch::Receiver<()>) {
        let mut ended = self.ended.subscribe();
        commits.mark_changed();
        loop {
            let looks = self.is_shared || !self.state.lock().await.missed.is_empty();
            let is_over = tokio::select! {
                _ = ended.wait_for(|ended| *ended) => true,
                committed = commits.changed() => committed.is_err(),
                () = sleep(LOOK), if looks => false,
            };
            let mut state = self.state.lock().await;
            let is_alone = state.news.as_ref().is_none_or(|news| news.receiver_count() == 0);
            if is_over || is_alone {
                *state = State::default();
                return;
            }
            if let Err(error) = self.read_on(&mut state).await {
                drop(state);
                tracing::warn!(?error, "events cannot be read");
                sleep(PAUSE).await;
                commits.mark_changed();
            }
        }
    }

    /// Tells what has come.
    async fn read_on(&self, state: &mut State) -> Result<(), Error> {
        let now = Instant::now();
        state.missed.retain(|_, since| now.duration_since(*since) < LATE);
        state.cursor.missing = state.missed.keys().copied().collect();
        loop {
            let mut rows = Vec::new();
            if !state.missed.is_empty() {
                rows = events::at(&self.db, state.missed.keys().copied()).await?;
            }
            let part = events::between(&self.db, state.cursor.seq, i64::MAX, PART).await?;
            let is_all = (part.len() as u64) < PART;
            rows.extend(part);
            for event in happened::gather(&self.db, rows).await? {
                state.cursor.hear(event.seq());
                let id = state.cursor.to_string().into();
                if let Some(news) = &state.news {
                    let _ = news.send((Arc::new(event), id));
                }
            }
            let State { cursor, missed, .. } = state;
            missed.retain(|seq, _| cursor.missing.contains(seq));
            for seq in &cursor.missing {
                missed.entry(*seq).or_insert(now);
            }
            if is_all {
                return Ok(());
            }
        }
    }
}
