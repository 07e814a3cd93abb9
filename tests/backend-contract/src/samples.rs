//! Invented orders, shops and messages.

use domain::alarm::AlarmLevel;
use domain::deadline::Deadline;
use domain::exception::ExceptionKind;
use domain::market::Market;
use domain::message::{ChangeSource, Message, ShipmentRef};
use domain::order::{Clocks, Fulfillment, LineItem, Order, OrderKind, OrderStatus, ShippingType};
use domain::polling::PollState;
use domain::rates::{Carrier, Service};
use domain::record::OrderRecord;
use domain::shipment::Shipment;
use domain::shop::{Authorization, SellerType, Shop, Warehouse};
use domain::stage::{Label, LabelFileState, Stage};
use domain::{
    AccountId, CarrierAccountId, Currency, LabelHandle, LineItemId, Money, OrderId, OrderKey, Private,
    ProductId, ShopId, SkuId, Timestamp, TrackingNumber, WarehouseId,
};

use domain::address::Address;

/// An instant `seconds` after one that all samples share.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

/// The key of an order of `shop`.
pub fn key(shop: &str, order: &str) -> OrderKey {
    OrderKey::new(ShopId::new(shop), OrderId::new(order))
}

/// An order to be shipped, first seen at `seen`, with one shipment that is ready.
pub fn order(shop: &str, id: &str, seen: Timestamp) -> OrderRecord {
    let key = key(shop, id);
    let item = line_item(&format!("{id}-a"));
    let shipment = Shipment::new(key.shipment(1), vec![item.id.clone()], None, seen);
    let order = Order {
        id: key.order,
        status: OrderStatus::AwaitingShipment,
        buyer: None,
        kind: OrderKind::Normal,
        handling: None,
        released_at: None,
        is_sample: false,
        is_replacement: false,
        market: Market::united_states(),
        updated_at: seen,
        created_at: seen,
        paid_at: Some(seen),
        was_held_by_tiktok: true,
        cancel_requested: false,
        cancel_requested_at: None,
        ready_at: None,
        collected_at: None,
        delivered_at: None,
        cancelled_at: None,
        fulfillment: Fulfillment::Seller,
        shipping: ShippingType::Seller,
        items: vec![item],
        recipient: Some(address("Rosa Quill", "12 Juniper Lane")),
        warehouse: Some(WarehouseId::new("wh-1")),
        delivery_option: None,
        delivery_option_name: "Standard shipping".into(),
        combine_group: None,
        provider: None,
        clocks: Clocks::default(),
        total: Some(Money { minor: 2499, currency: Currency::USD }),
        payment_method: "Card".into(),
        buyer_message: Private::from("Zażółć, 谢谢 🎁"),
        seller_note: Private::default(),
    };
    OrderRecord {
        shop: key.shop,
        order,
        shipments: vec![shipment],
        exceptions: Vec::new(),
        route: Some(domain::route::Route::MarkShipped),
        combination: None,
        deadline: None,
        first_seen_at: seen,
        synced_at: seen,
        webhooks_seen_until: None,
        refused: Vec::new(),
        overrides: domain::record::Overrides::default(),
        alarms: domain::record::AlarmLog::default(),
        cancellation: None,
        forget_at: None,
    }
}

fn line_item(id: &str) -> LineItem {
    LineItem {
        id: LineItemId::new(id),
        product: ProductId::new("product-1"),
        sku: SkuId::new("sku-1"),
        seller_sku: "MUG-BLUE".into(),
        name: "Enamel mug".into(),
        variation: "Blue".into(),
        price: Some(Money { minor: 2499, currency: Currency::USD }),
        status: OrderStatus::AwaitingShipment,
        tracking: None,
        package: None,
        is_dangerous: false,
    }
}

fn address(name: &str, street: &str) -> Address {
    Address {
        name: name.into(),
        street1: street.into(),
        city: "Springfield".into(),
        state: "OR".into(),
        postal_code: "97477".into(),
        country: "US".into(),
        ..Address::default()
    }
}

/// The order with its shipment's timer at `next_check_at`.
pub fn waking(mut record: OrderRecord, next_check_at: Option<Timestamp>) -> OrderRecord {
    for shipment in &mut record.shipments {
        shipment.next_check_at = next_check_at;
    }
    record
}

/// The order whose next alarm is due at `alarm_at`, a day before it must be dispatched.
pub fn alarming(mut record: OrderRecord, alarm_at: Option<Timestamp>) -> OrderRecord {
    record.order.paid_at = None;
    record.deadline = alarm_at.map(|at| Deadline {
        at: at.saturating_add(AlarmLevel::Day.before()).unwrap_or(Timestamp::MAX),
        clock: domain::deadline::DeadlineSource::ReadyToShip,
        why: "TikTok says so.".into(),
        cancellation: None,
    });
    record
}

/// A label with this tracking number.
pub fn label(tracking: &str) -> Label {
    Label {
        account: AccountId::default_of("ups"),
        handle: LabelHandle::new("shp_1"),
        tracking: TrackingNumber::new(tracking),
        service: Service::new(Carrier::Usps, "GroundAdvantage"),
        billed_to: CarrierAccountId::new("ca_1"),
        cost: Money::usd(607),
        cost_basis: domain::stage::CostBasis::Charged,
        bought_at: at(0),
        fingerprint: 7,
        file: LabelFileState::Kept { name: "shop-1/5771-1/label.pdf".into() },
        hazmat_sheet: domain::stage::HazmatSheet::None,
    }
}

/// The order with its shipment in `stage`.
pub fn staged(mut record: OrderRecord, stage: Stage) -> OrderRecord {
    for shipment in &mut record.shipments {
        shipment.stage = stage.clone();
    }
    record
}

/// The order with an open exception.
pub fn troubled(mut record: OrderRecord) -> OrderRecord {
    let seen = record.first_seen_at;
    record.open_exception(ExceptionKind::WeightUnknown, None, "No weight is known.", seen);
    record
}

/// A shop that is polled next at `next_at`.
pub fn shop(id: &str, next_at: Timestamp) -> Shop {
    Shop {
        id: ShopId::new(id),
        name: "Juniper & Quill".into(),
        market: Market::united_states(),
        seller: SellerType::Local,
        cipher: Private::from("cipher-1"),
        account: "account-1".into(),
        authorization: Authorization::Granted,
        warehouses: vec![Warehouse {
            id: WarehouseId::new("wh-1"),
            address: address("Warehouse", "1 Depot Road"),
            is_default: true,
        }],
        warehouses_read_at: at(0),
        connected_at: at(0),
        poll: PollState::new(next_at),
        monitor: domain::shop::ShopMonitor::default(),
    }
}

/// A message for order-sync.
pub fn change(order: &str) -> Message {
    Message::order_change(key("shop-1", order), ChangeSource::Webhook)
}

/// A message for rate-shop.
pub fn rate_request(order: &str) -> Message {
    let key = key("shop-1", order);
    Message::RateRequest(ShipmentRef { shipment: key.shipment(1), key })
}
