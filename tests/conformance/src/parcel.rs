//! Parcels to ship; everybody in them is invented.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use carriers::{BoughtLabel, BuyError, CarrierError, Connector, Offer, PurchaseOrder, ShipRequest, Sold};
use domain::address::Address;
use domain::measure::{Length, Weight};
use domain::order::OrderPart;
use domain::parcel::{Dimensions, Parcel};
use domain::purchase::{Purchase, PurchaseEvent};
use domain::rates::{ChosenQuote, Quote, Ticket};
use domain::{LineItemId, OrderId, PurchaseKey, Timestamp};

/// How long connectors wait here for an answer.
pub const PATIENCE: Duration = Duration::from_millis(400);

/// A deadline that no answer misses.
pub fn soon() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

static PARCELS: AtomicU32 = AtomicU32::new(1);

/// All of an order.
pub fn part() -> OrderPart {
    OrderPart {
        order: OrderId::new("576461000000000001"),
        items: vec![LineItemId::new("577086000000000001")],
        is_whole: true,
        package: None,
        has_dangerous_goods: false,
        combined_with: Vec::new(),
    }
}

/// A parcel to ship, and what is asked of a connector for it.
pub struct TestParcel {
    pub from: Address,
    pub to: Address,
    pub parcel: Parcel,
    pub part: OrderPart,
    pub reference: String,
}

impl TestParcel {
    /// A parcel of its own, to a house in Nevada.
    pub fn new() -> Self {
        let from = address("Example Supply", "4200 Plumstone Terrace", "Omaha", "NE", "68102");
        let to = address("Rosa Quill", "12 Juniper Lane", "Reno", "NV", "89501");
        let [length, width, height] = [10, 8, 4].map(Length::inches);
        let parcel =
            Parcel { weight: Weight::ounces(20), dimensions: Some(Dimensions::new(length, width, height)) };
        let number = PARCELS.fetch_add(1, Ordering::Relaxed);
        Self { from, to, parcel, part: part(), reference: format!("57646100000000{number:04}-1") }
    }

    /// The same to somewhere else.
    pub fn to(change: impl FnOnce(&mut Address)) -> Self {
        let mut parcel = Self::new();
        change(&mut parcel.to);
        parcel
    }

    pub fn request(&self) -> ShipRequest<'_> {
        let Self { from, to, parcel, part, reference } = self;
        ShipRequest { from, to, parcel, customs: None, reference, part }
    }

    pub async fn quote(&self, connector: &dyn Connector) -> Result<Offer, CarrierError> {
        connector.quote(&self.request(), None, soon()).await
    }

    pub async fn quote_again(
        &self,
        connector: &dyn Connector,
        ticket: &Ticket,
    ) -> Result<Offer, CarrierError> {
        connector.quote(&self.request(), Some(ticket), soon()).await
    }

    /// A purchase of the cheapest quote, as the ledger commits it.
    pub async fn purchase(&self, connector: &dyn Connector) -> Purchase {
        let offer = self.quote(connector).await.unwrap();
        let cheapest = offer.quotes.into_iter().min_by_key(|quote| quote.cost.minor).unwrap();
        self.purchase_of(cheapest)
    }

    /// A purchase of this quote, as the ledger commits it.
    pub fn purchase_of(&self, quote: Quote) -> Purchase {
        let (limit, asked_at) = (quote.cost, Timestamp::UNIX_EPOCH);
        let chosen = ChosenQuote { quote, parcel: self.parcel, customs: None, limit, asked_at };
        let mut purchase = Purchase::intend(PurchaseKey::new(format!("key-{}", self.reference)), chosen);
        purchase.apply(PurchaseEvent::Start { lease_until: asked_at }, asked_at).unwrap();
        purchase
    }

    /// Buys from an account that issues its labels at once.
    pub async fn buy(&self, connector: &dyn Connector, purchase: &Purchase) -> Result<BoughtLabel, BuyError> {
        match connector.buy(&PurchaseOrder { purchase, request: &self.request() }).await? {
            Sold::Issued(label) => Ok(*label),
            Sold::Pending(label) => panic!("it is not issued: {label:?}"),
        }
    }

    /// A label of this parcel, bought without trouble.
    pub async fn label(&self, connector: &dyn Connector) -> BoughtLabel {
        let purchase = self.purchase(connector).await;
        self.buy(connector, &purchase).await.unwrap()
    }

    /// What of the parcel must not show in an error.
    pub fn secrets(&self) -> Vec<&str> {
        vec![&self.to.name, &self.to.street1, &self.to.postal_code, &self.to.phone, &self.from.street1]
    }
}

impl Default for TestParcel {
    fn default() -> Self {
        Self::new()
    }
}

fn address(name: &str, street: &str, city: &str, state: &str, zip: &str) -> Address {
    Address {
        name: name.into(),
        street1: street.into(),
        city: city.into(),
        state: state.into(),
        postal_code: zip.into(),
        country: "US".into(),
        phone: "5035550142".into(),
        ..Address::default()
    }
}
