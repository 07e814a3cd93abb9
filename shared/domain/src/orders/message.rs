//! Messages between the functions. A message names what to look at; what to do follows from the stored state, so that a
//! message may come twice, late or out of order. It carries no personal data.

use serde::{Deserialize, Serialize};
use strum::VariantArray as _;

use crate::ids::{ConversationId, OrderKey, ShipmentId, ShopId};

/// Where messages wait for the function that serves them.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr, strum::VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Queue {
    OrderChanges,
    RateRequests,
    LabelRequests,
    TrackingUploads,
    ParcelChecks,
    ConversationChanges,
}

impl Queue {
    /// All queues.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The queue's name, for example `order-changes`.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// How we learned of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeSource {
    Webhook,
    Poll,
    /// The timer of a shipment, or a step that found the stored order too old to act on.
    Timer,
    /// The daily comparison with TikTok.
    Comparison,
    /// A person applied a remedy.
    Person,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Message {
    /// The order may have changed: read it back.
    OrderChange(OrderChange),
    /// The shipment needs a rate.
    RateRequest(ShipmentRef),
    /// The shipment needs a label, or its label voided, or its file fetched: its stage says which.
    LabelRequest(ShipmentRef),
    /// TikTok needs the shipment's tracking number.
    TrackingUpload(ShipmentRef),
    /// The shipment's parcel may have moved: ask its carrier.
    ParcelCheck(ShipmentRef),
    /// A buyer may have written: read the conversation back.
    ConversationChange { shop: ShopId, conversation: ConversationId },
}

/// A hint that an order may have changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderChange {
    #[serde(flatten)]
    pub key: OrderKey,
    pub source: ChangeSource,
}

/// Names a shipment of an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ShipmentRef {
    #[serde(flatten)]
    pub key: OrderKey,
    pub shipment: ShipmentId,
}

impl Message {
    /// Asks to read an order back, because of `source`.
    pub fn order_change(key: OrderKey, source: ChangeSource) -> Self {
        Self::OrderChange(OrderChange { key, source })
    }

    /// The queue it belongs to.
    pub fn queue(&self) -> Queue {
        match self {
            Self::OrderChange(_) => Queue::OrderChanges,
            Self::RateRequest(_) => Queue::RateRequests,
            Self::LabelRequest(_) => Queue::LabelRequests,
            Self::TrackingUpload(_) => Queue::TrackingUploads,
            Self::ParcelCheck(_) => Queue::ParcelChecks,
            Self::ConversationChange { .. } => Queue::ConversationChanges,
        }
    }

    /// The order it is about, if it is about one.
    pub fn key(&self) -> Option<&OrderKey> {
        match self {
            Self::OrderChange(change) => Some(&change.key),
            Self::RateRequest(target)
            | Self::LabelRequest(target)
            | Self::TrackingUpload(target)
            | Self::ParcelCheck(target) => Some(&target.key),
            Self::ConversationChange { .. } => None,
        }
    }

    /// The shop it is about.
    pub fn shop(&self) -> &ShopId {
        match self {
            Self::ConversationChange { shop, .. } => shop,
            Self::OrderChange(change) => &change.key.shop,
            Self::RateRequest(target)
            | Self::LabelRequest(target)
            | Self::TrackingUpload(target)
            | Self::ParcelCheck(target) => &target.key.shop,
        }
    }
}
