//! TikTok Shipping: the platform's own labels.
//!
//! In the United States a package comes into being by Create Packages, which buys the label and ships the order in one. Elsewhere
//! it is there from the payment on, and Ship Package ships it. The label is issued later, by a document of its own.

mod create;
mod document;
mod operations;
mod read;
mod ship;
mod spec;
mod view;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use serde_json::Value;

pub(crate) use create::create;
use document::DocumentFile;
pub(crate) use document::{document, file};
pub(crate) use read::{detail, eligible, handover_slots, search};
pub(crate) use ship::ship;
pub use spec::{CreateOddity, PlatformConfig, PlatformService};
pub use view::{BoughtBy, PlatformPackageView};

/// A package with the platform's label.
#[derive(Debug, Clone)]
pub(crate) struct PlatformPackage {
    pub(crate) id: String,
    pub(crate) shop_id: String,
    pub(crate) order_ids: Vec<String>,
    pub(crate) line_ids: Vec<String>,
    pub(crate) created_at: i64,
    pub(crate) service: PlatformService,
    pub(crate) tracking_number: String,
    pub(crate) bought_by: BoughtBy,
    /// Weight and dimension as they were sent, or null.
    pub(crate) measures: (Value, Value),
    /// `PICKUP` with the start of its slot, `DROP_OFF`, or as the warehouse is set up.
    pub(crate) handover: Option<(String, Option<i64>)>,
    /// How often its label was asked for before it was issued.
    pub(crate) reads: u64,
    /// How often its label was handed out.
    pub(crate) issued: u64,
}

/// What changes about the platform's labels.
#[derive(Debug, Default)]
pub(crate) struct Platform {
    pub(crate) packages: BTreeMap<String, PlatformPackage>,
    /// What is behind the links that were given out, by the file's secret name.
    pub(crate) files: HashMap<String, DocumentFile>,
    /// How many more pickup slots somebody else takes first.
    pub(crate) slots_taken: u32,
    /// The orders for which a purchase is running.
    pub(crate) running: HashSet<String>,
    /// What is offered; `None` for the usual service.
    pub(crate) services: Option<Vec<PlatformService>>,
    /// What is odd about the next purchases.
    pub(crate) oddities: VecDeque<CreateOddity>,
    /// Links to labels lead to another host.
    pub(crate) links_lead_elsewhere: bool,
    /// The number that every label is said to have, in place of its own.
    pub(crate) odd_number: Option<String>,
}

impl Platform {
    pub(crate) fn services(&self) -> Vec<PlatformService> {
        self.services.clone().unwrap_or_else(|| vec![PlatformService::usual()])
    }
}

/// A tracking number as the Postal Service prints it, made of the package's id.
pub(crate) fn tracking_number(package_id: &str) -> String {
    let digits = &package_id[package_id.len().saturating_sub(16)..];
    format!("940013{digits:0>16}")
}
