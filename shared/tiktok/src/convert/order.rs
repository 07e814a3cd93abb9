//! Parses orders of Get Order Detail and Get Order List.

use domain::market::Market;
use domain::order::{
    Clocks, Fulfillment, Handling, HandlingUnit, LineItem, Order, OrderKind, OrderStatus, ShippingType,
};
use domain::{
    BuyerId, CombineGroupId, Currency, DeliveryOptionId, LineItemId, Money, OrderId, PackageId, Private,
    ProductId, ProviderId, SkuId, WarehouseId,
};
use serde_json::Value;

use super::{address, present};
use crate::paths;
use crate::wire::lenient::cut;
use crate::wire::order as wire;

/// An order, or what is known of one that cannot be parsed.
pub type ParsedOrder = Result<Order, UnreadableOrder>;

/// An order without something that every order must have. Its content is not shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("order {} can't be read: {field} is missing", id.as_ref().map_or("without an id", OrderId::as_str))]
pub struct UnreadableOrder {
    /// The order, if that much is known.
    pub id: Option<OrderId>,
    /// The field that is missing or invalid.
    pub field: &'static str,
}

/// Parses an order of a shop that sells in `market`.
pub fn order(raw: Value, market: &Market) -> ParsedOrder {
    let unreadable = |id: Option<OrderId>, field| UnreadableOrder { id, field };
    let wire: wire::Order = serde_json::from_value(raw).map_err(|_| unreadable(None, "order"))?;
    // The id becomes part of paths and file names.
    let id = Some(wire.id.clone())
        .filter(|id| paths::is_id(id))
        .map(OrderId::new)
        .ok_or(unreadable(None, "id"))?;
    let missing = |field| unreadable(Some(id.clone()), field);
    let status = present(wire.status.clone(), OrderStatus::from).ok_or_else(|| missing("status"))?;
    let created_at = wire.create_time.ok_or_else(|| missing("create_time"))?;
    let updated_at = wire.update_time.ok_or_else(|| missing("update_time"))?;

    let whole = OrderDefaults {
        status: &status,
        currency: &wire.payment.currency,
        // With several packages, each has a number of its own.
        tracking: if wire.packages.len() <= 1 { &wire.tracking_number } else { "" },
        package: whole_package(&wire, &status),
    };
    let title_chars_max = TITLES_CHARS_MAX / (2 * wire.line_items.len()).max(1);
    let items = wire.line_items.into_iter().map(|item| line_item(item, &whole, title_chars_max)).collect();
    Ok(Order {
        buyer: present(wire.user_id, BuyerId::new),
        kind: OrderKind::from(wire.order_type),
        handling: handling(&wire.handling_duration),
        released_at: wire.release_date,
        is_sample: wire.is_sample_order,
        is_replacement: wire.is_replacement_order,
        market: market.clone(),
        updated_at,
        created_at,
        paid_at: wire.paid_time,
        was_held_by_tiktok: wire.is_on_hold_order,
        cancel_requested: wire.is_buyer_request_cancel,
        cancel_requested_at: wire.request_cancel_time,
        ready_at: wire.rts_time,
        collected_at: wire.collection_time,
        delivered_at: wire.delivery_time,
        cancelled_at: wire.cancel_time,
        fulfillment: fulfillment(wire.fulfillment_type),
        shipping: shipping(wire.shipping_type),
        items,
        recipient: address::recipient(wire.recipient_address),
        warehouse: present(wire.warehouse_id, WarehouseId::new),
        delivery_option: present(wire.delivery_option_id, DeliveryOptionId::new),
        delivery_option_name: wire.delivery_option_name,
        // "N/A" is how TikTok writes none, beside nothing at all.
        combine_group: present(wire.auto_combine_group_id, CombineGroupId::new)
            .filter(|group| group.as_str() != "N/A"),
        provider: present(wire.shipping_provider_id, ProviderId::new),
        clocks: Clocks {
            ready_by: wire.rts_sla_time,
            scanned_by: wire.tts_sla_time,
            delivered_by: wire.delivery_sla_time,
            promised_by: wire.delivery_option_required_delivery_time,
            ready_or_cancelled: wire.shipping_due_time,
            scanned_or_cancelled: wire.collection_due_time,
            delivery_or_cancelled: wire.delivery_due_time,
        },
        total: money(&wire.payment.total_amount, &wire.payment.currency),
        payment_method: wire.payment_method_name,
        buyer_message: Private::new(wire.buyer_message),
        seller_note: Private::new(wire.seller_note),
        id,
        status,
    })
}

/// The one package of an order, for units that do not name theirs. Of a partly shipped order it holds the shipped ones only.
fn whole_package(wire: &wire::Order, status: &OrderStatus) -> Option<PackageId> {
    let named = wire.line_items.iter().any(|item| !item.package_id.is_empty());
    match wire.packages.as_slice() {
        [only] if !named && *status != OrderStatus::PartiallyShipping => {
            present(only.id.0.clone(), PackageId::new)
        }
        _ => None,
    }
}

/// The most characters of all titles of an order together. An order has an entry for each unit and is stored as one record;
/// whoever packs it knows the units by their SKUs.
const TITLES_CHARS_MAX: usize = 20_000;

/// The order's own values, for units that do not have theirs.
struct OrderDefaults<'a> {
    status: &'a OrderStatus,
    currency: &'a str,
    tracking: &'a str,
    /// The order's package, where it has exactly one.
    package: Option<PackageId>,
}

fn line_item(wire: wire::LineItem, whole: &OrderDefaults<'_>, title_chars_max: usize) -> LineItem {
    let status = item_status(wire.display_status, whole.status);
    let currency = if wire.currency.is_empty() { whole.currency } else { &wire.currency };
    let price = money(&wire.sale_price, currency);
    let tracking = present(wire.tracking_number, |number| number).or_else(|| {
        Some(whole.tracking.to_owned()).filter(|number| is_shipped(&status) && !number.is_empty())
    });
    LineItem {
        id: LineItemId::new(wire.id),
        product: ProductId::new(wire.product_id),
        sku: SkuId::new(wire.sku_id),
        seller_sku: wire.seller_sku,
        name: cut(wire.product_name, title_chars_max),
        variation: cut(wire.sku_name, title_chars_max),
        price,
        status,
        tracking,
        package: present(wire.package_id, PackageId::new).or_else(|| whole.package.clone()),
        is_dangerous: wire.is_dangerous_good,
    }
}

fn item_status(status: String, whole: &OrderStatus) -> OrderStatus {
    match status.as_str() {
        "" => whole.clone(),
        // The name from before version 202309, which answers still use.
        "TO_SHIP" => OrderStatus::AwaitingShipment,
        _ => OrderStatus::from(status),
    }
}

fn is_shipped(status: &OrderStatus) -> bool {
    use OrderStatus::{AwaitingCollection, Completed, Delivered, InTransit};
    matches!(status, AwaitingCollection | InTransit | Delivered | Completed)
}

fn fulfillment(kind: String) -> Fulfillment {
    match kind.as_str() {
        "FULFILLMENT_BY_SELLER" => Fulfillment::Seller,
        "FULFILLMENT_BY_TIKTOK" | "FULFILLMENT_BY_DILAYANI_TOKOPEDIA" => Fulfillment::Platform,
        _ => Fulfillment::Unknown(short(kind)),
    }
}

fn shipping(kind: String) -> ShippingType {
    match kind.as_str() {
        "SELLER" => ShippingType::Seller,
        "TIKTOK" => ShippingType::TikTok,
        // With a hyphen and a space, as the filter of Get Order List writes it.
        "TIKTOK_DIGITAL" | "IN-STORE PICKUP" => ShippingType::NoParcel,
        _ => ShippingType::Unknown(short(kind)),
    }
}

/// Unknown values are shown to people, cut to what a name needs.
fn short(value: String) -> String {
    cut(value, 40)
}

/// Zero days are no handling time. A unit that is missing or unknown counts as business days, TikTok's default.
fn handling(wire: &wire::Handling) -> Option<Handling> {
    let days = wire.days.and_then(|days| u16::try_from(days).ok()).filter(|days| *days > 0)?;
    let unit = match wire.unit.as_str() {
        "CALENDAR_DAY" => HandlingUnit::CalendarDays,
        _ => HandlingUnit::BusinessDays,
    };
    Some(Handling { days, unit })
}

fn money(amount: &str, currency: &str) -> Option<Money> {
    Money::parse(amount, Currency::parse(currency).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use domain::market::Market;
    use domain::order::{Fulfillment, Handling, HandlingUnit, Order, OrderKind, OrderStatus, ShippingType};
    use domain::{BuyerId, Money, OrderId, Timestamp};
    use serde_json::{Value, json};

    use super::{UnreadableOrder, order};

    fn read(value: Value) -> Result<Order, UnreadableOrder> {
        order(value, &Market::united_states())
    }

    /// A minimal order with these additional fields.
    fn with(more: Value) -> Order {
        let mut value =
            json!({"id": "1", "status": "AWAITING_SHIPMENT", "create_time": 10, "update_time": 20});
        let (Value::Object(all), Value::Object(more)) = (&mut value, more) else { unreachable!() };
        all.extend(more);
        read(value).unwrap()
    }

    #[test]
    fn four_fields_are_enough() {
        let order = with(json!({}));
        assert_eq!(order.id, OrderId::new("1"));
        assert_eq!(order.updated_at, Timestamp::from_second(20).unwrap());
        assert_eq!((order.recipient, order.total, order.paid_at), (None, None, None));
        let says_nothing = (Fulfillment::Unknown(String::new()), ShippingType::Unknown(String::new()));
        assert_eq!((order.fulfillment, order.shipping), says_nothing);
        assert_eq!(order.clocks, domain::order::Clocks::default());
        assert_eq!((order.buyer, order.kind, order.handling), (None, OrderKind::Normal, None));
        assert!(!order.is_sample && !order.is_replacement && order.released_at.is_none());
    }

    #[test]
    fn parses_what_the_deadline_needs() {
        let order = with(json!({
            "user_id": 7021, "order_type": "PRE_ORDER", "release_date": "30", "is_sample_order": 1,
            "is_replacement_order": true, "request_cancel_time": 40, "rts_time": 50, "collection_time": 60,
            "delivery_time": 0, "cancel_time": null, "delivery_due_time": 70,
        }));
        let at = |seconds| Timestamp::from_second(seconds).ok();
        assert_eq!((order.buyer, order.kind), (Some(BuyerId::new("7021")), OrderKind::PreOrder));
        assert_eq!((order.released_at, order.cancel_requested_at), (at(30), at(40)));
        assert_eq!((order.ready_at, order.collected_at), (at(50), at(60)));
        assert_eq!((order.delivered_at, order.cancelled_at), (None, None));
        assert_eq!(order.clocks.delivery_or_cancelled, at(70));
        assert!(order.is_sample && order.is_replacement);
        let unheard = with(json!({"order_type": "RAFFLE"}));
        assert_eq!(unheard.kind, OrderKind::Unknown("RAFFLE".into()));
    }

    #[track_caller]
    fn check_handling(wire: Value, expect: Option<(u16, HandlingUnit)>) {
        let expect = expect.map(|(days, unit)| Handling { days, unit });
        assert_eq!(with(json!({"handling_duration": wire})).handling, expect, "{wire}");
    }

    #[test]
    fn parses_the_handling_time() {
        use HandlingUnit::{BusinessDays, CalendarDays};
        check_handling(json!({"days": "7", "type": "BUSINESS_DAY"}), Some((7, BusinessDays)));
        check_handling(json!({"days": 3, "type": "CALENDAR_DAY"}), Some((3, CalendarDays)));
        check_handling(json!({"days": "5"}), Some((5, BusinessDays)));
        for odd in [json!(null), json!({}), json!([]), json!({"days": "0"}), json!({"days": "-1"})] {
            check_handling(odd, None);
        }
        check_handling(json!({"days": "70000", "type": "BUSINESS_DAY"}), None);
    }

    #[track_caller]
    fn check_unreadable(value: Value, id: Option<&str>, field: &'static str) {
        assert_eq!(read(value), Err(UnreadableOrder { id: id.map(OrderId::new), field }));
    }

    #[test]
    fn names_the_field_that_is_missing() {
        check_unreadable(json!(3), None, "order");
        check_unreadable(json!({}), None, "id");
        check_unreadable(json!({"status": "UNPAID"}), None, "id");
        check_unreadable(json!({"id": "../7", "status": "UNPAID"}), None, "id");
        check_unreadable(json!({"id": 7}), Some("7"), "status");
        check_unreadable(json!({"id": "7", "status": "UNPAID", "create_time": 0}), Some("7"), "create_time");
        check_unreadable(json!({"id": "7", "status": "UNPAID", "create_time": 1}), Some("7"), "update_time");
    }

    #[test]
    fn parses_units() {
        let order = with(json!({
            "payment": {"currency": "USD", "total_amount": 12.5}, "tracking_number": "JX1",
            "line_items": [
                {"id": "1", "display_status": "TO_SHIP", "sale_price": "0.01", "currency": "IDR", "tracking_number": " "},
                {"id": "2", "sale_price": "6.075"},
                {"id": "3", "display_status": "IN_TRANSIT", "sale_price": "6.07", "tracking_number": "JX2\n"},
                {"id": "4", "display_status": "AWAITING_COLLECTION"},
                {"display_status": "CANCEL"},
            ],
        }));
        assert_eq!(order.total, Some(Money::usd(1250)));
        let tracking: Vec<_> = order.items.iter().map(|item| item.tracking.as_deref()).collect();
        assert_eq!(tracking, [None, None, Some("JX2"), Some("JX1"), None]);
        let statuses: Vec<_> = order.items.iter().map(|item| item.status.clone()).collect();
        use OrderStatus::{AwaitingCollection, AwaitingShipment, Cancelled, InTransit};
        assert_eq!(statuses, [AwaitingShipment, AwaitingShipment, InTransit, AwaitingCollection, Cancelled]);
        assert_eq!(order.items[0].price.unwrap().to_string(), "0.01 IDR");
        assert_eq!(
            (order.items[1].price, order.items[2].price),
            (Some(Money::usd(608)), Some(Money::usd(607))),
            "a fraction of a cent is rounded up"
        );
        assert_eq!(order.unshipped().count(), 2);
    }

    #[test]
    fn a_second_package_has_its_own_number() {
        let order = with(json!({
            "tracking_number": "JX1", "packages": [{"id": 1}, {"id": "2"}],
            "line_items": [{"id": "1", "display_status": "IN_TRANSIT"}],
        }));
        assert_eq!(order.items[0].tracking, None);
    }

    #[test]
    fn texts_are_bounded_but_those_for_shipping_are_complete() {
        let long = "🎁".repeat(100_000);
        let order = |units: usize| {
            with(json!({
                "buyer_message": long, "seller_note": long, "payment_method_name": long, "delivery_option_name": long,
                "recipient_address": {"name": long, "address_line1": long, "address_line2": long,
                    "address_line3": long, "postal_code": "89501"},
                "line_items": vec![json!({"product_name": long, "sku_name": long, "seller_sku": "MUG-BLUE"}); units],
            }))
        };
        let one = order(1);
        assert_eq!(one.buyer_message.expose().chars().count(), 1_000);
        assert_eq!(one.items[0].name.chars().count(), 250);
        let to = one.recipient.as_ref().unwrap();
        assert!(to.name.chars().count() == 250 && to.postal_code == "89501");
        let many = order(500);
        assert!(many.items.iter().all(|unit| unit.seller_sku == "MUG-BLUE"));
        let titles =
            |order: &Order| order.items.iter().map(|u| u.name.len() + u.variation.len()).sum::<usize>();
        assert_eq!(titles(&many), 20_000 * "🎁".len());
    }

    #[test]
    fn knows_cancelled_orders_and_who_ships() {
        let order = with(json!({
            "status": "CANCEL", "fulfillment_type": "FULFILLMENT_BY_SELLER", "shipping_type": "SELLER",
            "is_on_hold_order": true, "is_buyer_request_cancel": "true", "rts_sla_time": "1619611688",
        }));
        assert_eq!(order.status, OrderStatus::Cancelled);
        assert_eq!((order.fulfillment, order.shipping), (Fulfillment::Seller, ShippingType::Seller));
        assert!(order.was_held_by_tiktok && order.cancel_requested);
        assert_eq!(order.clocks.ready_by, Timestamp::from_second(1_619_611_688).ok());
    }

    #[track_caller]
    fn check_route(fulfillment: Value, shipping: Value, expect: (Fulfillment, ShippingType)) {
        let order = with(json!({"fulfillment_type": fulfillment, "shipping_type": shipping}));
        assert_eq!((order.fulfillment, order.shipping), expect, "{fulfillment} {shipping}");
    }

    #[test]
    fn only_known_values_tell_who_ships() {
        let unknown =
            |value: &str| (Fulfillment::Unknown(value.to_owned()), ShippingType::Unknown(value.to_owned()));
        for nothing in [json!(""), json!(null), json!("  "), json!([]), json!({}), json!(false)] {
            check_route(nothing.clone(), nothing, unknown(""));
        }
        for word in ["BY_DRONE", "fulfillment_by_seller", "seller", "7"] {
            check_route(json!(word), json!(word), unknown(word));
        }
        let long = "X".repeat(500);
        check_route(json!(long), json!(long), unknown(&"X".repeat(40)));
        for platform in ["FULFILLMENT_BY_TIKTOK", "FULFILLMENT_BY_DILAYANI_TOKOPEDIA"] {
            check_route(json!(platform), json!("TIKTOK"), (Fulfillment::Platform, ShippingType::TikTok));
        }
        for no_parcel in ["TIKTOK_DIGITAL", "IN-STORE PICKUP"] {
            let expect = (Fulfillment::Seller, ShippingType::NoParcel);
            check_route(json!("FULFILLMENT_BY_SELLER"), json!(no_parcel), expect);
        }
    }

    #[test]
    fn nothing_else_fails_an_order() {
        let odd = json!({"line_items": "x", "payment": 3, "recipient_address": [], "packages": null, "paid_time": {}});
        assert!(with(odd).items.is_empty());
        let units = with(json!({"line_items": [null, 3]}));
        assert_eq!(units.items.len(), 2, "a unit does not vanish");
    }
}
