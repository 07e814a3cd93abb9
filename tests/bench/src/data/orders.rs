//! Answers of Get Order Detail.

use serde_json::{Value, json};

/// An answer with `n` orders of two units each.
pub fn answer(n: usize) -> String {
    envelope(json!({ "orders": (0..n).map(order).collect::<Vec<_>>() }))
}

/// An answer of as many bytes as `like`, without orders: what the exchange costs by itself.
pub fn empty_answer(like: &str) -> String {
    let padded = |padding: usize| envelope(json!({ "orders": [], "padding": "x".repeat(padding) }));
    padded(like.len().saturating_sub(padded(0).len()))
}

fn envelope(data: Value) -> String {
    json!({ "code": 0, "message": "Success", "request_id": "20251124120000AB12CD34EF56", "data": data })
        .to_string()
}

fn order(number: usize) -> Value {
    let id = (576_461_000_000_000_000 + number as u64).to_string();
    json!({
        "id": id,
        "status": "AWAITING_SHIPMENT",
        "create_time": 1_764_000_000, "update_time": 1_764_003_700, "paid_time": 1_764_000_060,
        "rts_sla_time": 1_764_172_860, "tts_sla_time": 1_764_172_860, "delivery_sla_time": 1_764_518_460,
        "shipping_due_time": 1_764_604_860, "collection_due_time": 1_764_691_260,
        "delivery_due_time": 1_766_764_860,
        "user_id": "7021461000000000042",
        "buyer_email": "v2invented@chat.seller.tiktok.com",
        "buyer_message": "", "seller_note": "",
        "commerce_platform": "TIKTOK_SHOP", "order_type": "NORMAL",
        "fulfillment_type": "FULFILLMENT_BY_SELLER", "shipping_type": "SELLER", "delivery_type": "HOME_DELIVERY",
        "delivery_option_id": "7091146663229654785", "delivery_option_name": "Standard shipping",
        "warehouse_id": "7068517275539719942",
        "is_on_hold_order": true, "is_cod": false, "is_sample_order": false, "is_replacement_order": false,
        "is_exchange_order": false, "is_buyer_request_cancel": false, "has_updated_recipient_address": false,
        "payment_method_name": "CCDC",
        "payment": {
            "currency": "USD", "sub_total": "36", "original_total_product_price": "36",
            "original_shipping_fee": "0", "shipping_fee": "0", "shipping_fee_seller_discount": "0",
            "shipping_fee_platform_discount": "0", "seller_discount": "0", "platform_discount": "0",
            "tax": "2.52", "product_tax": "2.52", "shipping_fee_tax": "0", "total_amount": "38.52",
        },
        "recipient_address": {
            "name": "Quillon Abernathy", "first_name": "Quillon", "last_name": "Abernathy",
            "phone_number": "(+1)5035550142", "region_code": "US", "postal_code": "97205", "post_town": "",
            "full_address": format!("United States,Oregon,Multnomah,Portland,{} Larkspur Hollow Ln", number + 100),
            "address_detail": format!("{} Larkspur Hollow Ln", number + 100),
            "address_line1": format!("{} Larkspur Hollow Ln", number + 100),
            "address_line2": "", "address_line3": "", "address_line4": "",
            "district_info": [
                { "address_level": "L0", "address_level_name": "Country", "address_name": "United States", "iso_code": "US" },
                { "address_level": "L1", "address_level_name": "State", "address_name": "Oregon", "iso_code": "OR" },
                { "address_level": "L2", "address_level_name": "County", "address_name": "Multnomah", "iso_code": "" },
                { "address_level": "L3", "address_level_name": "City", "address_name": "Portland", "iso_code": "" },
            ],
        },
        "line_items": [unit(&id, 1), unit(&id, 2)],
        "packages": [],
    })
}

fn unit(order: &str, number: usize) -> Value {
    json!({
        "id": format!("{order}{number}"),
        "product_id": "1729592000000000101", "sku_id": "1729592000000000201", "seller_sku": "MUG-01",
        "product_name": "Stoneware mug, 12 oz, speckled", "sku_name": "Default",
        "sku_image": "https://example.com/sku.png", "sku_type": "NORMAL",
        "display_status": "AWAITING_SHIPMENT",
        "original_price": "18", "sale_price": "18", "platform_discount": "0", "seller_discount": "0",
        "currency": "USD", "is_gift": false, "is_dangerous_good": false, "needs_prescription": false,
        "package_id": "", "tracking_number": "", "shipping_provider_id": "", "shipping_provider_name": "",
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_empty_answer_is_as_long() {
        let full = super::answer(50);
        assert_eq!(super::empty_answer(&full).len(), full.len());
    }
}
