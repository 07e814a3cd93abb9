//! The sellers' tokens: kept in the secret store, fresh, and refreshed once however many ask.

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
    /// The token that calls carry.
    pub access: Private<String>,
    /// The token that buys the next pair.
    pub refresh: Private<String>,
    /// The end of the access token.
    pub access_expires_at: Timestamp,
    /// The end of the refresh token, which is the end of the authorisation.
    pub refresh_expires_at: Timestamp,
    /// The seller; names the account in our store.
    pub open_id: String,
    /// The seller's name.
    pub seller_name: String,
    /// The seller's region, as TikTok writes it.
    pub region: String,
    /// The scopes that the seller granted, for example `seller.order.info`.
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
