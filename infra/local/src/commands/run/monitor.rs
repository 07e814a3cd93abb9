//! Counts the orders while the host runs, and sees when all of them are done.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use backend::{BackendError, OrderFilter, ShopList};
use domain::{OrderKey, Timestamp};
use jiff::SignedDuration;
use workflow::error_chain;

use super::progress::ProgressLine;
use crate::host::Host;
use crate::sandbox::Sandbox;
use crate::summary::{OrderOutcome, Summary, orders_of, outcome};

/// How often the orders are counted.
const COUNT_EVERY: Duration = Duration::from_millis(250);
/// However many orders there are, counting them takes at most one part in so many of the time.
const COUNT_SHARE: u32 = 20;
/// The pause after a count that failed.
const AFTER_FAILURE: Duration = Duration::from_secs(5);
/// A host that runs until it is interrupted counts the orders that it first saw within this time.
const COUNTED_FOR: SignedDuration = SignedDuration::from_hours(24);
/// The most dead letters that are counted.
const DEAD_LETTERS_MAX: usize = 1_000;

/// When a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndsWhen {
    /// All orders are done, or nothing has changed for this long.
    AllDone {
        stall_timeout: Duration,
    },
    Interrupted,
}

pub(super) struct Monitor<'a> {
    pub(super) host: &'a Host,
    pub(super) sandbox: Option<&'a Sandbox>,
    /// How many orders there will be, where that is known.
    pub(super) expected: Option<usize>,
    pub(super) started_at: Timestamp,
    pub(super) ends_when: EndsWhen,
}

/// The counts, and the orders of the sandbox that did not end as they should.
type OrderCounts = (Summary, Vec<String>);

impl Monitor<'_> {
    /// Shows the progress until the run ends. A count that fails is logged and ends nothing: the work goes on.
    pub(super) async fn watch(&self) -> Result<OrderCounts, BackendError> {
        let mut line = ProgressLine::default();
        let mut last_change = (Instant::now(), [0; 6]);
        loop {
            let started = Instant::now();
            let is_stalled = |since: Instant| match self.ends_when {
                EndsWhen::AllDone { stall_timeout } => since.elapsed() > stall_timeout,
                EndsWhen::Interrupted => false,
            };
            let (summary, misplaced) = match self.count().await {
                Ok(counted) => counted,
                Err(error) if is_stalled(last_change.0) => return Err(error),
                Err(error) => {
                    tracing::error!(error = error_chain(&error), "the orders can't be counted");
                    tokio::time::sleep(AFTER_FAILURE).await;
                    continue;
                }
            };
            line.show(&summary, self.expected);
            let Summary { orders, uploaded, exceptions, cancelled, under_way, labels_bought, .. } = summary;
            let counts = [orders, uploaded, exceptions, cancelled, under_way, labels_bought];
            if counts != last_change.1 {
                last_change = (Instant::now(), counts);
            }
            let all_done = summary.under_way == 0 && summary.lost == 0;
            if self.ends_when != EndsWhen::Interrupted && (all_done || is_stalled(last_change.0)) {
                line.finish();
                return Ok((summary, misplaced));
            }
            tokio::time::sleep(COUNT_EVERY.max(started.elapsed() * COUNT_SHARE)).await;
        }
    }

    /// Counts all orders; on real shops, until it is interrupted, those of the last day.
    pub(super) async fn count(&self) -> Result<OrderCounts, BackendError> {
        let backend = &self.host.backend;
        let recent = self.host.clock.now().saturating_sub(COUNTED_FOR).ok();
        let filter = match (self.sandbox, self.ends_when) {
            (None, EndsWhen::Interrupted) => OrderFilter { seen_from: recent, ..OrderFilter::default() },
            (None, EndsWhen::AllDone { .. }) | (Some(_), _) => OrderFilter::default(),
        };
        let (records, unreadable) = orders_of(&*backend.orders, &filter).await?;
        let outcomes: HashMap<String, OrderOutcome> =
            records.iter().map(|record| (record.order.id.to_string(), outcome(record))).collect();
        let mut summary = Summary::of(&records, self.started_at);
        summary.outside_calls = self.host.calls.snapshot();
        let ShopList { shops, unreadable: unreadable_shops } = backend.shops.list_shops().await?;
        for shop in shops {
            summary.count_shop(&shop.value);
        }
        summary.unreadable = unreadable.len() + unreadable_shops.len();
        let dead_letters = backend.queues.dead_letters(DEAD_LETTERS_MAX).await?;
        summary.dead_letters = dead_letters.len();
        summary.lost = match (self.sandbox, self.expected) {
            (Some(sandbox), _) => {
                let is_stored = |id: &String| {
                    outcomes.contains_key(id) || unreadable.iter().any(|key| key.order.as_str() == *id)
                };
                sandbox.order_ids().iter().filter(|id| !is_stored(id)).count()
            }
            (None, Some(expected)) => expected.saturating_sub(summary.orders + unreadable.len()),
            (None, None) => {
                let keys = dead_letters.iter().filter_map(|letter| letter.message.key());
                self.count_not_stored(keys.collect()).await
            }
        };
        let misplaced = self.sandbox.map(|sandbox| sandbox.misplaced(&outcomes)).unwrap_or_default();
        Ok((summary, misplaced))
    }

    /// How many of these orders have no record. An order that TikTok told of, and that could not be read from it, has none to
    /// open an exception on.
    async fn count_not_stored(&self, keys: BTreeSet<&OrderKey>) -> usize {
        let mut count = 0;
        for key in keys {
            // A record that can't be read is stored all the same.
            let is_missing = matches!(self.host.backend.orders.load_order(key).await, Ok(None));
            count += usize::from(is_missing);
        }
        count
    }
}
