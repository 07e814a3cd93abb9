//! An order as the Order API shows it.

use serde_json::{Value, json};

use super::address_json::recipient_json;
use super::order::{Line, Order};
use super::{Fulfillment, OrderStatus, ShippingType, ShopSpec};

const DAY: i64 = 24 * 3600;

pub(crate) fn order_json(order: &Order, shop: &ShopSpec) -> Value {
    let currency = shop.region.currency();
    let mut json = json!({
        "id": order.id,
        "status": order.status.name(),
        "create_time": order.create_time,
        "update_time": order.update_time,
        "user_id": order.buyer_user_id(),
        "buyer_email": order.spec.buyer_email,
        "buyer_message": order.spec.buyer_message,
        "commerce_platform": "TIKTOK_SHOP",
        "order_type": "NORMAL",
        "fulfillment_type": match order.spec.fulfillment {
            Fulfillment::BySeller => "FULFILLMENT_BY_SELLER",
            Fulfillment::ByTikTok => "FULFILLMENT_BY_TIKTOK",
        },
        "shipping_type": match order.spec.shipping {
            ShippingType::Seller => "SELLER",
            ShippingType::TikTok => "TIKTOK",
        },
        "delivery_type": "HOME_DELIVERY",
        "delivery_option_id": order.spec.delivery.id,
        "delivery_option_name": order.spec.delivery.name,
        "warehouse_id": shop.warehouses.first().map(|w| w.id.as_str()).unwrap_or_default(),
        "is_on_hold_order": order.spec.is_on_hold_order,
        "is_cod": false,
        "is_sample_order": false,
        "is_replacement_order": false,
        "is_exchange_order": false,
        "is_buyer_request_cancel": order.cancel_request.is_some(),
        "has_updated_recipient_address": order.address_updated,
        "payment_method_name": "CCDC",
        "payment": payment_json(order, currency),
        "recipient_address": recipient_json(order, shop.region),
        "line_items": order.lines.iter().map(|line| line_json(line, order, currency)).collect::<Vec<_>>(),
        "packages": packages(order),
    });
    times(&mut json, order);
    let shown = order.lines.iter().find_map(|line| line.package.as_ref()).filter(|_| order.hidden_reads == 0);
    if let Some(package) = shown {
        json["tracking_number"] = package.tracking_number.clone().into();
        json["shipping_provider"] = package.provider_name.clone().into();
        json["shipping_provider_id"] = package.provider_id.clone().into();
    }
    if let Some(cancel) = order.cancel {
        json["cancellation_initiator"] = cancel.by.name().into();
        json["cancel_reason"] = cancel.reason.into();
        json["cancel_time"] = cancel.at.into();
    }
    if let Value::Object(fields) = &mut json {
        for (name, value) in &order.spec.fields {
            match value {
                Some(value) => fields.insert((*name).to_owned(), value.clone()),
                None => fields.remove(*name),
            };
        }
    }
    json
}

fn times(json: &mut Value, order: &Order) {
    if order.status != OrderStatus::Unpaid {
        let paid = order.paid_time;
        let ship_by = paid + i64::try_from(order.spec.ship_within.as_secs()).unwrap_or(2 * DAY);
        json["paid_time"] = paid.into();
        json["rts_sla_time"] = ship_by.into();
        json["tts_sla_time"] = ship_by.into();
        json["delivery_sla_time"] = (ship_by + 4 * DAY).into();
        json["shipping_due_time"] = (ship_by + 5 * DAY).into();
        json["collection_due_time"] = (ship_by + 6 * DAY).into();
        json["delivery_due_time"] = (ship_by + 30 * DAY).into();
        if let Some(within) = order.spec.delivery.deliver_within {
            let within = i64::try_from(within.as_secs()).unwrap_or(0);
            json["delivery_option_required_delivery_time"] = (paid + within).into();
        }
    }
    let optional = [
        ("rts_time", order.rts_time),
        ("collection_time", order.collection_time),
        ("delivery_time", order.delivery_time),
        ("request_cancel_time", order.cancel_request.as_ref().map(|(_, at)| *at)),
    ];
    for (name, time) in optional {
        if let Some(time) = time {
            json[name] = time.into();
        }
    }
}

fn packages(order: &Order) -> Vec<Value> {
    if order.hidden_reads > 0 {
        return Vec::new();
    }
    let shipped = order.lines.iter().filter_map(|line| line.package.as_ref()).map(|p| p.id.as_str());
    let mut ids: Vec<&str> = shipped.chain(order.prepared_package.as_deref()).collect();
    ids.dedup();
    ids.into_iter().map(|id| json!({ "id": id })).collect()
}

fn line_json(line: &Line, order: &Order, currency: &str) -> Value {
    let display = match (order.status, &line.package) {
        _ if line.cancel.is_some() => OrderStatus::Cancelled,
        (OrderStatus::PartiallyShipping, Some(_)) => OrderStatus::AwaitingCollection,
        (OrderStatus::PartiallyShipping, None) => OrderStatus::AwaitingShipment,
        (status, _) => status,
    };
    let mut json = json!({
        "id": line.id,
        "sku_id": line.sku_id,
        "product_id": line.product_id,
        "product_name": line.title,
        "sku_name": "Default",
        "seller_sku": line.seller_sku,
        "sku_image": "https://example.com/sku.png",
        "sku_type": "NORMAL",
        "display_status": display.name(),
        "original_price": money(line.price_cents),
        "sale_price": money(line.price_cents),
        "platform_discount": "0",
        "seller_discount": "0",
        "currency": currency,
        "is_gift": line.price_cents == 0,
        "is_dangerous_good": order.spec.is_dangerous,
        "needs_prescription": false,
    });
    // In the US, and for own labels in the UK, there is no package before the shipping.
    if let Some(package) = line.package.as_ref().filter(|_| order.hidden_reads == 0) {
        json["package_id"] = package.id.clone().into();
        json["package_status"] = match order.status {
            OrderStatus::InTransit => "FULFILLING",
            OrderStatus::Delivered | OrderStatus::Completed => "COMPLETED",
            OrderStatus::Cancelled => "CANCELLED",
            _ => "PROCESSING",
        }
        .into();
        json["tracking_number"] = package.tracking_number.clone().into();
        json["shipping_provider_id"] = package.provider_id.clone().into();
        json["shipping_provider_name"] = package.provider_name.clone().into();
        json["rts_time"] = package.rts_time.into();
    }
    if let (None, Some(prepared)) = (&line.package, &order.prepared_package) {
        json["package_id"] = prepared.clone().into();
        json["package_status"] = "TO_FULFILL".into();
    }
    if let Some(cancel) = line.cancel.or(order.cancel) {
        json["cancel_user"] = cancel.by.name().into();
        json["cancel_reason"] = cancel.reason.into();
    }
    json
}

fn payment_json(order: &Order, currency: &str) -> Value {
    let sub_total: u64 = order.lines.iter().map(|line| line.price_cents).sum();
    let tax = sub_total * 7 / 100;
    let shipping = if order.spec.delivery.deliver_within.is_some() { 1_299 } else { 0 };
    json!({
        "currency": currency,
        "sub_total": money(sub_total),
        "original_total_product_price": money(sub_total),
        "original_shipping_fee": money(shipping),
        "shipping_fee": money(shipping),
        "shipping_fee_seller_discount": "0",
        "shipping_fee_platform_discount": "0",
        "seller_discount": "0",
        "platform_discount": "0",
        "tax": money(tax),
        "product_tax": money(tax),
        "shipping_fee_tax": "0",
        "total_amount": money(sub_total + tax + shipping),
    })
}

/// Cents as a decimal string: `14.5`, without trailing zeros, as the platform writes it.
pub(crate) fn money(cents: u64) -> String {
    let text = format!("{}.{:02}", cents / 100, cents % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
