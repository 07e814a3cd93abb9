//! Webhooks: their signature and what they tell (Partner Center, "TikTok Shop webhooks overview").
//!
//! A webhook says only that something changed; the order is read back. The signature covers no time, so that whoever
//! recorded a delivery can replay it: deliveries are told apart by [`Webhook::id`] and [`Webhook::content`].

use domain::{CancelId, ConversationId, OrderId, Private, ShopId, Timestamp, json};
use hmac::Mac;
use sha2::{Digest, Sha256};
use system::SignatureError;

use crate::convert::cancellation::CancelStatus;
use crate::convert::conversation::{ChatRole, TEXT};
use crate::convert::present;
use crate::mac::hmac_sha256;
use crate::paths::is_id;
use crate::wire::event::{Data, Envelope};

/// Verifies that TikTok sent a webhook. It may hold several secrets of the app, so that none is refused while the secret is
/// rotated. Its `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct WebhookVerifier {
    app_key: String,
    app_secrets: Vec<Private<String>>,
}

impl WebhookVerifier {
    /// `app_secrets` are the present one and, for as long as TikTok may still sign with them, former ones.
    pub fn new(app_key: String, app_secrets: Vec<Private<String>>) -> Self {
        Self { app_key, app_secrets }
    }

    /// Checks `authorization`, the value of the header: lower-case hex without a scheme. The body must be the bytes that
    /// arrived. The comparison takes constant time.
    ///
    /// # Errors
    /// When the signature is missing, malformed, or does not match.
    pub fn verify(&self, raw_body: &[u8], authorization: Option<&str>) -> Result<(), SignatureError> {
        let signature = authorization.ok_or(SignatureError::Missing)?;
        let signature = hex::decode(signature.trim()).map_err(|_| SignatureError::Malformed)?;
        let is_made_with = |secret: &Private<String>| {
            let mac = hmac_sha256(secret.expose(), &[self.app_key.as_bytes(), raw_body]);
            // With an empty secret everybody could sign.
            !secret.expose().is_empty() && mac.verify_slice(&signature).is_ok()
        };
        if self.app_secrets.iter().any(is_made_with) { Ok(()) } else { Err(SignatureError::Mismatch) }
    }
}

/// A webhook that was parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// The same in every delivery of the webhook: `tts_notification_id`, or a hash of the content where TikTok gives no id
    /// (as in its address updates).
    pub id: String,
    /// A hash of what it says (shop, kind of event and data, but not when it was sent), which differs when an id is reused
    /// for something else.
    pub content: String,
    /// The shop, where it is about one.
    pub shop: Option<ShopId>,
    /// When TikTok sent it.
    pub sent_at: Option<Timestamp>,
    pub event: WebhookEvent,
}

/// What a webhook tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookEvent {
    /// An order was placed or changed its status (type 1).
    OrderStatusChange { order: OrderId },
    /// A recipient's address changed (type 3).
    AddressUpdate { order: OrderId },
    /// Packages were combined or split (type 4).
    PackageUpdate {
        /// The orders in them, each once.
        orders: Vec<OrderId>,
    },
    /// A cancellation was requested, approved or rejected (type 11).
    CancellationStatusChange { order: OrderId, cancel: Option<CancelId>, status: Option<CancelStatus> },
    /// A return, refund or replacement (type 12).
    ReturnStatusChange { order: OrderId },
    /// Somebody joined a conversation or wrote in it (types 13 and 14).
    Message { conversation: ConversationId, from_buyer: bool, is_text: bool },
    /// Stock changed, or ran low or out (types 27 and 71).
    InventoryChange,
    /// The seller withdrew the app's authorization (type 6).
    SellerDeauthorization,
    /// The authorization ends soon: told 30 days ahead, then daily (type 7).
    AuthorizationExpiring { at: Option<Timestamp> },
    /// Anything else, or one of the above without what it is about.
    Other {
        /// TikTok's number of the kind of event.
        kind: i64,
    },
}

/// A body that is not a webhook of TikTok Shop. Says nothing of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body is not a TikTok Shop webhook")]
pub struct InvalidWebhook;

impl Webhook {
    /// Parses a webhook's body. Kinds of events that this version does not know are [`WebhookEvent::Other`].
    ///
    /// # Errors
    /// When it is not a JSON object with a `type`.
    pub fn parse(raw_body: &[u8]) -> Result<Self, InvalidWebhook> {
        let envelope: Envelope = json::read(raw_body).map_err(|_| InvalidWebhook)?;
        let kind = envelope.kind.0.parse().map_err(|_| InvalidWebhook)?;
        let said = format!("{kind}\n{}\n{}", envelope.shop_id, envelope.data);
        let data = serde_json::from_value(envelope.data).unwrap_or_default();
        let id = match envelope.tts_notification_id {
            id if id.is_empty() => format!("sha256:{}", hex::encode(Sha256::digest(raw_body))),
            id => id,
        };
        Ok(Self {
            id,
            content: hex::encode(Sha256::digest(said)),
            shop: Some(envelope.shop_id).filter(|id| !id.is_empty()).map(ShopId::new),
            sent_at: envelope.timestamp,
            event: event(kind, data),
        })
    }

    /// The orders to read back, each once.
    pub fn orders(&self) -> Vec<OrderId> {
        match &self.event {
            WebhookEvent::OrderStatusChange { order }
            | WebhookEvent::AddressUpdate { order }
            | WebhookEvent::CancellationStatusChange { order, .. }
            | WebhookEvent::ReturnStatusChange { order } => vec![order.clone()],
            WebhookEvent::PackageUpdate { orders } => orders.clone(),
            WebhookEvent::Message { .. }
            | WebhookEvent::InventoryChange
            | WebhookEvent::SellerDeauthorization
            | WebhookEvent::AuthorizationExpiring { .. }
            | WebhookEvent::Other { .. } => Vec::new(),
        }
    }
}

fn event(kind: i64, data: Data) -> WebhookEvent {
    // An id that was damaged on the way names no order.
    let order = Some(data.order_id).filter(|id| is_id(id)).map(OrderId::new);
    match (kind, order) {
        (1, Some(order)) => WebhookEvent::OrderStatusChange { order },
        (3, Some(order)) => WebhookEvent::AddressUpdate { order },
        (11, Some(order)) => WebhookEvent::CancellationStatusChange {
            order,
            cancel: present(data.cancel_id, CancelId::new),
            status: present(data.cancel_status, CancelStatus::from),
        },
        (12, Some(order)) => WebhookEvent::ReturnStatusChange { order },
        (4, _) => {
            let ids = data.package_list.into_iter().flat_map(|package| package.order_id_list);
            let mut orders: Vec<_> = ids.filter(|id| is_id(&id.0)).map(|id| OrderId::new(id.0)).collect();
            orders.sort_unstable();
            orders.dedup();
            WebhookEvent::PackageUpdate { orders }
        }
        (13 | 14, _) if is_id(&data.conversation_id) => WebhookEvent::Message {
            conversation: ConversationId::new(data.conversation_id),
            from_buyer: ChatRole::from(data.sender.role) == ChatRole::Buyer,
            is_text: data.kind == TEXT,
        },
        (27 | 71, _) => WebhookEvent::InventoryChange,
        (6, _) => WebhookEvent::SellerDeauthorization,
        (7, _) => WebhookEvent::AuthorizationExpiring { at: data.expiration_time },
        (kind, _) => WebhookEvent::Other { kind },
    }
}

#[cfg(test)]
mod tests {
    use domain::{CancelId, ConversationId, OrderId, Private, ShopId, Timestamp};
    use system::SignatureError;

    use super::{CancelStatus, InvalidWebhook, Webhook, WebhookEvent, WebhookVerifier};

    /// Published on TikTok's page about webhooks.
    const BODY: &str = r#"{"type":1,"tts_notification_id":"7380066284010030890","shop_id":"7495540735365777507","timestamp":1718305585,"data":{"is_on_hold_order":true,"order_id":"576653688135258178","order_status":"UNPAID","update_time":1718305585}}"#;
    const SIGNATURE: &str = "5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05";

    #[test]
    fn verifies_the_published_vector_and_nothing_else() {
        use SignatureError::{Malformed, Mismatch, Missing};
        let body = BODY.as_bytes();
        let verifier = |key: &str, secrets: &[&str]| {
            let secrets = secrets.iter().map(|secret| Private::from(*secret)).collect();
            WebhookVerifier::new(key.to_owned(), secrets)
        };
        let verify = |key, secret, body, signature| verifier(key, &[secret]).verify(body, Some(signature));
        assert_eq!(verify("abcdef", "123", body, SIGNATURE), Ok(()));
        assert_eq!(verify("abcdef", "124", body, SIGNATURE), Err(Mismatch));
        assert_eq!(verify("abcdeg", "123", body, SIGNATURE), Err(Mismatch));
        assert_eq!(verify("abcdef", "123", &body[1..], SIGNATURE), Err(Mismatch));
        assert_eq!(verify("abcdef", "123", body, &SIGNATURE[2..]), Err(Mismatch));
        assert_eq!(verify("abcdef", "123", body, "Bearer"), Err(Malformed));
        assert_eq!(verify("abcdef", "", body, ""), Err(Mismatch));
        assert_eq!(verifier("abcdef", &["123"]).verify(body, None), Err(Missing));
        assert_eq!(verifier("abcdef", &[]).verify(body, Some(SIGNATURE)), Err(Mismatch));
    }

    #[test]
    fn a_rotated_secret_refuses_nothing() {
        let body = BODY.as_bytes();
        let with = |secrets: [&str; 2]| {
            WebhookVerifier::new("abcdef".to_owned(), secrets.map(Private::from).to_vec())
                .verify(body, Some(SIGNATURE))
        };
        assert_eq!(with(["124", "123"]), Ok(()), "TikTok still signs with the former secret");
        assert_eq!(with(["123", "122"]), Ok(()), "TikTok signs with the new one");
        assert_eq!(with(["124", "122"]), Err(SignatureError::Mismatch));
    }

    #[test]
    fn a_verifier_shows_no_secret() {
        let verifier = WebhookVerifier::new("abcdef".to_owned(), vec![Private::from("s3cret")]);
        assert!(!format!("{verifier:?}").contains("s3cret"));
    }

    #[test]
    fn parses_the_published_webhook() {
        let webhook = Webhook::parse(BODY.as_bytes()).unwrap();
        assert_eq!(webhook.id, "7380066284010030890");
        assert_eq!(webhook.shop, Some(ShopId::new("7495540735365777507")));
        assert_eq!(webhook.sent_at, Timestamp::from_second(1_718_305_585).ok());
        assert_eq!(webhook.orders(), [OrderId::new("576653688135258178")]);
    }

    #[track_caller]
    fn check(body: &str, expect: WebhookEvent) {
        assert_eq!(Webhook::parse(body.as_bytes()).unwrap().event, expect, "{body}");
    }

    #[test]
    fn half_a_character_spoils_nothing_but_itself() {
        let order = || WebhookEvent::OrderStatusChange { order: OrderId::new("5") };
        check(r#"{"type":1,"data":{"order_id":"5","note":"Emma \ud83d"}}"#, order());
        check(r#"{"type":1,"data":"{\"order_id\":\"5\",\"note\":\"\\ud83d\"}"}"#, order());
        check(r#"{"type":1,"data":{"order_id":"5\ud83d"}}"#, WebhookEvent::Other { kind: 1 });
        let packages = r#"{"type":4,"data":{"package_list":[{"order_id_list":["7\udcb8","5"]}]}}"#;
        check(packages, WebhookEvent::PackageUpdate { orders: vec![OrderId::new("5")] });
    }

    #[test]
    fn knows_the_kinds() {
        let order = || OrderId::new("5");
        check(r#"{"type":"1","data":{"order_id":5}}"#, WebhookEvent::OrderStatusChange { order: order() });
        check(r#"{"type":3,"data":{"order_id":"5"}}"#, WebhookEvent::AddressUpdate { order: order() });
        check(r#"{"type":12,"data":{"order_id":"5"}}"#, WebhookEvent::ReturnStatusChange { order: order() });
        check(r#"{"type":6}"#, WebhookEvent::SellerDeauthorization);
        check(
            r#"{"type":7,"data":{"expiration_time":"1627587506"}}"#,
            WebhookEvent::AuthorizationExpiring { at: Timestamp::from_second(1_627_587_506).ok() },
        );
        check(
            r#"{"type":4,"data":{"package_list":[{"order_id_list":["7","5"]},{"order_id_list":[5]},{}]}}"#,
            WebhookEvent::PackageUpdate { orders: vec![order(), OrderId::new("7")] },
        );
        check(r#"{"type":27,"data":{"sku_id":"9"}}"#, WebhookEvent::InventoryChange);
        check(r#"{"type":71,"data":{"shop_id":7,"sku_id":9}}"#, WebhookEvent::InventoryChange);
        check(r#"{"type":1,"data":null}"#, WebhookEvent::Other { kind: 1 });
        check(r#"{"type":99,"shop_id":7}"#, WebhookEvent::Other { kind: 99 });
    }

    #[test]
    fn knows_cancellations() {
        // The sample on TikTok's page.
        check(
            r#"{"type":11,"tts_notification_id":"7327112393057371910","shop_id":"7494049642642441621","timestamp":1644412885,"data":{"order_id":"576486316948490001","cancellations_role":"BUYER","cancel_status":"CANCELLATION_REQUEST_PENDING","cancel_id":"4035318504086604100","create_time":1627587600}}"#,
            WebhookEvent::CancellationStatusChange {
                order: OrderId::new("576486316948490001"),
                cancel: Some(CancelId::new("4035318504086604100")),
                status: Some(CancelStatus::Pending),
            },
        );
        check(
            r#"{"type":11,"data":{"order_id":"5","cancel_status":"CANCELLATION_REQUEST_CANCELLED"}}"#,
            WebhookEvent::CancellationStatusChange {
                order: OrderId::new("5"),
                cancel: None,
                status: Some(CancelStatus::Cancelled),
            },
        );
        check(
            r#"{"type":11,"data":{"order_id":"5"}}"#,
            WebhookEvent::CancellationStatusChange { order: OrderId::new("5"), cancel: None, status: None },
        );
    }

    #[test]
    fn knows_messages() {
        let message = |id: &str, from_buyer, is_text| WebhookEvent::Message {
            conversation: ConversationId::new(id),
            from_buyer,
            is_text,
        };
        // The samples on TikTok's pages.
        check(
            r#"{"type":13,"tts_notification_id":"7327112393057371910","shop_id":"7494049642642441621","timestamp":1644412885,"data":{"conversation_id":"576486316948490001","create_time":1627587506}}"#,
            message("576486316948490001", false, false),
        );
        check(
            r#"{"type":14,"tts_notification_id":"7327112393057371910","shop_id":"7494049642642441621","timestamp":1644412885,"data":{"content":"{\"content\":\"444\"}","conversation_id":"710688832392260838","create_time":1681790246,"is_visible":true,"message_id":"722323407926368819","index":"7494560109732334274","type":"TEXT","sender":{"im_user_id":"707885565181165594","role":"BUYER"}}}"#,
            message("710688832392260838", true, true),
        );
        let own = r#"{"type":14,"data":{"conversation_id":7,"type":"IMAGE","sender":{"role":"SHOP"}}}"#;
        check(own, message("7", false, false));
        check(r#"{"type":14,"data":{"type":"TEXT"}}"#, WebhookEvent::Other { kind: 14 });
    }

    #[test]
    fn a_webhook_without_an_id_is_named_by_its_content() {
        let parse = |body: &str| Webhook::parse(body.as_bytes()).unwrap();
        let (one, other) = (parse(r#"{"type":3,"shop_id":7}"#), parse(r#"{"type":3,"shop_id":8}"#));
        assert_eq!(one.shop, Some(ShopId::new("7")));
        assert_eq!(one, parse(r#"{"type":3,"shop_id":7}"#));
        assert_ne!(one.id, other.id);
    }

    #[test]
    fn data_may_be_json_in_a_text() {
        let order = WebhookEvent::OrderStatusChange { order: OrderId::new("5") };
        check(r#"{"type":1,"data":"{\"order_id\":\"5\",\"order_status\":\"UNPAID\"}"}"#, order.clone());
        check(r#"{"type":1,"data":" {\"order_id\": 5} "}"#, order);
        for data in [r#""""#, r#""nothing""#, "7", "[]", r#""[]""#, r#""7""#] {
            check(&format!(r#"{{"type":1,"data":{data}}}"#), WebhookEvent::Other { kind: 1 });
        }
    }

    #[test]
    fn the_content_tells_webhooks_that_share_an_id_apart_but_not_two_deliveries() {
        let content = |kind: u8, shop: &str, sent: u32, data: &str| {
            let body = format!(
                r#"{{"type":{kind},"tts_notification_id":"7","shop_id":"{shop}","timestamp":{sent},"data":{data}}}"#
            );
            let webhook = Webhook::parse(body.as_bytes()).unwrap();
            assert_eq!(webhook.id, "7");
            webhook.content
        };
        let data = r#"{"order_id":"5","order_status":"UNPAID","update_time":1}"#;
        let first = content(1, "8", 100, data);
        assert_eq!(first, content(1, "8", 900, data), "sent again later");
        let text = serde_json::to_string(data).unwrap();
        assert_eq!(first, content(1, "8", 100, &text), "the same in a text");
        for (kind, shop, data) in [
            (3, "8", data.to_owned()),
            (1, "9", data.to_owned()),
            (1, "8", data.replace('5', "6")),
            (1, "8", data.replace("UNPAID", "CANCELLED")),
            (1, "8", data.replace(":1}", ":2}")),
        ] {
            assert_ne!(first, content(kind, shop, 100, &data), "{kind} {shop} {data}");
        }
    }

    #[test]
    fn rejects_what_is_not_a_webhook() {
        for body in ["", "[]", "{}", "null", r#"{"type":null}"#, r#"{"type":"x"}"#] {
            assert_eq!(Webhook::parse(body.as_bytes()), Err(InvalidWebhook), "{body}");
        }
    }
}
