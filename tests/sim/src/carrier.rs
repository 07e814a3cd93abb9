//! What a sandbox asks of every simulated service that sells labels.

use std::fmt::Debug;

/// A running service that sells labels.
pub trait CarrierService: Debug + Send + Sync {
    /// Its name, for people.
    fn name(&self) -> &'static str;

    /// Its base URL.
    fn url(&self) -> &str;

    /// The variables with which the product reaches it, and their values.
    fn variables(&self) -> Vec<(&'static str, String)>;

    /// Has its webhooks sent to the product at `base`, for example `http://127.0.0.1:8080`.
    fn post_webhooks_to(&self, base: &str);

    /// The carrier scans a parcel. False if it has no label with this number.
    fn scan(&self, tracking: &str) -> bool;

    /// Stops it.
    fn shutdown(&self);
}
