//! The webhooks of a shop.

use serde_json::{Value, json};

use super::core::Core;
use super::order::{CancelledBy, Order};
use super::sign;
use crate::clock;
use crate::webhooks::Delivery;

/// What a webhook tells.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    Status(Value),
    Address(Value),
    Cancellation(Value),
    Deauthorized,
    AuthorizationExpires(i64),
}

impl Event {
    /// The order is in a new status; some statuses have no webhook.
    pub(crate) fn status(order: &Order) -> Option<Self> {
        Some(Self::Status(json!({
            "order_id": order.id,
            "order_status": order.status.webhook_name()?,
            "is_on_hold_order": order.spec.is_on_hold_order,
            "update_time": order.update_time,
        })))
    }

    pub(crate) fn address(order: &Order) -> Self {
        Self::Address(json!({ "order_id": order.id, "update_time": order.update_time }))
    }

    pub(crate) fn cancellation(order: &Order, by: CancelledBy, status: &str, cancel_id: &str) -> Self {
        Self::Cancellation(json!({
            "order_id": order.id,
            "cancellations_role": by.name(),
            "cancel_status": status,
            "cancel_id": cancel_id,
            "create_time": order.update_time,
        }))
    }

    fn number(&self) -> u32 {
        match self {
            Self::Status(_) => 1,
            Self::Address(_) => 3,
            Self::Deauthorized => 6,
            Self::AuthorizationExpires(_) => 7,
            Self::Cancellation(_) => 11,
        }
    }

    fn data(&self, shop_id: &str) -> Value {
        match self {
            Self::Status(data) | Self::Address(data) | Self::Cancellation(data) => data.clone(),
            Self::Deauthorized => {
                json!({ "message": format!("Shop_id {shop_id} is deauthorized from your APP by merchant.") })
            }
            Self::AuthorizationExpires(at) => json!({
                "message": format!("Authorization of shop_id {shop_id} is expiring. Please re-authorize."),
                // A string here, unlike every other time.
                "expiration_time": at.to_string(),
            }),
        }
    }
}

impl Core {
    /// Sends an event, if an address is set.
    pub(crate) fn emit(&self, shop_id: &str, event: &Event) {
        if !self.courier.listening() {
            return;
        }
        let id = self.ids.notification.next();
        let body = json!({
            "type": event.number(),
            "tts_notification_id": id,
            "shop_id": shop_id,
            "timestamp": clock::unix_seconds(),
            "data": event.data(shop_id),
        });
        self.courier.send(&self.delivery(id, event.number().to_string(), body.to_string().into_bytes()));
    }

    pub(crate) fn delivery(&self, id: String, topic: String, body: Vec<u8>) -> Delivery {
        let signature = sign::webhook(&self.config.app_key, &self.config.app_secret, &body);
        Delivery { id, topic, signature: ("authorization", signature), body: body.into() }
    }
}
