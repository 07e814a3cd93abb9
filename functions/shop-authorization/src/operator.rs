//! What the operator asks for: a link with which shops can be connected, and that a shop is disconnected.

use domain::shop::{Authorization, Shop};
use domain::{Private, ShopId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use workflow::{StepError, update_shop};

use crate::ShopAuthorization;
use crate::links::Signer;

/// What the operator asks for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// A link with which a seller can connect shops, once.
    ConnectLink {},
    /// That a shop is disconnected.
    Disconnect {
        /// The shop.
        shop: ShopId,
    },
}

/// A request that can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(r#"the request is neither {{"connect_link": {{}}}} nor {{"disconnect": {{"shop": "SHOP_ID"}}}}"#)]
pub struct Malformed;

impl TryFrom<Value> for Request {
    type Error = Malformed;

    fn try_from(value: Value) -> Result<Self, Malformed> {
        serde_json::from_value(value).map_err(|_| Malformed)
    }
}

/// What the operator is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// The link.
    Link(ConnectLink),
    /// It is disconnected.
    Disconnected {
        /// The shop.
        disconnected: ShopId,
    },
}

/// A link with which a seller can connect shops, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConnectLink {
    /// The address to open.
    pub url: Private<String>,
    /// Until when it can be opened.
    pub expires_at: Timestamp,
}

/// Makes a link. It takes the app's secret and nothing else, so that it can be made beside a running host.
///
/// `base` is the origin at which sellers reach the host: the one of the redirect URL, for the browser's cookie is bound
/// to it.
pub fn connect_link(secret: &Private<String>, base: &str, now: Timestamp) -> ConnectLink {
    let (ticket, expires_at) = Signer::new(secret.clone()).ticket(now);
    let base = base.trim_end_matches('/');
    ConnectLink { url: Private::new(format!("{base}/oauth/tiktok/start?ticket={ticket}")), expires_at }
}

/// Why a shop is not disconnected.
#[derive(Debug, thiserror::Error)]
pub enum DisconnectError {
    /// There is none with this id.
    #[error("shop {shop} is not connected; connected are: {connected}")]
    Unknown {
        /// What was asked for.
        shop: ShopId,
        /// Those that are, comma separated; `none` when there are none.
        connected: String,
    },
    /// The tokens are still stored; nothing is done for the shop all the same.
    #[error("shop {shop} is disconnected, but its tokens could not be deleted: try again")]
    Tokens {
        /// The shop.
        shop: ShopId,
        /// Why.
        #[source]
        why: tiktok::Error,
    },
    /// The step itself failed.
    #[error(transparent)]
    Step(#[from] StepError),
}

impl ShopAuthorization {
    /// Disconnects a shop: nothing is polled, bought or uploaded for it any more, and its seller's tokens are deleted unless
    /// they serve another shop. A label that is being bought at this moment is seen through. Connecting the shop again
    /// restores it.
    ///
    /// # Errors
    /// When there is no such shop, or it can't be stored.
    pub async fn disconnect(&self, shop: &ShopId) -> Result<(), DisconnectError> {
        let now = self.clock.now();
        let account = update_shop(&*self.shops, shop, |shop| {
            shop.disconnect(now);
            Ok(Some(shop.account.clone()))
        })
        .await?;
        let shops = self.shops.list_shops().await.map_err(StepError::from)?;
        let shops = || shops.shops.iter().map(|shop| &shop.value);
        let is_connected = |shop: &&Shop| shop.authorization != Authorization::Disconnected;
        let Some(account) = account else {
            let ids: Vec<&str> = shops().filter(is_connected).map(|shop| shop.id.as_str()).collect();
            let connected = if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
            return Err(DisconnectError::Unknown { shop: shop.clone(), connected });
        };
        if !shops().filter(is_connected).any(|shop| shop.account == account) {
            let forgotten = self.tiktok.forget_tokens(&account).await;
            forgotten.map_err(|why| DisconnectError::Tokens { shop: shop.clone(), why })?;
        }
        tracing::warn!(shop = %shop, "shop is disconnected");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Malformed, Request};

    #[test]
    fn reads_what_the_operator_asks_for() {
        assert_eq!(Request::try_from(json!({ "connect_link": {} })), Ok(Request::ConnectLink {}));
        let disconnect = Request::try_from(json!({ "disconnect": { "shop": "7495" } }));
        assert_eq!(disconnect, Ok(Request::Disconnect { shop: domain::ShopId::new("7495") }));
        for bad in [json!({}), json!({ "disconnect": {} }), json!("connect_link"), json!({ "connect": {} })] {
            assert_eq!(Request::try_from(bad.clone()), Err(Malformed), "{bad}");
        }
        assert!(Malformed.to_string().contains(r#"{"connect_link": {}}"#));
    }
}
