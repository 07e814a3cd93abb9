//! An order and its life.

use super::core::Ids;
use super::{OrderSpec, Recipient, Region, ShippingType, ShopSpec};

/// The status of an order, by the names of the Order API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderStatus {
    Unpaid,
    /// Paid, within the hour of remorse.
    OnHold,
    AwaitingShipment,
    /// Some lines are shipped.
    PartiallyShipping,
    /// All lines have a tracking number.
    AwaitingCollection,
    /// The carrier has scanned all parcels.
    InTransit,
    Delivered,
    Completed,
    Cancelled,
}

impl OrderStatus {
    pub(crate) const ALL: [Self; 9] = [
        Self::Unpaid,
        Self::OnHold,
        Self::AwaitingShipment,
        Self::PartiallyShipping,
        Self::AwaitingCollection,
        Self::InTransit,
        Self::Delivered,
        Self::Completed,
        Self::Cancelled,
    ];

    /// The name in the Order API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unpaid => "UNPAID",
            Self::OnHold => "ON_HOLD",
            Self::AwaitingShipment => "AWAITING_SHIPMENT",
            Self::PartiallyShipping => "PARTIALLY_SHIPPING",
            Self::AwaitingCollection => "AWAITING_COLLECTION",
            Self::InTransit => "IN_TRANSIT",
            Self::Delivered => "DELIVERED",
            Self::Completed => "COMPLETED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// The name in webhooks, which differs; `None` where webhooks have no name.
    pub fn webhook_name(self) -> Option<&'static str> {
        match self {
            Self::Cancelled => Some("CANCEL"),
            Self::PartiallyShipping => None,
            other => Some(other.name()),
        }
    }

    /// Whether the parcel may still be marked as shipped.
    pub(crate) fn shippable(self) -> bool {
        matches!(self, Self::AwaitingShipment | Self::PartiallyShipping)
    }
}

/// Who cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelledBy {
    Buyer,
    Seller,
    System,
}

impl CancelledBy {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Buyer => "BUYER",
            Self::Seller => "SELLER",
            Self::System => "SYSTEM",
        }
    }
}

/// That something is cancelled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cancelled {
    pub(crate) by: CancelledBy,
    pub(crate) at: i64,
    /// The reason in words.
    pub(crate) reason: &'static str,
}

/// An order as the platform keeps it. All times are Unix seconds.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) shop_id: String,
    pub(crate) spec: OrderSpec,
    pub(crate) status: OrderStatus,
    pub(crate) lines: Vec<Line>,
    pub(crate) create_time: i64,
    pub(crate) paid_time: i64,
    pub(crate) update_time: i64,
    pub(crate) rts_time: Option<i64>,
    pub(crate) collection_time: Option<i64>,
    pub(crate) delivery_time: Option<i64>,
    pub(crate) cancel: Option<Cancelled>,
    /// The cancellation that the buyer asked for and when.
    pub(crate) cancel_request: Option<(String, i64)>,
    pub(crate) address_updated: bool,
    /// The package that is there from the payment on, where the market has it so.
    pub(crate) prepared_package: Option<String>,
    /// How many more reads do not show the packages.
    pub(crate) hidden_reads: u64,
    pub(crate) read: bool,
}

/// One unit.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) id: String,
    pub(crate) product_id: String,
    pub(crate) sku_id: String,
    pub(crate) seller_sku: String,
    pub(crate) title: String,
    pub(crate) price_cents: u64,
    pub(crate) package: Option<Package>,
    /// It alone is cancelled, not the order.
    pub(crate) cancel: Option<Cancelled>,
}

/// What a line was shipped in.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) tracking_number: String,
    pub(crate) provider_id: String,
    pub(crate) provider_name: String,
    pub(crate) rts_time: i64,
}

/// The SKU of a product that the shop does not show.
fn hidden_sku(product_id: &str) -> String {
    format!("{product_id}9")
}

/// Whether an order has its package from the payment on.
fn prepares(region: Region, shipping: ShippingType) -> bool {
    match region {
        Region::Us => false,
        Region::Gb => shipping == ShippingType::TikTok,
        Region::My => true,
    }
}

impl Order {
    pub(crate) fn new(spec: OrderSpec, shop: &ShopSpec, ids: &Ids, now: i64) -> Self {
        let ago = |ago: std::time::Duration| now - i64::try_from(ago.as_secs()).unwrap_or(0);
        let mut lines = Vec::new();
        for line in &spec.lines {
            let product = shop.products.iter().find(|product| product.id == line.product_id);
            for _ in 0..line.quantity {
                lines.push(Line {
                    id: ids.line.next(),
                    product_id: line.product_id.clone(),
                    sku_id: product.map_or_else(|| hidden_sku(&line.product_id), |p| p.sku_id.clone()),
                    seller_sku: product.map(|p| p.seller_sku.clone()).unwrap_or_default(),
                    title: product.map(|p| p.title.clone()).unwrap_or_default(),
                    // What the shop does not sell is a gift.
                    price_cents: product.map_or(0, |p| p.price_cents),
                    package: None,
                    cancel: None,
                });
            }
        }
        Self {
            id: ids.order.next(),
            shop_id: shop.id.clone(),
            status: spec.status,
            lines,
            create_time: ago(spec.created_ago),
            paid_time: ago(spec.paid_ago),
            update_time: now,
            rts_time: None,
            collection_time: None,
            delivery_time: None,
            cancel: None,
            cancel_request: None,
            address_updated: false,
            prepared_package: prepares(shop.region, spec.shipping).then(|| ids.package.next()),
            hidden_reads: 0,
            read: false,
            spec,
        }
    }

    /// Something changed: the update time never goes back.
    pub(crate) fn touch(&mut self, now: i64) {
        self.update_time = self.update_time.max(now);
    }

    /// The buyer, by the id of the Order API.
    pub(crate) fn buyer_user_id(&self) -> String {
        self.spec.buyer_id.clone().unwrap_or_else(|| format!("7021{}", &self.id[4..]))
    }

    /// The lines that are not cancelled.
    pub(crate) fn open_lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.cancel.is_none())
    }

    pub(crate) fn is_shipped_in_full(&self) -> bool {
        self.open_lines().all(|line| line.package.is_some())
    }

    pub(crate) fn recipient(&self) -> &Recipient {
        &self.spec.recipient
    }
}
