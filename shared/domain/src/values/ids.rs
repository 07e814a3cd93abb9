//! Ids. Every one is a type of its own, so that an order's id can't be passed where a package's is wanted.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the id as the outside gave it.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The id as the outside gave it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    };
}

id!(
    /// A shop at TikTok (`shop_id` of webhooks, `id` of Get Authorized Shops).
    ShopId
);
id!(
    /// An order at TikTok.
    OrderId
);
id!(
    /// One unit of an order at TikTok: there is no quantity, each unit is a line item.
    LineItemId
);
id!(
    /// A buyer at TikTok (`user_id` of an order): opens a conversation, and matches orders of the same buyer.
    BuyerId
);
id!(
    /// A product at TikTok.
    ProductId
);
id!(
    /// A variation of a product at TikTok.
    SkuId
);
id!(
    /// A warehouse of the shop at TikTok.
    WarehouseId
);
id!(
    /// A package at TikTok; in the United States it exists only once the order is shipped.
    PackageId
);
id!(
    /// A shipping provider at TikTok, for example USPS.
    ProviderId
);
id!(
    /// The delivery option that the buyer chose at TikTok.
    DeliveryOptionId
);
id!(
    /// A cancellation at TikTok: asked for by the buyer, or made by the seller or TikTok.
    CancelId
);
id!(
    /// A conversation between a buyer and the shop at TikTok.
    ConversationId
);
id!(
    /// A message of a conversation at TikTok.
    MessageId
);
id!(
    /// A shipment of ours: one parcel of one order.
    ShipmentId
);
id!(
    /// The random key of one purchase, chosen and committed before the carrier is called.
    PurchaseKey
);
id!(
    /// What a bought label is called at the account that sold it.
    LabelHandle
);
id!(
    /// A rate, as the account that offers it names it.
    QuoteId
);
id!(
    /// The contract with a carrier that is billed. An aggregator's account holds several, and each may offer the same service.
    CarrierAccountId
);
id!(
    /// A carrier's tracking number.
    TrackingNumber
);

id!(
    /// A person who is told of alarms, by the name that the settings give: in lists and logs, so no personal data.
    RecipientId
);
id!(
    /// One alarm of ours, which may be told to several people.
    AlarmId
);
id!(
    /// One message of an alarm to one recipient over one channel; the same when it is sent again.
    DeliveryId
);
id!(
    /// A phone call as the voice service names it.
    CallId
);

/// Names one order among all shops.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct OrderKey {
    /// The shop that sold.
    pub shop: ShopId,
    /// The order at TikTok.
    pub order: OrderId,
}

impl OrderKey {
    /// Names `order` of `shop`.
    pub fn new(shop: ShopId, order: OrderId) -> Self {
        Self { shop, order }
    }

    /// The id of the order's `n`th shipment, counted from 1. It is made of the order's id, so that a repeated
    /// plan names the same parcel.
    pub fn shipment(&self, n: usize) -> ShipmentId {
        ShipmentId::new(format!("{}-{n}", self.order))
    }
}

impl fmt::Display for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.shop, self.order)
    }
}
