//! Works on a batch of records concurrently. One that fails or panics does not affect the others.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::{FutureExt as _, StreamExt as _, stream};

/// The outcome of the work on one record.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome<E> {
    Done,
    /// It failed and is to be delivered again.
    Failed(E),
    /// The step panicked, which is a defect. The record is to be delivered again, and becomes a dead letter in the end.
    Panicked,
}

/// Runs `step` on every record, at most `at_once` at a time, and returns the outcomes in the records' order.
pub async fn run<T, E, F>(records: Vec<T>, at_once: usize, step: impl Fn(T) -> F) -> Vec<Outcome<E>>
where
    F: Future<Output = Result<(), E>>,
{
    let outcome = |answer| match answer {
        Some(Ok(())) => Outcome::Done,
        Some(Err(error)) => Outcome::Failed(error),
        None => Outcome::Panicked,
    };
    answers(records, at_once, step).await.into_iter().map(outcome).collect()
}

/// Runs `step` on every record, at most `at_once` at a time, and returns the answers in the records' order; `None` for a record
/// on which it panicked.
pub async fn answers<T, A, F>(records: Vec<T>, at_once: usize, step: impl Fn(T) -> F) -> Vec<Option<A>>
where
    F: Future<Output = A>,
{
    let step = &step;
    let work = |(index, record)| async move { (index, catch(async { step(record).await }).await) };
    let records = stream::iter(records.into_iter().enumerate());
    let mut answers: Vec<_> = records.map(work).buffer_unordered(at_once.max(1)).collect().await;
    answers.sort_unstable_by_key(|(index, _)| *index);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// Runs `work`; `None` if it panicked.
pub async fn catch<T>(work: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(work).catch_unwind().await.ok()
}

#[cfg(test)]
mod tests {
    use super::{Outcome, catch, run};

    #[tokio::test]
    async fn a_panic_is_no_answer() {
        assert_eq!(catch(async { 1 }).await, Some(1));
        assert_eq!(catch(async { panic!("no answer") }).await, None::<u32>);
    }

    #[tokio::test]
    async fn one_panic_fails_one_record() {
        let step = |n: u32| async move {
            assert!(n != 3, "three");
            if n == 2 { Err("two") } else { Ok(()) }
        };
        let outcomes = run(vec![1, 2, 3, 4], 2, step).await;
        assert_eq!(outcomes, [Outcome::Done, Outcome::Failed("two"), Outcome::Panicked, Outcome::Done]);
    }
}
