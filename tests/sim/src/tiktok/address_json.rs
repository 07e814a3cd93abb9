//! The recipient's address, as far as the status lets it be seen.

use serde_json::{Value, json};

use super::order::Order;
use super::{OrderStatus, Region, ShippingType};

/// Empty before the order may be shipped, masked once it is cancelled, plain between.
pub(crate) fn recipient_json(order: &Order, region: Region) -> Value {
    match order.status {
        OrderStatus::Unpaid | OrderStatus::OnHold => empty(region),
        OrderStatus::Cancelled => shown(order, region, |_| "***".to_owned()),
        // Outside the United States nobody sees who receives the platform's own labels.
        _ if order.spec.shipping == ShippingType::TikTok && region != Region::Us => {
            shown(order, region, |text| text.chars().take(1).chain("***".chars()).collect())
        }
        _ => shown(order, region, str::to_owned),
    }
}

fn empty(region: Region) -> Value {
    json!({
        "full_address": "", "name": "", "first_name": "", "last_name": "", "phone_number": "",
        "address_detail": "", "address_line1": "", "address_line2": "", "address_line3": "",
        "address_line4": "", "postal_code": "", "region_code": region.code(), "district_info": [],
    })
}

fn shown(order: &Order, region: Region, veil: fn(&str) -> String) -> Value {
    let to = order.recipient();
    let plain = str::to_owned;
    let level = |level: &str, name: &str, value: String| json!({ "address_level": level, "address_level_name": name, "address_name": value });
    let street = if to.line2.is_empty() { to.line1.clone() } else { format!("{}, {}", to.line1, to.line2) };
    let full = format!("{street}, {}, {} {}, {}", to.city, to.state, to.postal_code, region.country());
    let mut address = json!({
        "full_address": veil(&full),
        "name": veil(&format!("{} {}", to.first_name, to.last_name)),
        "first_name": veil(&to.first_name),
        "last_name": veil(&to.last_name),
        "phone_number": veil(&to.phone),
        "address_detail": veil(&street),
        "address_line1": veil(&to.line1),
        "address_line2": if to.line2.is_empty() { String::new() } else { veil(&to.line2) },
        "address_line3": "",
        "address_line4": "",
        "postal_code": veil(&to.postal_code),
        "region_code": region.code(),
        "district_info": [
            level("L0", "Country", plain(region.country())),
            level("L1", "State", plain(&to.state)),
            level("L2", "County", plain(&to.county)),
            level("L3", "City", veil(&to.city)),
        ],
    });
    if region == Region::Gb {
        address["post_town"] = veil(&to.city).into();
    }
    address
}
