//! One product.

use serde_json::{Value, json};

use super::core::Core;
use super::reply::ApiError;
use super::{PackageSpec, ShopSpec};
use crate::lock::locked;

pub(crate) fn product(core: &Core, shop: &ShopSpec, id: &str) -> Result<Value, ApiError> {
    let product = shop
        .products
        .iter()
        .find(|product| product.id == id && product.shown)
        .ok_or_else(|| ApiError::business(12_052_048, "The product does not exist."))?;
    let stock = &locked(&core.state).stock;
    let quantity = |warehouse: &str| stock.level(shop, &product.sku_id, warehouse).available;
    let price = format!("{}.{:02}", product.price_cents / 100, product.price_cents % 100);
    let mut json = json!({
        "id": product.id,
        "title": product.title,
        "status": "ACTIVATE",
        "description": "<p>Made up.</p>",
        "create_time": 1_700_000_000,
        "update_time": 1_700_000_000,
        "is_cod_allowed": false,
        "main_images": [],
        "skus": [{
            "id": product.sku_id,
            "seller_sku": product.seller_sku,
            "price": { "currency": shop.region.currency(), "sale_price": price, "tax_exclusive_price": price },
            "inventory": shop
                .warehouses
                .iter()
                .map(|w| json!({ "warehouse_id": w.id, "quantity": quantity(&w.id) }))
                .collect::<Vec<_>>(),
            "sales_attributes": [],
        }],
    });
    put(&mut json, &product.package, ["package_weight", "package_dimensions"]);
    put(&mut json["skus"][0], &product.sku_package, ["sku_weight", "sku_dimensions"]);
    Ok(json)
}

fn put(json: &mut Value, package: &PackageSpec, [weight, dimensions]: [&str; 2]) {
    if let Some((value, unit)) = &package.weight {
        json[weight] = json!({ "value": value, "unit": unit });
    }
    if let Some(([length, width, height], unit)) = &package.dimensions {
        json[dimensions] = json!({ "length": length, "width": width, "height": height, "unit": unit });
    }
}
