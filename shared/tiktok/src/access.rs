//! What a call for a shop carries.

use domain::market::Market;
use domain::shop::Shop;
use domain::{Private, ShopId};

/// Names a shop, and the seller whose tokens serve it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopAccess {
    /// The seller: `open_id` of the token answer.
    pub account: String,
    /// `shop_cipher`, which every call for the shop carries.
    pub cipher: Private<String>,
    pub shop: ShopId,
    pub market: Market,
}

impl From<&Shop> for ShopAccess {
    fn from(shop: &Shop) -> Self {
        Self {
            account: shop.account.clone(),
            cipher: shop.cipher.clone(),
            shop: shop.id.clone(),
            market: shop.market.clone(),
        }
    }
}
