//! The webhooks of a shop.

use serde_json::{Value, json};

use super::cancellation::Cancellation;
use super::chat::{Conversation, Message, im_user_id};
use super::core::Core;
use super::order::Order;
use super::sign;
use crate::clock;
use crate::webhooks::Delivery;

/// What a webhook reports.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    Status(Value),
    Address(Value),
    Cancellation(Value),
    Message(Value),
    Stock(Value),
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

    pub(crate) fn cancellation(made: &Cancellation) -> Self {
        Self::Cancellation(json!({
            "order_id": made.order_id,
            "cancellations_role": made.by.name(),
            "cancel_status": made.status.name(),
            "cancel_id": made.id,
            "create_time": made.create_time,
        }))
    }

    /// The cancellation that the event is about.
    pub(crate) fn cancel_id(&self) -> Option<&str> {
        match self {
            Self::Cancellation(data) => data["cancel_id"].as_str(),
            _ => None,
        }
    }

    pub(crate) fn message(conversation: &Conversation, message: &Message) -> Self {
        Self::Message(json!({
            "content": json!({ "content": message.text }).to_string(),
            "conversation_id": conversation.id,
            "create_time": message.at,
            "is_visible": true,
            "message_id": message.id,
            "index": message.index.to_string(),
            "type": "TEXT",
            "sender": {
                "im_user_id": im_user_id(&conversation.buyer_user_id),
                "role": message.speaker.role(),
            },
        }))
    }

    /// The stock of a SKU is in a new status; it is low from `low` units down.
    pub(crate) fn stock(product_id: &str, sku_id: &str, status: &str, low: i64, at: i64) -> Self {
        Self::Stock(json!({
            "product_id": product_id,
            "sku_id": sku_id,
            "trigger_reason": { "alert_type": "REALTIME", "low_stock_threshold": low },
            "current_inventory_status": status,
            "update_time": at,
        }))
    }

    fn number(&self) -> u32 {
        match self {
            Self::Status(_) => 1,
            Self::Address(_) => 3,
            Self::Deauthorized => 6,
            Self::AuthorizationExpires(_) => 7,
            Self::Cancellation(_) => 11,
            Self::Message(_) => 14,
            Self::Stock(_) => 27,
        }
    }

    fn data(&self, shop_id: &str) -> Value {
        match self {
            Self::Status(data)
            | Self::Address(data)
            | Self::Cancellation(data)
            | Self::Message(data)
            | Self::Stock(data) => data.clone(),
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
