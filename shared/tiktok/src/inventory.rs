//! Stock levels by SKU and warehouse.

use domain::{ProductId, SkuId, WarehouseId};

use crate::access::ShopAccess;
use crate::call::{ApiCall, CallName};
use crate::client::TikTok;
use crate::convert::present;
use crate::error::{Argument, Error};
use crate::{paths, wire};

/// The most ids that one Inventory Search takes ("Max IDs: 600").
const IDS_MAX: usize = 600;

/// The stock of a variation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockLevel {
    pub product: ProductId,
    pub sku: SkuId,
    /// Units that can be ordered, in all warehouses.
    pub available: i64,
    /// Units that orders hold, in all warehouses.
    pub committed: i64,
    /// The same by warehouse.
    pub warehouses: Vec<WarehouseStock>,
}

/// The stock of a variation in one warehouse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarehouseStock {
    pub warehouse: WarehouseId,
    /// Units that can be ordered.
    pub available: i64,
    /// Units that orders hold.
    pub committed: i64,
}

impl TikTok {
    /// The stock of variations (Inventory Search), 600 a call. Variations that TikTok does not show, or shows without counts,
    /// are left out: an unknown stock is not an empty one.
    ///
    /// # Errors
    /// As every call: see [`Error`]; then the levels of earlier calls are lost, too.
    pub async fn inventory(&self, shop: &ShopAccess, skus: &[SkuId]) -> Result<Vec<StockLevel>, Error> {
        let name = CallName::INVENTORY;
        if !skus.iter().all(|sku| paths::is_id(sku.as_str())) {
            return Err(Error::Unacceptable { call: name, argument: Argument::SkuId });
        }
        let mut levels = Vec::new();
        for skus in skus.chunks(IDS_MAX) {
            let body = wire::inventory::Search { sku_ids: skus.iter().map(SkuId::as_str).collect() };
            let call = ApiCall::post(name, paths::INVENTORY, &body);
            let answer: wire::inventory::Inventory = self.shop_call(shop, call).await?;
            for product in answer.inventory {
                let id = ProductId::new(product.product_id);
                levels.extend(product.skus.into_iter().filter_map(|sku| level(&id, sku)));
            }
        }
        Ok(levels)
    }
}

fn level(product: &ProductId, wire: wire::inventory::Sku) -> Option<StockLevel> {
    let warehouse = |wire: wire::inventory::Warehouse| {
        Some(WarehouseStock {
            warehouse: present(wire.warehouse_id, WarehouseId::new)?,
            available: wire.available_quantity?,
            committed: wire.committed_quantity?,
        })
    };
    Some(StockLevel {
        product: product.clone(),
        sku: present(wire.id, SkuId::new)?,
        available: wire.total_available_quantity?,
        committed: wire.total_committed_quantity?,
        warehouses: wire.warehouse_inventory.into_iter().filter_map(warehouse).collect(),
    })
}

#[cfg(test)]
mod tests {
    use domain::{ProductId, SkuId, WarehouseId};
    use serde_json::{Value, json};

    use super::{StockLevel, WarehouseStock, level};

    fn read(value: Value) -> Option<StockLevel> {
        level(&ProductId::new("1"), serde_json::from_value(value).unwrap())
    }

    #[test]
    fn parses_counts() {
        let read = read(json!({
            "id": 2, "total_available_quantity": "7", "total_committed_quantity": 0,
            "warehouse_inventory": [
                {"warehouse_id": "3", "available_quantity": 7, "committed_quantity": 0},
                {"warehouse_id": "4", "committed_quantity": 0}, null,
            ],
        }));
        let warehouse = WarehouseStock { warehouse: WarehouseId::new("3"), available: 7, committed: 0 };
        let expect = StockLevel {
            product: ProductId::new("1"),
            sku: SkuId::new("2"),
            available: 7,
            committed: 0,
            warehouses: vec![warehouse],
        };
        assert_eq!(read, Some(expect));
    }

    #[test]
    fn an_unknown_stock_is_not_an_empty_one() {
        for value in [json!(null), json!(""), json!("a few"), json!([])] {
            let sku = json!({"id": "2", "total_available_quantity": value, "total_committed_quantity": 1});
            assert_eq!(read(sku), None, "{value}");
        }
    }
}
