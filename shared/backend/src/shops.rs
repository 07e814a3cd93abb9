//! The store of connected shops.

use async_trait::async_trait;
use domain::shop::Shop;
use domain::{ShopId, Timestamp};

use system::BackendError;
use system::{Committed, Versioned};

/// A list of shops.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShopList {
    pub shops: Vec<Versioned<Shop>>,
    /// Shops in the list that can't be read, because a newer version wrote them or they are damaged.
    pub unreadable: Vec<ShopId>,
}

/// Stores shops, each under a version that grows with every commit.
#[async_trait]
pub trait ShopStore: Send + Sync + 'static {
    /// The shop, or `None`.
    async fn load_shop(&self, id: &ShopId) -> Result<Option<Versioned<Shop>>, BackendError>;

    /// Stores `shop` if the stored version still is `expected` (0: there is none yet).
    async fn commit_shop(&self, shop: &Shop, expected: u64) -> Result<Committed, BackendError>;

    async fn list_shops(&self) -> Result<ShopList, BackendError>;

    /// The shops to poll at `now`: authorized, not closed, and `poll.next_at` is not later.
    async fn list_shops_due(&self, now: Timestamp) -> Result<ShopList, BackendError>;
}
