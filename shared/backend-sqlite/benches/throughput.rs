//! How much the backend does in a second, on the disk of the temporary folder (`TMPDIR` names another).
//!
//! `cargo bench -p backend-sqlite`

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a tool for people")]

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use backend::{Committed, LabelStore as _, OrderFilter, OrderStore as _, Queues as _};
use backend_contract::samples::{change, order};
use backend_sqlite::SqliteBackend;
use domain::LabelDocument;
use domain::message::Queue::OrderChanges;
use system::{Clock as _, SystemClock};

const RUN: Duration = Duration::from_secs(3);
const VISIBILITY: Duration = Duration::from_secs(600);

fn main() {
    let folder = std::env::temp_dir().join(format!("punctual-bench-{}", std::process::id()));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    println!("{:<34}{:>8}{:>12}{:>12}{:>12}", "", "callers", "a second", "p50 ms", "p99 ms");
    for callers in [1, 16, 64] {
        let backend = SqliteBackend::open(&folder, Arc::new(SystemClock)).unwrap();
        runtime.block_on(all(&backend, callers));
        drop(backend);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

async fn all(backend: &SqliteBackend, callers: u64) {
    run("commit of a new order", callers, |n| {
        let backend = backend.clone();
        async move {
            let record = order("shop-1", &n.to_string(), SystemClock.now());
            assert_eq!(backend.commit_order(&record, 0).await.unwrap(), Committed::Stored(1));
        }
    })
    .await;
    run("load and commit of an order", callers, |n| {
        let backend = backend.clone();
        async move {
            let key = order("shop-1", &(n % 500).to_string(), SystemClock.now()).key();
            let loaded = backend.load_order(&key).await.unwrap().unwrap();
            backend.commit_order(&loaded.value, loaded.version).await.unwrap();
        }
    })
    .await;
    run("load of an order", callers, |n| {
        let backend = backend.clone();
        async move {
            let key = order("shop-1", &(n % 500).to_string(), SystemClock.now()).key();
            backend.load_order(&key).await.unwrap().unwrap();
        }
    })
    .await;
    run("send, receive, ack", callers, |n| {
        let backend = backend.clone();
        async move {
            backend.send(&change(&n.to_string()), Duration::ZERO).await.unwrap();
            for received in
                backend.receive(OrderChanges, 1, VISIBILITY, Duration::from_secs(5)).await.unwrap()
            {
                backend.ack(OrderChanges, &received.receipt).await.unwrap();
            }
        }
    })
    .await;
    run("label of 30 kB", callers, |n| {
        let backend = backend.clone();
        async move {
            let file = LabelDocument { bytes: vec![7; 30_000], content_type: "application/pdf".into() };
            backend.put_label(&n.to_string(), &file).await.unwrap();
        }
    })
    .await;
    run("page of 50 orders in a stage", callers, |_| {
        let backend = backend.clone();
        async move {
            let filter = OrderFilter { stage: Some("ready"), ..OrderFilter::default() };
            assert_eq!(backend.list_orders(&filter, None, 50).await.unwrap().orders.len(), 50);
        }
    })
    .await;
}

/// Runs `work` by `callers` at once and prints how often it was done.
async fn run<F: Future<Output = ()> + Send + 'static>(what: &str, callers: u64, work: impl Fn(u64) -> F) {
    let work = Arc::new(work);
    let next = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let lanes = (0..callers).map(|_| {
        let (work, next) = (Arc::clone(&work), Arc::clone(&next));
        async move {
            let mut took = Vec::new();
            while begun.elapsed() < RUN {
                let start = Instant::now();
                // A task of its own, so that the callers run on all threads.
                tokio::spawn(work(next.fetch_add(1, Ordering::Relaxed))).await.unwrap();
                took.push(start.elapsed());
            }
            took
        }
    });
    let mut took = futures_util::future::join_all(lanes).await.concat();
    took.sort_unstable();
    let rate = took.len() as f64 / begun.elapsed().as_secs_f64();
    let ms = |share: f64| took[((took.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!("{what:<34}{callers:>8}{rate:>12.0}{:>12.2}{:>12.2}", ms(0.5), ms(0.99));
}
