//! Whether there is stock for what is to be shipped, before anything is rated or bought.
//!
//! Looked at when a shipment becomes ready, and as long as it waits for stock. A person who sends a shipment on all the
//! same is not stopped again, and neither is an order whose stock TikTok does not tell.

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
use workflow::{StepError, error_chain, update_order};

use crate::{AT_ONCE, OrderSync, SyncError};

/// The stock that a shipment needs.
pub(crate) struct Wanted {
    task: ShipmentRef,
    warehouse: Option<WarehouseId>,
    lines: Vec<Line>,
    /// What is sent unless the stock is short.
    messages: Vec<Message>,
}

/// Units of one variation.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    sku: SkuId,
    /// The seller's own name of it.
    name: String,
    units: i64,
}

/// The shipments that are ready.
pub(crate) fn ready(record: &OrderRecord) -> Vec<ShipmentId> {
    let ready = record.shipments.iter().filter(|shipment| shipment.stage == Stage::Ready);
    ready.map(|shipment| shipment.id.clone()).collect()
}

impl Wanted {
    /// What the record's shipment needs, where it waits for stock or has just become ready; `before` were ready already.
    pub(crate) fn by(record: &OrderRecord, before: &[ShipmentId]) -> Option<Self> {
        let shipment = record.shipments.iter().find(|shipment| {
            shipment.awaits_stock() || shipment.stage == Stage::Ready && !before.contains(&shipment.id)
        })?;
        Some(Self {
            task: ShipmentRef { key: record.key(), shipment: shipment.id.clone() },
            warehouse: shipment.warehouse.clone(),
            lines: lines(record, shipment),
            messages: Vec::new(),
        })
    }

    /// The same, before these messages are sent.
    pub(crate) fn before(self, messages: Vec<Message>) -> Self {
        Self { messages, ..self }
    }
}

fn lines(record: &OrderRecord, shipment: &Shipment) -> Vec<Line> {
    let mut lines: BTreeMap<&SkuId, Line> = BTreeMap::new();
    for item in record.order.items.iter().filter(|item| shipment.items.contains(&item.id)) {
        if item.sku.as_str().is_empty() {
            continue;
        }
        let name = match item.seller_sku.as_str() {
            "" => item.sku.to_string(),
            name => name.to_owned(),
        };
        lines.entry(&item.sku).or_insert(Line { sku: item.sku.clone(), name, units: 0 }).units += 1;
    }
    lines.into_values().collect()
}

impl OrderSync {
    /// Asks for the stock of these shipments of a shop in one call; stops those for which it is short, releases those for
    /// which it came back, and sends what the others ask for.
    pub(crate) async fn check_stock(
        &self,
        shop: &ShopAccess,
        wanted: Vec<Wanted>,
    ) -> Vec<(OrderKey, Outcome<SyncError>)> {
        let skus: BTreeSet<&SkuId> = wanted.iter().flat_map(|w| &w.lines).map(|line| &line.sku).collect();
        let skus: Vec<SkuId> = skus.into_iter().cloned().collect();
        let levels = match skus.is_empty() {
            true => None,
            false => match self.tiktok.inventory(shop, &skus).await {
                Ok(found) => Some(found),
                Err(error) => {
                    tracing::warn!(shop = %shop.shop, error = error_chain(&error), "stock can't be read");
                    None
                }
            },
        };
        let keys: Vec<OrderKey> = wanted.iter().map(|wanted| wanted.task.key.clone()).collect();
        let levels = levels.as_deref();
        let settle = |wanted: Wanted| async move { Ok(self.settle_stock(wanted, levels).await?) };
        keys.into_iter().zip(batch::run(wanted, AT_ONCE, settle).await).collect()
    }

    async fn settle_stock(&self, wanted: Wanted, levels: Option<&[StockLevel]>) -> Result<(), StepError> {
        let stock = levels.map_or(Stock::Unknown, |levels| stock(&wanted, levels));
        let messages = match stock {
            Stock::Short(detail) if self.stop(&wanted.task, &detail).await? => Vec::new(),
            Stock::Enough if self.release(&wanted.task).await? => {
                vec![Message::RateRequest(wanted.task)]
            }
            _ => wanted.messages,
        };
        Ok(self.queues.send_all(&messages).await?)
    }

    /// True when the shipment waits for stock now; false when it went on meanwhile.
    async fn stop(&self, task: &ShipmentRef, detail: &str) -> Result<bool, StepError> {
        let now = self.clock.now();
        let mut waits = false;
        update_order(&*self.orders, &task.key, |record| {
            // Another hint may have had it rated meanwhile: nothing is paid yet.
            waits = record.shipment(&task.shipment).is_some_and(|found| {
                matches!(found.stage, Stage::Ready | Stage::Rated { .. }) || found.awaits_stock()
            });
            let told = record.open_exceptions().any(|e| {
                e.kind == ExceptionKind::OutOfStock
                    && e.shipment.as_ref() == Some(&task.shipment)
                    && e.detail == detail
            });
            if !waits || told {
                return Ok(None);
            }
            record.block(&task.shipment, ExceptionKind::OutOfStock, detail, now)?;
            Ok(Some(()))
        })
        .await?;
        Ok(waits)
    }

    /// True when the shipment waited for stock and goes on.
    async fn release(&self, task: &ShipmentRef) -> Result<bool, StepError> {
        let now = self.clock.now();
        let released = update_order(&*self.orders, &task.key, |record| {
            let may_go = record.shippable(now) == Shippable::Now;
            let Some(shipment) = record.shipment_mut(&task.shipment) else { return Ok(None) };
            if !shipment.awaits_stock() || !may_go {
                return Ok(None);
            }
            shipment.apply(Event::Release, now)?;
            record.refresh_exceptions(now);
            Ok(Some(()))
        })
        .await?;
        Ok(released.is_some())
    }
}

/// What TikTok says of the stock for a shipment.
#[derive(Debug, PartialEq, Eq)]
enum Stock {
    Enough,
    /// For one variation at least; of which, as people are told.
    Short(String),
    /// Not short as far as it is told, and not all of it is.
    Unknown,
}

/// Whether the units are there: what can be ordered and what orders hold already, this one among them, in the warehouse
/// that sends it, or in all where TikTok does not list that one.
fn stock(wanted: &Wanted, levels: &[StockLevel]) -> Stock {
    let mut short = Vec::new();
    let mut unknown = false;
    for line in &wanted.lines {
        let Some(level) = levels.iter().find(|level| level.sku == line.sku) else {
            unknown = true;
            continue;
        };
        let here = level.warehouses.iter().find(|here| Some(&here.warehouse) == wanted.warehouse.as_ref());
        let (available, committed) =
            here.map_or((level.available, level.committed), |here| (here.available, here.committed));
        let in_stock = available.saturating_add(committed);
        if in_stock < line.units {
            short.push(format!("SKU {}: {} wanted, {} in stock.", line.name, line.units, in_stock.max(0)));
        }
    }
    match short.is_empty() {
        false => Stock::Short(short.join(" ")),
        true if unknown || wanted.lines.is_empty() => Stock::Unknown,
        true => Stock::Enough,
    }
}

#[cfg(test)]
mod tests {
    use domain::{OrderId, OrderKey, ProductId, ShipmentId, ShopId, SkuId, WarehouseId};
    use tiktok::{StockLevel, WarehouseStock};

    use super::{Line, ShipmentRef, Stock, Wanted, stock};

    fn wanted(lines: &[(&str, i64)]) -> Wanted {
        let line = |(name, units): &(&str, i64)| Line {
            sku: SkuId::new(*name),
            name: (*name).to_owned(),
            units: *units,
        };
        Wanted {
            task: ShipmentRef {
                key: OrderKey::new(ShopId::new("shop"), OrderId::new("5770")),
                shipment: ShipmentId::new("5770-1"),
            },
            warehouse: Some(WarehouseId::new("here")),
            lines: lines.iter().map(line).collect(),
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
    fn check(lines: &[(&str, i64)], levels: &[StockLevel], expect: &Stock) {
        assert_eq!(&stock(&wanted(lines), levels), expect, "{lines:?} of {levels:?}");
    }

    #[test]
    fn what_orders_hold_is_in_stock_for_them() {
        check(&[("mug", 2)], &[level("mug", 0, 2, None)], &Stock::Enough);
        check(&[("mug", 2)], &[level("mug", 1, 1, None)], &Stock::Enough);
        let short = |detail: &str| Stock::Short(detail.to_owned());
        check(&[("mug", 2)], &[level("mug", 0, 1, None)], &short("SKU mug: 2 wanted, 1 in stock."));
        check(&[("mug", 2)], &[level("mug", -3, 1, None)], &short("SKU mug: 2 wanted, 0 in stock."));
        let both = [level("mug", 0, 0, None), level("lamp", 5, 0, None)];
        check(
            &[("mug", 1), ("lamp", 6)],
            &both,
            &short("SKU mug: 1 wanted, 0 in stock. SKU lamp: 6 wanted, 5 in stock."),
        );
        check(&[("lamp", 5)], &both, &Stock::Enough);
    }

    #[test]
    fn the_warehouse_that_sends_counts_where_it_is_listed() {
        let short = Stock::Short("SKU mug: 1 wanted, 0 in stock.".to_owned());
        check(&[("mug", 1)], &[level("mug", 9, 0, Some((0, 0)))], &short);
        check(&[("mug", 1)], &[level("mug", 0, 0, Some((1, 0)))], &Stock::Enough);
    }

    #[test]
    fn an_unknown_level_is_no_short_one() {
        check(&[("mug", 1)], &[], &Stock::Unknown);
        check(&[], &[], &Stock::Unknown);
        check(&[("mug", 1), ("lamp", 1)], &[level("lamp", 1, 0, None)], &Stock::Unknown);
        let short = Stock::Short("SKU lamp: 1 wanted, 0 in stock.".to_owned());
        check(&[("mug", 1), ("lamp", 1)], &[level("lamp", 0, 0, None)], &short);
    }
}
