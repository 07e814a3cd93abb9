//! Ids. Each is a type of its own, so that an order's id can't be passed where a package's is expected.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the id as it was received.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The id as it was received.
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
    /// A shop on TikTok (`shop_id` in webhooks, `id` in Get Authorized Shops).
    ShopId
);
id!(
    /// An order on TikTok.
    OrderId
);
id!(
    /// One unit of an order on TikTok: there are no quantities, each unit is a line item.
    LineItemId
);
id!(
    /// A buyer on TikTok (`user_id` of an order): opens a conversation, and matches orders of the same buyer.
    BuyerId
);
id!(
    /// A product on TikTok.
    ProductId
);
id!(
    /// A variation of a product on TikTok.
    SkuId
);
id!(
    /// A warehouse of the shop on TikTok.
    WarehouseId
);
id!(
    /// A package on TikTok; in the United States it exists only once the order is shipped.
    PackageId
);
id!(
    /// Orders that TikTok would ship in one parcel (`auto_combine_group_id`).
    CombineGroupId
);
id!(
    /// One parcel for several orders, by a random name.
    CombinedParcelId
);
id!(
    /// A shipping provider on TikTok, for example USPS.
    ProviderId
);
id!(
    /// The delivery option that the buyer chose on TikTok.
    DeliveryOptionId
);
id!(
    /// A cancellation on TikTok: requested by the buyer, or made by the seller or TikTok.
    CancelId
);
id!(
    /// A conversation between a buyer and the shop on TikTok.
    ConversationId
);
id!(
    /// A message of a conversation on TikTok.
    MessageId
);
id!(
    /// One of our shipments: one parcel of one order.
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
    /// Somebody who receives alarms, by the name that the settings give them. It appears in lists and logs, so it must not be
    /// personal data.
    RecipientId
);
id!(
    /// One alarm, which may reach several people.
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
    pub shop: ShopId,
    pub order: OrderId,
}

impl OrderKey {
    /// Names `order` of `shop`.
    pub fn new(shop: ShopId, order: OrderId) -> Self {
        Self { shop, order }
    }

    /// The id of the order's `n`th shipment, counted from 1. It is derived from the order's id, so that planning twice names
    /// the same parcel.
    pub fn shipment(&self, n: usize) -> ShipmentId {
        ShipmentId::new(format!("{}-{n}", self.order))
    }
}

impl fmt::Display for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.shop, self.order)
    }
}
