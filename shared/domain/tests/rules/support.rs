//! Orders, shipments and quotes to test with; all of it invented.

use domain::address::Address;
use domain::deadline::DispatchRules;
use domain::exception::ExceptionKind;
use domain::hold::HoldReason;
use domain::market::Market;
use domain::measure::Weight;
use domain::message::{ChangeSource, Message, ShipmentRef};
use domain::order::{Clocks, Fulfillment, LineItem, Order, OrderKind, OrderStatus, ShippingType};
use domain::parcel::Parcel;
use domain::purchase::{Purchase, PurchaseEvent, PurchaseState};
use domain::rates::{Carrier, ChosenQuote, Quote, Service, Ticket};
use domain::recipient::Recipient;
use domain::record::OrderRecord;
use domain::route::Route;
use domain::settings::CancellationPolicy;
use domain::shipment::Shipment;
use domain::shop::SellerType;
use domain::stage::{
    CostBasis, Event, Label, LabelFileState, PendingLabel, PurchaseIntent, Stage, Upload, Void,
};
use domain::sync::{Policies, sync};
use domain::{
    AccountId, CarrierAccountId, DeliveryOptionId, LabelHandle, LineItemId, Money, OrderId, PackageId,
    Private, ProductId, PurchaseKey, QuoteId, ShipmentId, ShopId, SkuId, Timestamp, TrackingNumber,
    WarehouseId,
};

/// Somebody who is reached over no channel yet.
pub fn unreachable_recipient(id: &str) -> Recipient {
    serde_json::from_value(serde_json::json!({ "id": id })).unwrap()
}

/// The tracking number of [`label`].
pub const OURS: &str = "9400100000000000000001";

/// `seconds` after the moment at which all tests stand.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

pub const HOUR: i64 = 3_600;

pub fn item(id: &str) -> LineItem {
    LineItem {
        id: LineItemId::new(id),
        product: ProductId::new("product"),
        sku: SkuId::new("sku"),
        seller_sku: "MUG-RED".into(),
        name: "Mug".into(),
        variation: "Red".into(),
        price: Some(Money::usd(1_250)),
        status: OrderStatus::AwaitingShipment,
        tracking: None,
        package: None,
        is_dangerous: false,
    }
}

pub fn recipient() -> Address {
    Address {
        name: "Ann Example".into(),
        street1: "12 Elm Street".into(),
        city: "Reno".into(),
        state: "NV".into(),
        postal_code: "89501".into(),
        country: "US".into(),
        phone: "+1 555 0100".into(),
        ..Address::default()
    }
}

/// Two units, paid two hours ago, held by TikTok for the first hour, to be shipped.
pub fn order() -> Order {
    Order {
        id: OrderId::new("5770"),
        status: OrderStatus::AwaitingShipment,
        buyer: None,
        kind: OrderKind::Normal,
        handling: None,
        released_at: None,
        is_sample: false,
        is_replacement: false,
        market: Market::united_states(),
        updated_at: at(-HOUR),
        created_at: at(-2 * HOUR - 60),
        paid_at: Some(at(-2 * HOUR)),
        was_held_by_tiktok: true,
        cancel_requested: false,
        cancel_requested_at: None,
        ready_at: None,
        collected_at: None,
        delivered_at: None,
        cancelled_at: None,
        fulfillment: Fulfillment::Seller,
        shipping: ShippingType::Seller,
        items: vec![item("unit-1"), item("unit-2")],
        recipient: Some(recipient()),
        warehouse: Some(WarehouseId::new("warehouse")),
        delivery_option: Some(DeliveryOptionId::new("option")),
        delivery_option_name: "Standard shipping".into(),
        combine_group: None,
        provider: None,
        clocks: Clocks::default(),
        total: Some(Money::usd(2_500)),
        payment_method: "Card".into(),
        buyer_message: Private::from("Please ring twice"),
        seller_note: Private::from("A friend"),
    }
}

/// [`order`] in this status, its units too; a shipped one carries the tracking number of [`label`].
pub fn order_in(status: OrderStatus) -> Order {
    let mut order = Order { status: status.clone(), ..order() };
    for unit in &mut order.items {
        unit.status = status.clone();
    }
    if matches!(
        status,
        OrderStatus::AwaitingCollection
            | OrderStatus::InTransit
            | OrderStatus::Delivered
            | OrderStatus::Completed
    ) {
        order = tracked(order, OURS);
    }
    order
}

/// The order with this tracking number on every unit.
pub fn tracked(mut order: Order, tracking: &str) -> Order {
    for unit in &mut order.items {
        unit.tracking = Some(tracking.into());
        unit.package = Some(PackageId::new("package"));
    }
    order
}

pub fn statuses() -> [OrderStatus; 10] {
    use OrderStatus as S;
    [
        S::Unpaid,
        S::OnHold,
        S::AwaitingShipment,
        S::PartiallyShipping,
        S::AwaitingCollection,
        S::InTransit,
        S::Delivered,
        S::Completed,
        S::Cancelled,
        S::Unknown("BEING_TELEPORTED".into()),
    ]
}

pub fn quote(id: &str, carrier: Carrier, code: &str, cents: i64, days: Option<u16>) -> Quote {
    Quote {
        id: QuoteId::new(id),
        service: Service::new(carrier, code),
        account: AccountId::default_of("ups"),
        billed_to: CarrierAccountId::new("ca_1"),
        ticket: Ticket::new("shp_1"),
        cost: Money::usd(cents),
        days,
        arrives_on: None,
        packaging: None,
    }
}

pub fn chosen() -> ChosenQuote {
    ChosenQuote {
        quote: quote("rate_1", Carrier::Usps, "GroundAdvantage", 607, Some(3)),
        parcel: Parcel { weight: Weight::ounces(12), dimensions: None },
        customs: None,
        limit: Money::usd(657),
        asked_at: at(0),
    }
}

pub fn label() -> Label {
    Label {
        account: AccountId::default_of("ups"),
        handle: LabelHandle::new("shp_1"),
        tracking: TrackingNumber::new(OURS),
        service: Service::new(Carrier::Usps, "GroundAdvantage"),
        billed_to: CarrierAccountId::new("ca_1"),
        cost: Money::usd(607),
        cost_basis: CostBasis::Charged,
        bought_at: at(0),
        fingerprint: order().parcel_fingerprint(),
        file: LabelFileState::Pending { link: Some(Private::from("https://labels.example/1.pdf")) },
        hazmat_sheet: domain::stage::HazmatSheet::None,
    }
}

/// TikTok's own label, which has no number yet.
pub fn pending_label() -> PendingLabel {
    PendingLabel {
        account: AccountId::platform(),
        handle: LabelHandle::new("1153132000001"),
        service: Service::new(Carrier::Usps, "Ground"),
        billed_to: CarrierAccountId::new("tiktok"),
        cost: Money::usd(512),
        cost_basis: CostBasis::Estimated,
        bought_at: at(0),
        fingerprint: order().parcel_fingerprint(),
    }
}

/// An order that ships with TikTok's label.
pub fn platform_order() -> Order {
    Order { shipping: ShippingType::TikTok, ..order() }
}

pub fn upload() -> Upload {
    Upload { at: at(0), package: Some(PackageId::new("package")), warning: None }
}

/// Every stage, each kind of its data once.
pub fn stages() -> Vec<Stage> {
    let fingerprint = order().parcel_fingerprint();
    vec![
        Stage::Held { until: None, why: HoldReason::Unpaid },
        Stage::Held { until: Some(at(HOUR)), why: HoldReason::Remorse },
        Stage::Ready,
        Stage::Rated { chosen: chosen(), fingerprint },
        Stage::Buying { intent: PurchaseIntent::Ship, fingerprint },
        Stage::Buying { intent: PurchaseIntent::Void, fingerprint },
        Stage::LabelPending { label: pending_label() },
        Stage::Labelled { label: label() },
        Stage::Uploaded { label: label(), upload: upload() },
        Stage::Scanned { label: label(), upload: upload() },
        Stage::Delivered { label: label(), upload: upload() },
        Stage::Blocked { why: ExceptionKind::NoRate, label: None },
        Stage::Blocked { why: ExceptionKind::UploadRefused, label: Some(label()) },
        Stage::Voiding { label: label() },
        Stage::Cancelled { voided: None },
        Stage::Cancelled { voided: Some((label(), Void::Submitted)) },
        Stage::Cancelled { voided: Some((label(), Void::Refunded)) },
        Stage::ShippedElsewhere,
    ]
}

/// The stage's name, with what of its data decides how it goes on.
pub fn name(stage: &Stage) -> &'static str {
    match stage {
        Stage::Buying { intent: PurchaseIntent::Void, .. } => "buying to void",
        Stage::Blocked { label: Some(_), .. } => "blocked with label",
        Stage::Cancelled { voided: Some((_, Void::Submitted)) } => "cancelled, refund under way",
        Stage::Cancelled { voided: Some(_) } => "cancelled with label",
        stage => stage.name(),
    }
}

/// Every event, each kind once.
pub fn events() -> Vec<Event> {
    vec![
        Event::Hold { until: None, why: HoldReason::CancelRequested },
        Event::Release,
        Event::Rate { chosen: Box::new(chosen()), fingerprint: order().parcel_fingerprint() },
        Event::Buy,
        Event::PurchaseFailed,
        Event::LabelPending { label: Box::new(pending_label()) },
        Event::Adopt { label: Box::new(pending_label()) },
        Event::Label { label: Box::new(label()) },
        Event::KeepFile { name: "5770-1.pdf".into() },
        Event::Upload { upload: upload() },
        Event::Scan,
        Event::Deliver,
        Event::Block { why: ExceptionKind::UploadRefused },
        Event::Cancel,
        Event::Voided { outcome: Void::Refunded },
        Event::Refund { outcome: Void::Refunded },
        Event::ShippedElsewhere,
    ]
}

/// A purchase in `state`.
pub fn purchase(state: PurchaseState) -> Purchase {
    Purchase {
        state,
        attempts: 1,
        sent_at: Some(at(0)),
        ..Purchase::intend(PurchaseKey::new("key"), chosen())
    }
}

/// Every state of a purchase.
pub fn purchase_states() -> [PurchaseState; 5] {
    [
        PurchaseState::Intended,
        PurchaseState::InFlight { lease_until: at(75) },
        PurchaseState::Bought { at: at(0) },
        PurchaseState::Rejected { at: at(0), reason: "no funds".into() },
        PurchaseState::Unknown { since: at(0) },
    ]
}

/// Every event of a purchase.
pub fn purchase_events() -> [PurchaseEvent; 7] {
    [
        PurchaseEvent::Start { lease_until: at(200) },
        PurchaseEvent::NotSent { why: "no connection".into() },
        PurchaseEvent::Bought,
        PurchaseEvent::Rejected { reason: "no funds".into() },
        PurchaseEvent::Lost { why: "no answer came".into() },
        PurchaseEvent::ProvenAbsent,
        PurchaseEvent::RuledOut,
    ]
}

/// The shipment of [`order`] in `stage`, with the ledger that belongs to it.
pub fn shipment(stage: Stage) -> Shipment {
    let units = order().items.iter().map(|unit| unit.id.clone()).collect();
    let mut shipment =
        Shipment::new(ShipmentId::new("5770-1"), units, Some(WarehouseId::new("warehouse")), at(0));
    if matches!(stage, Stage::Buying { .. }) {
        shipment.ledger.push(purchase(PurchaseState::InFlight { lease_until: at(75) }));
    } else if stage.label().is_some() || matches!(stage, Stage::LabelPending { .. }) {
        shipment.ledger.push(purchase(PurchaseState::Bought { at: at(0) }));
    }
    let at_rest = matches!(
        stage,
        Stage::Delivered { .. } | Stage::Blocked { .. } | Stage::Cancelled { .. } | Stage::ShippedElsewhere
    ) && !matches!(stage, Stage::Cancelled { voided: Some((_, Void::Submitted)) });
    shipment.next_check_at = shipment.next_check_at.filter(|_| !at_rest);
    shipment.stage = stage;
    shipment
}

/// The record of [`order`] with its shipment in `stage`.
pub fn record(stage: Stage) -> OrderRecord {
    OrderRecord {
        shop: ShopId::new("shop"),
        order: order(),
        shipments: vec![shipment(stage)],
        exceptions: Vec::new(),
        route: Some(Route::MarkShipped),
        combination: None,
        deadline: None,
        first_seen_at: at(0),
        synced_at: at(0),
        webhooks_seen_until: None,
        refused: Vec::new(),
        overrides: domain::record::Overrides::default(),
        alarms: domain::record::AlarmLog::default(),
        cancellation: None,
        forget_at: None,
    }
}

/// These rules of dispatch, and no choice of the seller's.
pub fn policies(dispatch: &DispatchRules) -> Policies<'_> {
    let seller = SellerType::Local;
    Policies { dispatch, cancellation: CancellationPolicy::Stop, seller, forget_after_days: None }
}

/// A number generator whose seed is named when a test fails.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2).wrapping_add(1))
    }

    /// A number from 0 to below `bound` (SplitMix64).
    pub fn below(&mut self, bound: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((z ^ (z >> 31)) % u64::try_from(bound).unwrap()).unwrap()
    }
}

/// The record of `order`, first seen at `seen`, without shipments.
pub fn record_of(order: Order, seen: Timestamp) -> OrderRecord {
    OrderRecord { order, shipments: Vec::new(), first_seen_at: seen, synced_at: seen, ..record(Stage::Ready) }
}

/// The shipment of [`order`], told to TikTok.
pub fn uploaded() -> Shipment {
    shipment(Stage::Uploaded { label: label(), upload: upload() })
}

/// Syncs what is stored with `order`, read back at `at(10)`.
pub fn synced(stored: Option<OrderRecord>, order: Order) -> (OrderRecord, Vec<Message>) {
    sync(
        stored,
        &ShopId::new("shop"),
        order,
        ChangeSource::Webhook,
        &policies(&DispatchRules::built_in().unwrap()),
        at(10),
    )
    .unwrap()
}

/// Names the shipment of [`record`].
pub fn task() -> ShipmentRef {
    ShipmentRef { key: record(Stage::Ready).key(), shipment: ShipmentId::new("5770-1") }
}

/// The kinds of the open exceptions.
pub fn open(record: &OrderRecord) -> Vec<ExceptionKind> {
    record.open_exceptions().map(|exception| exception.kind).collect()
}
