//! The shops that a seller authorized the app for.

use domain::market::Market;
use domain::shop::SellerType;
use domain::{Private, ShopId};

use crate::call::{ApiCall, CallName};
use crate::client::TikTok;
use crate::error::Error;
use crate::{paths, wire};

/// A shop that a seller authorized the app for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizedShop {
    pub id: ShopId,
    pub name: String,
    pub market: Market,
    /// Where the seller is.
    pub seller: SellerType,
    /// `shop_cipher`, which every call for this shop carries.
    pub cipher: Private<String>,
}

impl TikTok {
    /// The shops of a seller (Get Authorized Shops). Shops without an id or a cipher cannot be called for and are left out.
    ///
    /// # Errors
    /// As every call: see [`Error`].
    pub async fn authorized_shops(&self, account: &str) -> Result<Vec<AuthorizedShop>, Error> {
        // This call refuses a shop_cipher.
        let call = ApiCall::get(CallName::AUTHORIZED_SHOPS, paths::AUTHORIZED_SHOPS);
        let answer: wire::shop::Shops = self.account_call(account, call).await?;
        Ok(answer.shops.into_iter().filter_map(authorized_shop).collect())
    }
}

fn authorized_shop(wire: wire::shop::Shop) -> Option<AuthorizedShop> {
    if wire.id.is_empty() || wire.cipher.is_empty() {
        return None;
    }
    Some(AuthorizedShop {
        id: ShopId::new(wire.id),
        name: wire.name,
        market: Market::new(&wire.region),
        seller: if wire.seller_type == "CROSS_BORDER" { SellerType::CrossBorder } else { SellerType::Local },
        cipher: Private::new(wire.cipher),
    })
}
