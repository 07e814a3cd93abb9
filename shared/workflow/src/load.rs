//! What a message names, as it is stored now.

use backend::{OrderStore, ShopStore};
use domain::ShopId;
use domain::message::ShipmentRef;
use domain::record::OrderRecord;
use domain::shipment::Shipment;
use domain::shop::{Shop, ShopClosed};

use crate::error::StepError;

/// A shipment with its order.
#[derive(Clone, Debug)]
pub struct StoredShipment {
    pub record: OrderRecord,
    pub shipment: Shipment,
}

/// Loads the shipment that a message names. `None` when it is gone, which is logged: the message outlived its shipment,
/// and there is nothing left to do for it.
///
/// # Errors
/// When the backend fails.
pub async fn load_shipment(
    orders: &dyn OrderStore,
    target: &ShipmentRef,
) -> Result<Option<StoredShipment>, StepError> {
    let record = orders.load_order(&target.key).await?.map(|stored| stored.value);
    let found = record.and_then(|record| {
        let shipment = record.shipment(&target.shipment)?.clone();
        Some(StoredShipment { record, shipment })
    });
    if found.is_none() {
        tracing::info!(order = %target.key, shipment = %target.shipment, "message for a shipment that is not stored");
    }
    Ok(found)
}

/// A shop, as far as anything may be done for it.
#[derive(Clone, Debug)]
pub enum StoredShop {
    Open(Box<Shop>),
    /// Its work waits until the operator or the seller opens it again.
    Closed(ShopClosed),
    /// No seller connected it, or its record is gone.
    NotConnected,
}

/// Loads a shop.
///
/// # Errors
/// When the backend fails.
pub async fn load_shop(shops: &dyn ShopStore, id: &ShopId) -> Result<StoredShop, StepError> {
    let Some(stored) = shops.load_shop(id).await? else { return Ok(StoredShop::NotConnected) };
    Ok(match stored.value.closed() {
        Some(closed) => StoredShop::Closed(closed),
        None => StoredShop::Open(Box::new(stored.value)),
    })
}
