//! What a test says about shops, products and orders.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::{OrderStatus, Step};

/// The market of a shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    Us,
    Gb,
    /// Malaysia.
    My,
}

impl Region {
    /// The region code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Us => "US",
            Self::Gb => "GB",
            Self::My => "MY",
        }
    }

    pub(crate) fn country(self) -> &'static str {
        match self {
            Self::Us => "United States",
            Self::Gb => "United Kingdom",
            Self::My => "Malaysia",
        }
    }

    pub(crate) fn currency(self) -> &'static str {
        match self {
            Self::Us => "USD",
            Self::Gb => "GBP",
            Self::My => "MYR",
        }
    }
}

/// Where the seller's business is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SellerType {
    /// In the shop's market.
    Local,
    CrossBorder,
}

impl SellerType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Local => "LOCAL",
            Self::CrossBorder => "CROSS_BORDER",
        }
    }
}

/// A shop.
#[derive(Debug, Clone)]
pub struct ShopSpec {
    pub id: String,
    /// Its cipher, which names it in calls.
    pub cipher: String,
    pub code: String,
    pub name: String,
    pub region: Region,
    /// Where its seller is.
    pub seller: SellerType,
    /// Its warehouses; orders leave from the first.
    pub warehouses: Vec<WarehouseSpec>,
    pub products: Vec<ProductSpec>,
}

impl ShopSpec {
    /// A US shop with one warehouse and two products.
    pub fn sample() -> Self {
        Self {
            id: "7495540735365700001".to_owned(),
            cipher: "TTP_c1pherAAAAAsampleUS".to_owned(),
            code: "USLCSAMPLE01".to_owned(),
            name: "Sample Goods".to_owned(),
            region: Region::Us,
            seller: SellerType::Local,
            warehouses: vec![WarehouseSpec::sample()],
            products: vec![
                ProductSpec::new("1729590000000000001", "Ceramic mug", 1_450).packed("0.9", ["6", "5", "5"]),
                ProductSpec::new("1729590000000000002", "Dumbbell pair", 8_900)
                    .packed("40", ["16", "9", "8"]),
            ],
        }
    }
}

/// A warehouse.
#[derive(Debug, Clone)]
pub struct WarehouseSpec {
    pub id: String,
    pub name: String,
    pub contact: String,
    pub street: String,
    pub city: String,
    /// The state, spelled out.
    pub state: String,
    /// The ZIP or postcode.
    pub postal_code: String,
    /// The phone, masked as TikTok shows it.
    pub phone_masked: String,
}

impl WarehouseSpec {
    /// A warehouse in Ohio.
    pub fn sample() -> Self {
        Self {
            id: "7395366800000000001".to_owned(),
            name: "Main warehouse".to_owned(),
            contact: "Shipping desk".to_owned(),
            street: "1200 Depot Yard Rd".to_owned(),
            city: "Columbus".to_owned(),
            state: "Ohio".to_owned(),
            postal_code: "43215".to_owned(),
            phone_masked: "(+1)614-***-0100".to_owned(),
        }
    }
}

/// A product with one SKU.
#[derive(Debug, Clone)]
pub struct ProductSpec {
    pub id: String,
    /// The id of its SKU.
    pub sku_id: String,
    /// The seller's own code of the SKU.
    pub seller_sku: String,
    pub title: String,
    /// The price in cents or pence.
    pub price_cents: u64,
    pub package: PackageSpec,
    /// The variation's own package (`sku_weight`, `sku_dimensions`), which answers have since 2026.
    pub sku_package: PackageSpec,
    /// Whether Get Product shows it; a gift or a product that was taken down is not shown.
    pub shown: bool,
}

/// A package as the seller filled it in, figures as TikTok gives them: as a rule texts.
#[derive(Debug, Clone, Default)]
pub struct PackageSpec {
    /// The weight and its unit (`POUND`, `KILOGRAM`).
    pub weight: Option<(Value, &'static str)>,
    /// Length, width, height and their unit (`INCH`, `CENTIMETER`).
    pub dimensions: Option<([Value; 3], &'static str)>,
}

impl PackageSpec {
    /// Pounds and inches.
    pub fn new(pounds: impl Into<Value>, inches: [&str; 3]) -> Self {
        Self { weight: Some((pounds.into(), "POUND")), dimensions: Some((inches.map(Value::from), "INCH")) }
    }
}

impl ProductSpec {
    /// A product without weight and dimensions.
    pub fn new(id: &str, title: &str, price_cents: u64) -> Self {
        Self {
            id: id.to_owned(),
            sku_id: format!("{}9", &id[1..]),
            seller_sku: title.to_lowercase().replace(' ', "-"),
            title: title.to_owned(),
            price_cents,
            package: PackageSpec::default(),
            sku_package: PackageSpec::default(),
            shown: true,
        }
    }

    /// The same product packed: pounds and inches.
    #[must_use]
    pub fn packed(self, pounds: impl Into<Value>, inches: [&str; 3]) -> Self {
        Self { package: PackageSpec::new(pounds, inches), ..self }
    }

    /// The same product, whose variation has a package of its own: pounds and inches.
    #[must_use]
    pub fn sku_packed(self, pounds: impl Into<Value>, inches: [&str; 3]) -> Self {
        Self { sku_package: PackageSpec::new(pounds, inches), ..self }
    }
}

/// Who receives an order. All of it must be invented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    pub first_name: String,
    pub last_name: String,
    /// Phone, with country code: `(+1)6145550100`.
    pub phone: String,
    pub line1: String,
    /// Second line; may be empty.
    pub line2: String,
    pub city: String,
    pub county: String,
    /// State, spelled out, as TikTok does.
    pub state: String,
    pub postal_code: String,
}

impl Recipient {
    /// A recipient in Portland.
    pub fn sample() -> Self {
        Self {
            first_name: "Orla".to_owned(),
            last_name: "Testerman".to_owned(),
            phone: "(+1)5035550142".to_owned(),
            line1: "418 Imaginary Elm St".to_owned(),
            line2: "Apt 3".to_owned(),
            city: "Portland".to_owned(),
            county: "Multnomah".to_owned(),
            state: "Oregon".to_owned(),
            postal_code: "97205".to_owned(),
        }
    }
}

/// Units of one product.
#[derive(Debug, Clone)]
pub struct LineSpec {
    pub product_id: String,
    /// How many; each becomes a line item of its own.
    pub quantity: u32,
}

/// Who fulfils an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fulfillment {
    BySeller,
    ByTikTok,
}

/// Whose labels an order travels with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShippingType {
    Seller,
    TikTok,
}

/// What the buyer chose at checkout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryOption {
    pub id: String,
    pub name: String,
    /// The promise, counted from the payment.
    pub deliver_within: Option<Duration>,
}

impl DeliveryOption {
    /// The id of standard shipping in every shop.
    pub const STANDARD_ID: &'static str = "7091146663229654785";
    /// The id of express shipping in every shop.
    pub const EXPRESS_ID: &'static str = "7091146663229687553";

    /// Standard shipping without a promise.
    pub fn standard() -> Self {
        let name = "Standard shipping".to_owned();
        Self { id: Self::STANDARD_ID.to_owned(), name, deliver_within: None }
    }

    /// Express shipping, delivered within the given time of the payment.
    pub fn express(deliver_within: Duration) -> Self {
        let name = "Express shipping".to_owned();
        Self { id: Self::EXPRESS_ID.to_owned(), name, deliver_within: Some(deliver_within) }
    }
}

/// An order to come in.
#[derive(Debug, Clone)]
pub struct OrderSpec {
    /// The shop; `None` is the first one.
    pub shop_id: Option<String>,
    pub recipient: Recipient,
    /// The buyer's user id; `None` is a buyer of this order alone.
    pub buyer_id: Option<String>,
    /// The buyer's relay address at TikTok.
    pub buyer_email: String,
    pub lines: Vec<LineSpec>,
    /// Whether its units are dangerous goods.
    pub is_dangerous: bool,
    /// The status it comes in with.
    pub status: OrderStatus,
    /// Whether the hour of remorse is or was spent ON_HOLD.
    pub is_on_hold_order: bool,
    /// How long ago the order was created.
    pub created_ago: Duration,
    /// How long ago it was paid.
    pub paid_ago: Duration,
    /// When it must be handed over, counted from the payment.
    pub ship_within: Duration,
    /// What the buyer chose.
    pub delivery: DeliveryOption,
    pub fulfillment: Fulfillment,
    /// Whose label it travels with.
    pub shipping: ShippingType,
    /// What the buyer wrote.
    pub buyer_message: String,
    /// A warning that the upload of any tracking number brings.
    pub upload_warning: Option<String>,
    /// What happens to it by itself.
    pub script: Vec<Step>,
    /// Fields of its answer that differ from those of an ordinary order; `None` takes a field away.
    pub fields: BTreeMap<&'static str, Option<Value>>,
}

impl OrderSpec {
    /// A paid order of one unit, ready to ship at once.
    pub fn new(product_id: &str) -> Self {
        Self {
            shop_id: None,
            recipient: Recipient::sample(),
            buyer_id: None,
            buyer_email: "v2testbuyer@chat.seller.tiktok.com".to_owned(),
            lines: vec![LineSpec { product_id: product_id.to_owned(), quantity: 1 }],
            is_dangerous: false,
            status: OrderStatus::AwaitingShipment,
            is_on_hold_order: true,
            created_ago: Duration::from_secs(3700),
            paid_ago: Duration::from_secs(3650),
            ship_within: Duration::from_secs(2 * 24 * 3600),
            delivery: DeliveryOption::standard(),
            fulfillment: Fulfillment::BySeller,
            shipping: ShippingType::Seller,
            buyer_message: String::new(),
            upload_warning: None,
            script: Vec::new(),
            fields: BTreeMap::new(),
        }
    }
}
