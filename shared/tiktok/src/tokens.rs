//! The sellers' tokens: kept in the secret store, fresh, and refreshed once however many callers need them.

mod keeper;
mod record;
mod refresh;

use std::fmt;

use domain::{Private, Timestamp};
use serde::{Deserialize, Serialize};

pub use keeper::Tokens;

/// A seller's tokens, as TikTok gave them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenSet {
    pub access: Private<String>,
    /// It is exchanged for the next pair.
    pub refresh: Private<String>,
    pub access_expires_at: Timestamp,
    /// The end of the authorization, too.
    pub refresh_expires_at: Timestamp,
    /// Identifies the seller, and the account in our store.
    pub open_id: String,
    pub seller_name: String,
    /// The seller's region, as TikTok writes it.
    pub region: String,
    /// What the seller has granted, for example `seller.order.info`.
    pub granted_scopes: Vec<String>,
}

/// Shows no token and no seller.
impl fmt::Debug for TokenSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSet")
            .field("access_expires_at", &self.access_expires_at)
            .field("refresh_expires_at", &self.refresh_expires_at)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}
