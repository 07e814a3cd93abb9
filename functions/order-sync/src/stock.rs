//! Whether there is stock for what is to be shipped, checked before anything is rated or bought.
//!
//! The check is made when a shipment becomes ready, and for as long as it waits for stock. A shipment that a person sends on
//! in spite of it is not blocked again, and neither is one whose stock TikTok does not show.

use std::collections::{BTreeMap, BTreeSet};

use backend::batch::{self, Outcome};
use domain::exception::ExceptionKind;
use domain::hold::Shippable;
use domain::message::{Message, ShipmentRef};
use domain::record::OrderRecord;
use domain::shipment::Shipment;
use domain::stage::{Event, Stage};
use domain::{OrderKey, ShipmentId, SkuId, WarehouseId};
use tiktok::{ShopAccess, StockLevel};
use workflow::{Change, StepError, error_chain, update_order};

use crate::{CONCURRENCY, OrderSync, SyncError};

/// The stock that a shipment needs.
pub(crate) struct StockCheck {
    target: ShipmentRef,
    warehouse: Option<WarehouseId>,
    needs: Vec<SkuUnits>,
    /// What is sent unless the stock is short.
    messages: Vec<Message>,
}

/// Units of one variation.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SkuUnits {
    sku: SkuId,
    /// The seller's own name of it, where there is one.
    name: String,
    units: i64,
}

/// The shipments that are ready.
pub(crate) fn ready(record: &OrderRecord) -> Vec<ShipmentId> {
    let ready = record.shipments.iter().filter(|shipment| shipment.stage == Stage::Ready);
    ready.map(|shipment| shipment.id.clone()).collect()
}

impl StockCheck {
    /// What the record's shipment needs, where it waits for stock or has just become ready.
    pub(crate) fn of(record: &OrderRecord, ready_before: &[ShipmentId]) -> Option<Self> {
        let shipment = record.shipments.iter().find(|shipment| {
            shipment.awaits_stock() || shipment.stage == Stage::Ready && !ready_before.contains(&shipment.id)
        })?;
        Some(Self {
            target: ShipmentRef { key: record.key(), shipment: shipment.id.clone() },
            warehouse: shipment.warehouse.clone(),
            needs: needs(record, shipment),
            messages: Vec::new(),
        })
    }

    /// The same check, made before these messages are sent.
    pub(crate) fn before(self, messages: Vec<Message>) -> Self {
        Self { messages, ..self }
    }
}

/// The units of a shipment by variation. A unit without a SKU has no stock that could be asked for.
fn needs(record: &OrderRecord, shipment: &Shipment) -> Vec<SkuUnits> {
    let mut needs: BTreeMap<&SkuId, SkuUnits> = BTreeMap::new();
    for item in record.order.items.iter().filter(|item| shipment.items.contains(&item.id)) {
        if item.sku.as_str().is_empty() {
            continue;
        }
        let name = match item.seller_sku.as_str() {
            "" => item.sku.to_string(),
            name => name.to_owned(),
        };
        needs.entry(&item.sku).or_insert(SkuUnits { sku: item.sku.clone(), name, units: 0 }).units += 1;
    }
    needs.into_values().collect()
}

impl OrderSync {
    /// Asks for the stock of these shipments of a shop in one call. Blocks the shipments for which it is short, releases
    /// those for which it is back, and sends the messages of the others.
    pub(crate) async fn check_stock(
        &self,
        shop: &ShopAccess,
        checks: Vec<StockCheck>,
    ) -> Vec<(OrderKey, Outcome<SyncError>)> {
        let levels = self.stock_levels(shop, &checks).await;
        let keys: Vec<OrderKey> = checks.iter().map(|check| check.target.key.clone()).collect();
        let levels = levels.as_deref();
        let apply = |check: StockCheck| async move { Ok(self.apply_stock(check, levels).await?) };
        keys.into_iter().zip(batch::run(checks, CONCURRENCY, apply).await).collect()
    }

    /// The stock at TikTok; `None` where nothing is needed, or where it cannot be read.
    async fn stock_levels(&self, shop: &ShopAccess, checks: &[StockCheck]) -> Option<Vec<StockLevel>> {
        let skus: BTreeSet<&SkuId> =
            checks.iter().flat_map(|check| &check.needs).map(|need| &need.sku).collect();
        if skus.is_empty() {
            return None;
        }
        let skus: Vec<SkuId> = skus.into_iter().cloned().collect();
        match self.tiktok.inventory(shop, &skus).await {
            Ok(levels) => Some(levels),
            Err(error) => {
                tracing::warn!(shop = %shop.shop, error = error_chain(&error), "stock can't be read");
                None
            }
        }
    }

    async fn apply_stock(&self, check: StockCheck, levels: Option<&[StockLevel]>) -> Result<(), StepError> {
        let messages = match levels.map_or(Stock::Unknown, |levels| stock(&check, levels)) {
            Stock::Short(detail) if self.block(&check.target, &detail).await? => Vec::new(),
            Stock::Enough if self.release(&check.target).await? => vec![Message::RateRequest(check.target)],
            Stock::Short(_) | Stock::Enough | Stock::Unknown => check.messages,
        };
        Ok(self.queues.send_all(&messages).await?)
    }

    /// Blocks the shipment until there is stock. False when it is past the point where that makes sense.
    async fn block(&self, target: &ShipmentRef, detail: &str) -> Result<bool, StepError> {
        let now = self.clock.now();
        update_order(&*self.orders, &target.key, |record| {
            // Another hint may have had it rated meanwhile: nothing is paid yet.
            let waits = record.shipment(&target.shipment).is_some_and(|shipment| {
                matches!(shipment.stage, Stage::Ready | Stage::Rated { .. }) || shipment.awaits_stock()
            });
            let is_open = record.open_exceptions().any(|e| {
                e.kind == ExceptionKind::OutOfStock
                    && e.shipment.as_ref() == Some(&target.shipment)
                    && e.detail == detail
            });
            if !waits || is_open {
                return Ok(Change::Keep(waits));
            }
            record.block(&target.shipment, ExceptionKind::OutOfStock, detail, now)?;
            Ok(Change::Commit(true))
        })
        .await
    }

    /// Releases the shipment. True when it was waiting for stock and may ship.
    async fn release(&self, target: &ShipmentRef) -> Result<bool, StepError> {
        let now = self.clock.now();
        update_order(&*self.orders, &target.key, |record| {
            let may_ship = record.shippable(now) == Shippable::Now;
            let Some(shipment) = record.shipment_mut(&target.shipment) else {
                return Ok(Change::Keep(false));
            };
            if !shipment.awaits_stock() || !may_ship {
                return Ok(Change::Keep(false));
            }
            shipment.apply(Event::Release, now)?;
            record.refresh_exceptions(now);
            Ok(Change::Commit(true))
        })
        .await
    }
}

/// What TikTok says of the stock for a shipment.
#[derive(Debug, PartialEq, Eq)]
enum Stock {
    Enough,
    /// At least one variation is short; the text says which.
    Short(String),
    /// Nothing that is known is short, but not everything is known.
    Unknown,
}

/// Whether the units are in stock. What orders hold already counts too, as this order is one of them. The warehouse that
/// sends the shipment decides, or all of them where TikTok does not list that one.
fn stock(check: &StockCheck, levels: &[StockLevel]) -> Stock {
    let mut short = Vec::new();
    let mut is_unknown = check.needs.is_empty();
    for need in &check.needs {
        let Some(level) = levels.iter().find(|level| level.sku == need.sku) else {
            is_unknown = true;
            continue;
        };
        let here = level.warehouses.iter().find(|here| Some(&here.warehouse) == check.warehouse.as_ref());
        let (available, committed) =
            here.map_or((level.available, level.committed), |here| (here.available, here.committed));
        let in_stock = available.saturating_add(committed);
        if in_stock < need.units {
            short.push(format!("SKU {}: {} needed, {} in stock.", need.name, need.units, in_stock.max(0)));
        }
    }
    if !short.is_empty() {
        Stock::Short(short.join(" "))
    } else if is_unknown {
        Stock::Unknown
    } else {
        Stock::Enough
    }
}

#[cfg(test)]
mod tests {
    use domain::{OrderId, OrderKey, ProductId, ShipmentId, ShopId, SkuId, WarehouseId};
    use tiktok::{StockLevel, WarehouseStock};

    use super::{ShipmentRef, SkuUnits, Stock, StockCheck, stock};

    fn shipment_of(needs: &[(&str, i64)]) -> StockCheck {
        let need = |(name, units): &(&str, i64)| SkuUnits {
            sku: SkuId::new(*name),
            name: (*name).to_owned(),
            units: *units,
        };
        StockCheck {
            target: ShipmentRef {
                key: OrderKey::new(ShopId::new("shop"), OrderId::new("5770")),
                shipment: ShipmentId::new("5770-1"),
            },
            warehouse: Some(WarehouseId::new("here")),
            needs: needs.iter().map(need).collect(),
            messages: Vec::new(),
        }
    }

    fn level(sku: &str, available: i64, committed: i64, here: Option<(i64, i64)>) -> StockLevel {
        let warehouse = |(available, committed)| WarehouseStock {
            warehouse: WarehouseId::new("here"),
            available,
            committed,
        };
        StockLevel {
            product: ProductId::new("product"),
            sku: SkuId::new(sku),
            available,
            committed,
            warehouses: here.map(warehouse).into_iter().collect(),
        }
    }

    #[track_caller]
    fn check(needs: &[(&str, i64)], levels: &[StockLevel], expect: &Stock) {
        assert_eq!(&stock(&shipment_of(needs), levels), expect, "{needs:?} of {levels:?}");
    }

    #[test]
    fn units_held_by_orders_count_as_stock() {
        check(&[("mug", 2)], &[level("mug", 0, 2, None)], &Stock::Enough);
        check(&[("mug", 2)], &[level("mug", 1, 1, None)], &Stock::Enough);
        let short = |detail: &str| Stock::Short(detail.to_owned());
        check(&[("mug", 2)], &[level("mug", 0, 1, None)], &short("SKU mug: 2 needed, 1 in stock."));
        check(&[("mug", 2)], &[level("mug", -3, 1, None)], &short("SKU mug: 2 needed, 0 in stock."));
        let both = [level("mug", 0, 0, None), level("lamp", 5, 0, None)];
        check(
            &[("mug", 1), ("lamp", 6)],
            &both,
            &short("SKU mug: 1 needed, 0 in stock. SKU lamp: 6 needed, 5 in stock."),
        );
        check(&[("lamp", 5)], &both, &Stock::Enough);
    }

    #[test]
    fn the_shipping_warehouse_decides_where_it_is_listed() {
        let short = Stock::Short("SKU mug: 1 needed, 0 in stock.".to_owned());
        check(&[("mug", 1)], &[level("mug", 9, 0, Some((0, 0)))], &short);
        check(&[("mug", 1)], &[level("mug", 0, 0, Some((1, 0)))], &Stock::Enough);
    }

    #[test]
    fn an_unknown_level_is_not_a_shortage() {
        check(&[("mug", 1)], &[], &Stock::Unknown);
        check(&[], &[], &Stock::Unknown);
        check(&[("mug", 1), ("lamp", 1)], &[level("lamp", 1, 0, None)], &Stock::Unknown);
        let short = Stock::Short("SKU lamp: 1 needed, 0 in stock.".to_owned());
        check(&[("mug", 1), ("lamp", 1)], &[level("lamp", 0, 0, None)], &short);
    }
}
