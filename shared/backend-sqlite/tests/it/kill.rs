//! What was answered survives `kill -9` at any moment.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crate::support::TempFolder;
use backend::{Committed, OrderStore as _, Queues as _};
use backend_contract::samples::{at, change, key, order, rate_request};
use backend_sqlite::SqliteBackend;
use domain::Private;
use domain::message::Queue::{OrderChanges, RateRequests};
use system::{SecretStore as _, SystemClock};

const FOLDER: &str = "PUNCTUAL_TEST_KILL_FOLDER";
const ROUND: &str = "PUNCTUAL_TEST_KILL_ROUND";
const ROUNDS: u64 = 10;
const TASKS: u64 = 6;
const LONG: Duration = Duration::from_secs(600);

/// What the child was answered, as far as it could say so.
#[derive(Default)]
struct Answered {
    orders: HashMap<String, u64>,
    sent: Vec<String>,
    acknowledged: Vec<String>,
    secret: u64,
}

impl Answered {
    fn note(&mut self, line: &str) {
        let words: Vec<_> = line.split_whitespace().collect();
        match words[..] {
            ["order", id, version] => {
                self.orders.insert(id.to_owned(), version.parse().unwrap());
            }
            ["sent", id] => self.sent.push(id.to_owned()),
            ["acknowledged", id] => self.acknowledged.push(id.to_owned()),
            ["secret", version] => self.secret = version.parse().unwrap(),
            // The test harness talks too.
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_survives_a_kill() {
    let folder = TempFolder::new();
    let mut random = fastrand::Rng::with_seed(20_260_301);
    let mut answered = Answered::default();
    for round in 0..ROUNDS {
        run_and_kill(&folder, round, Duration::from_millis(random.u64(30..350)), &mut answered);
        let backend = open(folder.path().to_owned());
        for (id, version) in &answered.orders {
            let stored =
                backend.load_order(&key("shop-1", id)).await.unwrap().expect("an answered order is there");
            assert!(stored.version >= *version, "order {id} was answered {version}, has {}", stored.version);
        }
        let secret = backend.load_secret("token").await.unwrap().map_or(0, |secret| secret.version);
        assert!(secret >= answered.secret, "the secret was answered {}, has {secret}", answered.secret);
        let kept = backend.depth(RateRequests).await.unwrap();
        assert!(
            kept >= answered.sent.len(),
            "{} messages were answered, {kept} are there",
            answered.sent.len()
        );
    }
    assert!(answered.orders.len() > 20 && answered.acknowledged.len() > 20, "the children did some work");

    let backend = open(folder.path().to_owned());
    let sent = drain(&backend, RateRequests).await;
    assert!(answered.sent.iter().all(|id| sent.contains(id)), "every message that was answered is there");
    let left = drain(&backend, OrderChanges).await;
    assert!(
        !answered.acknowledged.iter().any(|id| left.contains(id)),
        "what was acknowledged does not come back"
    );
    let db = rusqlite::Connection::open(folder.path().join("punctual.sqlite")).unwrap();
    let verdict: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
}

fn run_and_kill(folder: &TempFolder, round: u64, after: Duration, answered: &mut Answered) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::child", "--nocapture"])
        .env(FOLDER, folder.path())
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let reader = std::thread::spawn(move || {
        let mut all = Vec::new();
        let mut line = String::new();
        // A line without its end is cut off: it says nothing.
        while lines.read_line(&mut line).unwrap() > 0 && line.ends_with('\n') {
            all.push(std::mem::take(&mut line));
        }
        all
    });
    #[allow(clippy::disallowed_methods, reason = "the test waits for another process")]
    std::thread::sleep(after);
    assert!(child.try_wait().unwrap().is_none(), "the child works until it is killed");
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap().iter().for_each(|line| answered.note(line));
}

async fn drain(backend: &SqliteBackend, queue: domain::message::Queue) -> std::collections::HashSet<String> {
    let mut ids = std::collections::HashSet::new();
    loop {
        let received = backend.receive(queue, 1000, LONG, Duration::ZERO).await.unwrap();
        if received.is_empty() {
            break;
        }
        ids.extend(received.into_iter().map(|one| one.message.key().unwrap().order.as_str().to_owned()));
    }
    let dead = backend.dead_letters(usize::MAX).await.unwrap();
    ids.extend(dead.into_iter().map(|one| one.message.key().unwrap().order.as_str().to_owned()));
    ids
}

fn open(folder: PathBuf) -> SqliteBackend {
    SqliteBackend::open(&folder, Arc::new(SystemClock)).expect("the backend opens after a kill")
}

/// The child: works until it is killed. Run as an ordinary test it does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let round: u64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let backend = open(folder.into());
    let mut tasks: Vec<_> =
        (0..TASKS).map(|task| tokio::spawn(work(backend.clone(), round * TASKS + task))).collect();
    tasks.push(tokio::spawn(renew(backend)));
    // None of them ends by itself.
    futures_util::future::select_all(tasks).await.0.unwrap();
}

fn say(words: &str) {
    std::io::stdout().lock().write_all(format!("{words}\n").as_bytes()).unwrap();
}

/// Commits each order twice, sends a message that stays and one that is acknowledged.
async fn work(backend: SqliteBackend, task: u64) {
    for n in 0_u64.. {
        let id = format!("{task}-{n}");
        let mut record = order("shop-1", &id, at(0));
        for version in 0..2 {
            let committed = backend.commit_order(&record, version).await.unwrap();
            assert_eq!(committed, Committed::Stored(version + 1));
            say(&format!("order {id} {}", version + 1));
            record.synced_at = at(1);
        }
        backend.send(&rate_request(&id), Duration::ZERO).await.unwrap();
        say(&format!("sent {id}"));
        backend.send(&change(&id), Duration::ZERO).await.unwrap();
        for received in backend.receive(OrderChanges, 2, LONG, Duration::ZERO).await.unwrap() {
            backend.ack(OrderChanges, &received.receipt).await.unwrap();
            say(&format!("acknowledged {}", received.message.key().unwrap().order));
        }
    }
}

async fn renew(backend: SqliteBackend) {
    loop {
        let version = backend.load_secret("token").await.unwrap().map_or(0, |secret| secret.version);
        let replaced = backend.commit_secret("token", Private::from("token-1"), version).await.unwrap();
        let Committed::Stored(version) = replaced else { panic!("nobody else replaces it") };
        say(&format!("secret {version}"));
    }
}
