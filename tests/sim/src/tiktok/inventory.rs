//! Stock by SKU and warehouse, and Inventory Search.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::core::Core;
use super::events::Event;
use super::reply::ApiError;
use super::{ProductSpec, ShopSpec, TikTok};
use crate::clock;
use crate::lock::locked;
use crate::net::Request;

/// "Max IDs: 600"
const SKUS_MAX: usize = 600;
/// "Max IDs: 100"
const PRODUCTS_MAX: usize = 100;
/// Stock is low from here down, as a seller may set it.
const LOW: i64 = 10;

/// How many units of a SKU a warehouse has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AlarmLevel {
    pub(crate) available: i64,
    pub(crate) committed: i64,
}

/// What was set, by shop, SKU and warehouse; everything else is plenty.
#[derive(Debug, Default)]
pub(crate) struct Stock(HashMap<(String, String, String), AlarmLevel>);

impl Stock {
    pub(crate) fn level(&self, shop: &ShopSpec, sku_id: &str, warehouse_id: &str) -> AlarmLevel {
        let key = (shop.id.clone(), sku_id.to_owned(), warehouse_id.to_owned());
        self.0.get(&key).copied().unwrap_or(AlarmLevel { available: 999, committed: 0 })
    }

    /// All warehouses together.
    fn total(&self, shop: &ShopSpec, sku_id: &str) -> AlarmLevel {
        let levels = shop.warehouses.iter().map(|warehouse| self.level(shop, sku_id, &warehouse.id));
        levels.fold(AlarmLevel { available: 0, committed: 0 }, |sum, level| AlarmLevel {
            available: sum.available + level.available,
            committed: sum.committed + level.committed,
        })
    }
}

fn status(available: i64) -> &'static str {
    match available {
        ..=0 => "OUT_OF_STOCK",
        1..=LOW => "LOW_STOCK",
        _ => "SUFFICIENT_STOCK",
    }
}

pub(crate) fn search(core: &Core, shop: &ShopSpec, request: &Request) -> Result<Value, ApiError> {
    let body = request.json().ok_or_else(|| ApiError::invalid("The body is not a JSON object."))?;
    let ids = |name: &str| -> Result<Vec<String>, ApiError> {
        let ids: Option<Vec<String>> = serde_json::from_value(body[name].clone())
            .map_err(|_| ApiError::invalid(format!("body {name} is invalid")))?;
        Ok(ids.unwrap_or_default())
    };
    let (skus, products) = (ids("sku_ids")?, ids("product_ids")?);
    if skus.is_empty() && products.is_empty() {
        return Err(ApiError::invalid("param body.sku_ids is missing"));
    }
    if skus.len() > SKUS_MAX {
        return Err(ApiError::business(12_019_015, "The number of SKU exceed the limit"));
    }
    if products.len() > PRODUCTS_MAX {
        let message = "The number of provided product IDs exceeds the limit.";
        return Err(ApiError::business(12_019_120, message));
    }
    if skus.is_empty() && !products.iter().all(|id| shop.products.iter().any(|known| known.id == *id)) {
        return Err(ApiError::business(12_019_008, "Product id is invalid"));
    }
    // "If both are passed, sku_ids will take precedence."
    let wanted = |product: &&ProductSpec| {
        if skus.is_empty() { products.contains(&product.id) } else { skus.contains(&product.sku_id) }
    };
    let state = locked(&core.state);
    let list: Vec<_> = shop
        .products
        .iter()
        .filter(wanted)
        .map(|product| json!({ "product_id": product.id, "skus": [sku_json(product, &state.stock, shop)] }))
        .collect();
    Ok(json!({ "inventory": list }))
}

fn sku_json(product: &ProductSpec, stock: &Stock, shop: &ShopSpec) -> Value {
    let warehouses: Vec<_> = shop
        .warehouses
        .iter()
        .map(|warehouse| {
            let level = stock.level(shop, &product.sku_id, &warehouse.id);
            json!({
                "warehouse_id": warehouse.id,
                "available_quantity": level.available,
                "committed_quantity": level.committed,
            })
        })
        .collect();
    let total = stock.total(shop, &product.sku_id);
    json!({
        "id": product.sku_id,
        "seller_sku": product.seller_sku,
        "total_available_quantity": total.available,
        "total_committed_quantity": total.committed,
        "total_available_inventory_distribution": { "in_shop_inventory": { "quantity": total.available } },
        "warehouse_inventory": warehouses,
    })
}

fn set(core: &Core, shop: &ShopSpec, sku_id: &str, warehouse_id: &str, level: AlarmLevel) -> bool {
    let Some(product) = shop.products.iter().find(|product| product.sku_id == sku_id) else { return false };
    if !shop.warehouses.iter().any(|warehouse| warehouse.id == warehouse_id) {
        return false;
    }
    let (before, after) = {
        let stock = &mut locked(&core.state).stock;
        let before = status(stock.total(shop, sku_id).available);
        stock.0.insert((shop.id.clone(), sku_id.to_owned(), warehouse_id.to_owned()), level);
        (before, status(stock.total(shop, sku_id).available))
    };
    if before != after {
        core.emit(&shop.id, &Event::stock(&product.id, sku_id, after, LOW, clock::unix_seconds()));
    }
    true
}

impl TikTok {
    /// Sets how many units of a SKU a warehouse has and how many of them orders hold; webhook 27 goes out when that
    /// makes the stock low, empty or sufficient. False when no shop has such a SKU and warehouse.
    pub fn set_stock(&self, sku_id: &str, warehouse_id: &str, available: i64, committed: i64) -> bool {
        let level = AlarmLevel { available, committed };
        let set = |shop| set(self.core(), shop, sku_id, warehouse_id, level);
        self.shops().iter().filter(|shop| set(shop)).count() > 0
    }
}
