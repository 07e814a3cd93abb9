//! Shops, warehouses and carriers.

use serde_json::{Value, json};

use super::core::Core;
use super::gate::Pass;
use super::reply::ApiError;
use super::{DeliveryOption, Region, ShopSpec};
use crate::lock::locked;

/// A carrier as TikTok names it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Provider {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
}

const fn provider(id: &'static str, name: &'static str) -> Provider {
    Provider { id, name }
}

const US: &[Provider] = &[
    provider("7117858858072016686", "USPS"),
    provider("7117859084333745966", "UPS"),
    provider("7129720299146184490", "FedEx"),
    provider("7213986298535610158", "DHL"),
    provider("7220301902846625579", "DHL eCommerce"),
    provider("7248600717110282027", "Amazon Logistics"),
    provider("7132721393761781550", "OnTrac"),
];

const GB: &[Provider] = &[
    provider("6671794738251726849", "Royal Mail"),
    provider("6599541761693270018", "Evri"),
    provider("6657598289359323137", "DPD UK"),
    provider("6639580521074524161", "DHL UK"),
];

const MY: &[Provider] = &[
    provider("6841743441349706241", "J&T Express"),
    provider("6617675021119438849", "UPS"),
    provider("6617675021119438850", "DHL eCommerce"),
];

/// The carriers of the market.
pub(crate) fn market_providers(region: Region) -> &'static [Provider] {
    match region {
        Region::Us => US,
        Region::Gb => GB,
        Region::My => MY,
    }
}

pub(crate) fn shipping_providers(core: &Core, shop: &ShopSpec, option_id: &str) -> Result<Value, ApiError> {
    if ![DeliveryOption::STANDARD_ID, DeliveryOption::EXPRESS_ID].contains(&option_id) {
        return Err(ApiError::invalid("param delivery_option_id is invalid"));
    }
    let state = locked(&core.state);
    let listed = state.acceptance.providers(shop.region);
    let list: Vec<_> = listed.map(|p| json!({ "id": p.id, "name": p.name })).collect();
    Ok(json!({ "shipping_providers": list }))
}

pub(crate) fn authorized_shops(core: &Core, pass: &Pass<'_>) -> Value {
    let shops: Vec<_> = core
        .config
        .shops
        .iter()
        .filter(|shop| pass.grant.shops.contains(&shop.id))
        .map(|shop| {
            json!({
                "id": shop.id,
                "name": shop.name,
                "region": shop.region.code(),
                "seller_type": shop.seller.name(),
                "cipher": shop.cipher,
                "code": shop.code,
            })
        })
        .collect();
    json!({ "shops": shops })
}

pub(crate) fn warehouses(shop: &ShopSpec) -> Value {
    let list: Vec<_> = shop
        .warehouses
        .iter()
        .enumerate()
        .map(|(place, w)| {
            json!({
                "id": w.id,
                "name": w.name,
                "type": "SALES_WAREHOUSE",
                "sub_type": "DOMESTIC_WAREHOUSE",
                "effect_status": "ENABLED",
                "is_default": place == 0,
                "entity_id": format!("73953668000{:08}", place + 1),
                "address": {
                    "region": shop.region.country(),
                    "region_code": shop.region.code(),
                    "state": w.state,
                    "city": w.city,
                    "distict": "",
                    "town": "",
                    "contact_person": w.contact,
                    "postal_code": w.postal_code,
                    "full_address": format!("{}, {}, {} {}", w.street, w.city, w.state, w.postal_code),
                    "address_line1": w.street,
                    "address_line2": "",
                    "phone_number": w.phone_masked,
                },
            })
        })
        .collect();
    json!({ "warehouses": list })
}
