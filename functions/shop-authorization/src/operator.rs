//! The operator's requests: make a link with which shops can be connected, or disconnect a shop.

use domain::shop::{Authorization, Shop};
use domain::{Private, ShopId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use workflow::{Change, StepError, update_shop};

use crate::ShopAuthorization;
use crate::links::Signer;

/// A request of the operator.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum OperatorRequest {
    /// Make a link with which a seller can connect shops, once.
    ConnectLink {},
    Disconnect {
        shop: ShopId,
    },
}

/// A request that is neither of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(r#"the request is neither {{"connect_link": {{}}}} nor {{"disconnect": {{"shop": "SHOP_ID"}}}}"#)]
pub struct InvalidOperatorRequest;

impl TryFrom<Value> for OperatorRequest {
    type Error = InvalidOperatorRequest;

    fn try_from(value: Value) -> Result<Self, InvalidOperatorRequest> {
        serde_json::from_value(value).map_err(|_| InvalidOperatorRequest)
    }
}

/// The answer to the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum OperatorAnswer {
    Link(ConnectLink),
    Disconnected { disconnected: ShopId },
}

/// A link with which a seller can connect shops, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConnectLink {
    pub url: Private<String>,
    pub expires_at: Timestamp,
}

/// Makes a link. It needs nothing but the app's secret, so that it can be made while the host runs.
///
/// `base` is the origin at which sellers reach the host. It must be that of the redirect URL, to which the browser's cookie
/// is bound.
pub fn connect_link(secret: &Private<String>, base: &str, now: Timestamp) -> ConnectLink {
    let (ticket, expires_at) = Signer::new(secret.clone()).ticket(now);
    let base = base.trim_end_matches('/');
    ConnectLink { url: Private::new(format!("{base}/oauth/tiktok/start?ticket={ticket}")), expires_at }
}

/// Why a shop was not disconnected.
#[derive(Debug, thiserror::Error)]
pub enum DisconnectError {
    #[error("shop {shop} is not connected; connected shops: {connected}")]
    Unknown {
        shop: ShopId,
        /// The ids of those that are, comma separated; `none` when there are none.
        connected: String,
    },
    /// Nothing is done for the shop any more, but its tokens are still stored.
    #[error("shop {shop} is disconnected, but its tokens could not be deleted: try again")]
    Tokens {
        shop: ShopId,
        #[source]
        why: tiktok::Error,
    },
    #[error(transparent)]
    Step(#[from] StepError),
}

impl ShopAuthorization {
    /// Disconnects a shop: nothing is polled, bought or uploaded for it any more, and its seller's tokens are deleted unless
    /// another shop needs them. A purchase that is in flight is completed. Connecting the shop again restores it.
    ///
    /// # Errors
    /// When there is no such shop, or it cannot be stored.
    pub async fn disconnect(&self, shop: &ShopId) -> Result<(), DisconnectError> {
        let now = self.clock.now();
        let account = update_shop(&*self.shops, shop, |shop| {
            shop.disconnect(now);
            Ok(Change::Commit(Some(shop.account.clone())))
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

    use super::{InvalidOperatorRequest, OperatorRequest};

    #[test]
    fn parses_the_operator_s_requests() {
        assert_eq!(
            OperatorRequest::try_from(json!({ "connect_link": {} })),
            Ok(OperatorRequest::ConnectLink {})
        );
        let disconnect = OperatorRequest::try_from(json!({ "disconnect": { "shop": "7495" } }));
        assert_eq!(disconnect, Ok(OperatorRequest::Disconnect { shop: domain::ShopId::new("7495") }));
        for bad in [json!({}), json!({ "disconnect": {} }), json!("connect_link"), json!({ "connect": {} })] {
            assert_eq!(OperatorRequest::try_from(bad.clone()), Err(InvalidOperatorRequest), "{bad}");
        }
        assert!(InvalidOperatorRequest.to_string().contains(r#"{"connect_link": {}}"#));
    }
}
