//! How the platform's labels are set up.

use std::time::Duration;

/// A service of the platform's labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformService {
    pub id: String,
    /// For example "USPS-Ground Advantage".
    pub name: String,
    /// The carrier's name.
    pub provider: String,
    /// The estimate.
    pub price_cents: u64,
    /// The shortest and the longest time in transit.
    pub days: (u64, u64),
}

impl PlatformService {
    /// The one that is offered as a rule.
    pub fn usual() -> Self {
        Self::new("7340000000000000001", "USPS", "Ground Advantage", 534, (2, 5))
    }

    /// A service.
    pub fn new(id: &str, provider: &str, name: &str, price_cents: u64, days: (u64, u64)) -> Self {
        let name = format!("{provider}-{name}");
        Self { id: id.to_owned(), name, provider: provider.to_owned(), price_cents, days }
    }
}

/// What is odd about a purchase. In all of them the label is bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreateOddity {
    /// 36009003, "internal error".
    ServerFault,
    /// 21042076, "please try again later".
    TryAgain,
    /// A success without the package's id.
    NoPackageId,
    /// Another service than the one that was asked for, at another price.
    OtherService,
}

/// How the platform's labels behave.
#[derive(Debug, Clone)]
pub struct PlatformConfig {
    /// How long a purchase is in progress.
    pub create_takes: Duration,
    /// How often a label is asked for in vain before it is issued. The answers differ: empty data, no data, two codes.
    pub pending_reads: u64,
    /// How often an order is read after its purchase before its units show their package.
    pub hidden_reads: u64,
    /// How long a link to a label is valid.
    pub link_life: Duration,
}

impl Default for PlatformConfig {
    fn default() -> Self {
        Self {
            create_takes: Duration::ZERO,
            pending_reads: 0,
            hidden_reads: 0,
            link_life: Duration::from_secs(24 * 3600),
        }
    }
}
