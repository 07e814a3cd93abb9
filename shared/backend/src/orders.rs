//! Orders: loaded, changed and committed as a whole.

use async_trait::async_trait;
use domain::rates::{Candidate, CarrierMessage, Decision};
use domain::record::OrderRecord;
use domain::{CombineGroupId, OrderKey, ShipmentId, ShopId, Timestamp, TrackingNumber};

use system::{BackendError, Committed, Versioned};

/// Which orders a list shows. `None` matches any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderFilter {
    pub shop: Option<ShopId>,
    /// With a shipment in this stage, by its name.
    pub stage: Option<&'static str>,
    /// With this status at TikTok.
    pub status: Option<String>,
    /// First seen at this instant or later.
    pub seen_from: Option<Timestamp>,
    /// First seen before this instant.
    pub seen_before: Option<Timestamp>,
    /// With an open exception.
    pub only_exceptions: bool,
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct OrderPage {
    /// The orders, the newest first.
    pub orders: Vec<OrderRecord>,
    /// Orders on the page that can't be read, because a newer version wrote them or they are damaged.
    pub unreadable: Vec<OrderKey>,
    /// The opaque cursor of the next page; `None` on the last one.
    pub next: Option<String>,
}

/// Stores orders, each under a version that grows with every commit, and lists them.
#[async_trait]
pub trait OrderStore: Send + Sync + 'static {
    /// The order, or `None`.
    async fn load_order(&self, key: &OrderKey) -> Result<Option<Versioned<OrderRecord>>, BackendError>;

    /// Stores `record` if the stored version still is `expected` (0: there is none yet). It is durable when this
    /// returns.
    async fn commit_order(&self, record: &OrderRecord, expected: u64) -> Result<Committed, BackendError>;

    /// The orders whose timer ([`OrderRecord::due_at`]) has expired at `now`, longest due first. Its cost grows with what is due,
    /// not with what is stored.
    async fn list_due(&self, now: Timestamp, limit: usize) -> Result<Vec<OrderKey>, BackendError>;

    /// The orders whose next alarm ([`OrderRecord::alarm_at`]) is due by `until`, longest due first. Its cost grows with what is
    /// due, not with what is stored.
    async fn list_alarms_due(&self, until: Timestamp, limit: usize) -> Result<Vec<OrderKey>, BackendError>;

    /// The order whose latest label has this tracking number. Carriers reuse numbers after months; the newest order counts.
    async fn find_by_tracking(&self, tracking: &TrackingNumber) -> Result<Option<OrderKey>, BackendError>;

    /// The orders that wait with others in a group ([`OrderRecord::listed_group`]), in no order. An order that was just committed
    /// may be missing for a moment, and one that left may still be named: whoever decides reads the orders themselves.
    async fn list_group(&self, shop: &ShopId, group: &CombineGroupId) -> Result<Vec<OrderKey>, BackendError>;

    /// A page of at most `limit` orders, beginning after `cursor`. An order that can't be read is named and counts towards the
    /// limit.
    async fn list_orders(
        &self,
        filter: &OrderFilter,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<OrderPage, BackendError>;

    /// Stores the latest rate decision of a shipment, with every candidate.
    async fn put_decision(
        &self,
        key: &OrderKey,
        shipment: &ShipmentId,
        decision: &RateOutcome,
    ) -> Result<(), BackendError>;

    /// The latest rate decision of a shipment.
    async fn get_decision(
        &self,
        key: &OrderKey,
        shipment: &ShipmentId,
    ) -> Result<Option<RateOutcome>, BackendError>;

    /// Called after personal data was deleted: removes older copies from the backend's own files, as far as it can.
    async fn wipe_traces(&self) -> Result<(), BackendError> {
        Ok(())
    }
}

/// The outcome of a rate choice.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum RateOutcome {
    /// A rate was chosen.
    Chosen { decision: Box<Decision>, at: Timestamp },
    /// No rate can be bought.
    None {
        /// Every quote with the reason why it can't be bought.
        candidates: Vec<Candidate>,
        /// The messages of carriers that offered no rate.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        messages: Vec<CarrierMessage>,
        at: Timestamp,
    },
}
