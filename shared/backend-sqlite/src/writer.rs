//! The one thread that changes the database, and its group commit.
//!
//! It takes all waiting requests, runs each in a savepoint of its own inside one transaction, commits once and then answers
//! all of them: however many callers there are, they share one `fsync`. While it commits, the next group gathers.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use backend::BackendError;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::error::SqlFault;
use crate::schema;

/// The most requests in one transaction: bounds what one failed commit takes with it.
const GROUP_MAX: usize = 256;
/// The most requests in the channel; further callers wait to enter it.
const WAITING_MAX: usize = 1024;

/// A handle to the thread. Dropping it waits until all requests are done.
pub(crate) struct WriterThread {
    sender: Option<mpsc::Sender<Box<dyn WriteJob>>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, thiserror::Error)]
#[error("the thread that writes the database has stopped")]
struct WriterStopped;

impl WriterThread {
    /// Starts the thread, which owns `db` until it ends.
    pub(crate) fn start(db: Connection) -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let thread =
            thread::Builder::new().name("sqlite-writer".into()).spawn(move || serve(&db, receiver))?;
        Ok(Self { sender: Some(sender), thread: Some(thread) })
    }

    /// Runs `work` in a transaction and returns when it is durable; an error undoes all of `work` and nothing else.
    ///
    /// `then` runs after the commit even when the caller has gone by then, so it is the place to wake others.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, SqlFault> + Send + 'static,
        then: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T, BackendError> {
        let (reply, answer) = oneshot::channel();
        let request = WriteRequest { work: Some(work), then, result: None, reply };
        let sender = self.sender.as_ref().ok_or_else(|| BackendError::unavailable(WriterStopped))?;
        sender.send(Box::new(request)).await.map_err(|_| BackendError::unavailable(WriterStopped))?;
        answer.await.map_err(|_| BackendError::unavailable(WriterStopped))?
    }
}

impl Drop for WriterThread {
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            // This fails only if the thread panicked, and the panic has been printed.
            let _ = thread.join();
        }
    }
}

fn serve(db: &Connection, mut requests: mpsc::Receiver<Box<dyn WriteJob>>) {
    let mut group = Vec::with_capacity(GROUP_MAX);
    while requests.blocking_recv_many(&mut group, GROUP_MAX) > 0 {
        let committed = commit(db, &mut group).map_err(Arc::new);
        if committed.is_err() && !db.is_autocommit() {
            // Should this fail too, the next BEGIN fails, and its group gets the error.
            let _ = db.execute_batch("ROLLBACK");
        }
        for job in group.drain(..) {
            job.answer(committed.as_ref());
        }
    }
    // The last connection to close empties the WAL. In case a read is still under way, it is done here as well.
    if let Err(error) = schema::empty_wal(db) {
        tracing::warn!(%error, "the WAL could not be truncated");
    }
}

/// Some errors (a full disk) make SQLite undo the whole transaction; then the next statement fails here.
fn commit(db: &Connection, group: &mut [Box<dyn WriteJob>]) -> rusqlite::Result<()> {
    execute(db, "BEGIN IMMEDIATE")?;
    for job in group {
        execute(db, "SAVEPOINT request")?;
        if !job.run(db) {
            execute(db, "ROLLBACK TO request")?;
        }
        execute(db, "RELEASE request")?;
    }
    execute(db, "COMMIT")
}

fn execute(db: &Connection, sql: &str) -> rusqlite::Result<()> {
    db.prepare_cached(sql)?.execute([]).map(|_| ())
}

/// A request, whatever the type of its result.
trait WriteJob: Send {
    /// Does the work; false when it must be undone.
    fn run(&mut self, db: &Connection) -> bool;
    /// Sends the result to the caller.
    fn answer(self: Box<Self>, committed: Result<&(), &Arc<rusqlite::Error>>);
}

struct WriteRequest<T, W, A> {
    work: Option<W>,
    then: A,
    result: Option<Result<T, SqlFault>>,
    reply: oneshot::Sender<Result<T, BackendError>>,
}

impl<T, W, A> WriteJob for WriteRequest<T, W, A>
where
    T: Send,
    W: FnOnce(&Connection) -> Result<T, SqlFault> + Send,
    A: FnOnce(&T) + Send,
{
    fn run(&mut self, db: &Connection) -> bool {
        // A caller that has gone before the work began was promised nothing: the work is skipped.
        let work = self.work.take().filter(|_| !self.reply.is_closed());
        self.result = work.map(|work| work(db));
        !matches!(self.result, Some(Err(_)))
    }

    fn answer(self: Box<Self>, committed: Result<&(), &Arc<rusqlite::Error>>) {
        let answer = match (committed, self.result) {
            (Ok(()), Some(Ok(value))) => {
                (self.then)(&value);
                Ok(value)
            }
            (_, Some(Err(fault))) => Err(fault.into()),
            (Err(error), _) => Err(BackendError::unavailable(Arc::clone(error))),
            (Ok(()), None) => return,
        };
        // The caller may have gone meanwhile; what was committed stays.
        let _ = self.reply.send(answer);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use rusqlite::Connection;
    use tokio::sync::oneshot;
    use tokio::task::JoinSet;

    use super::WriterThread;
    use crate::error::SqlFault;

    fn writer() -> WriterThread {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(
            "PRAGMA foreign_keys = ON;
             CREATE TABLE n (n INTEGER PRIMARY KEY, up INTEGER REFERENCES n DEFERRABLE INITIALLY DEFERRED);",
        )
        .unwrap();
        WriterThread::start(db).unwrap()
    }

    async fn count(writer: &WriterThread) -> i64 {
        let count = |db: &Connection| Ok(db.query_row("SELECT count(*) FROM n", [], |row| row.get(0))?);
        writer.write(count, |_| ()).await.unwrap()
    }

    fn insert(db: &Connection, n: i64, up: Option<i64>) -> Result<(), SqlFault> {
        db.execute("INSERT INTO n VALUES (?1, ?2)", rusqlite::params![n, up])?;
        Ok(())
    }

    /// Runs `work` for 0 to 19 in one group, and returns which succeeded.
    async fn group(
        writer: &WriterThread,
        work: impl Fn(&Connection, i64) -> Result<(), SqlFault> + Copy + Send + 'static,
    ) -> Vec<bool> {
        let (go, wait) = mpsc::channel::<()>();
        let (begin, begun) = oneshot::channel();
        let hold = writer.write(move |_| Ok(begin.send(()).is_ok() && wait.recv().is_err()), |_| ());
        let rest = async {
            begun.await.unwrap();
            let rest = (0..20).map(|n| writer.write(move |db| work(db, n), |()| ()));
            let start = async {
                tokio::task::yield_now().await;
                drop(go);
            };
            tokio::join!(futures_util::future::join_all(rest), start).0
        };
        let (_, results) = tokio::join!(hold, rest);
        results.iter().map(Result::is_ok).collect()
    }

    #[tokio::test]
    async fn a_failure_undoes_its_own_request_only() {
        let writer = writer();
        let results = group(&writer, |db, n| {
            insert(db, n, None)?;
            // Fails after its first change: the key is taken.
            if n % 2 == 1 { insert(db, n, None) } else { Ok(()) }
        });
        let results = results.await;
        assert!(results.iter().enumerate().all(|(n, ok)| *ok == (n % 2 == 0)), "{results:?}");
        assert_eq!(count(&writer).await, 10);
    }

    #[tokio::test]
    async fn a_failed_commit_fails_all_its_requests_and_leaves_nothing() {
        let writer = writer();
        // A dangling reference is found at the commit.
        let results = group(&writer, |db, n| insert(db, n, (n == 7).then_some(99))).await;
        assert!(results.iter().all(|ok| !ok), "{results:?}");
        assert_eq!(count(&writer).await, 0);
        let results = group(&writer, |db, n| insert(db, n, None)).await;
        assert!(results.iter().all(|ok| *ok), "the next group goes well: {results:?}");
    }

    #[tokio::test]
    async fn pending_requests_are_done_before_the_writer_stops() {
        let writer = std::sync::Arc::new(writer());
        let mut tasks = JoinSet::new();
        for n in 0..50 {
            let writer = writer.clone();
            tasks.spawn(async move { writer.write(move |db| insert(db, n, None), |()| ()).await.unwrap() });
        }
        drop(writer);
        assert_eq!(tasks.join_all().await.len(), 50);
    }
}
