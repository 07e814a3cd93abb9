//! Where the parcel is sent from, as a label prints it.

use domain::address::{Address, Fitted, fit};
use domain::exception::ExceptionKind;
use domain::shop::{Shop, Warehouse};

use crate::Obstacle;

/// The warehouse's address. Where a label can't print who is there, the shop's name stands for them; `label_phone`, the
/// seller's, for a phone that can't be dialled.
pub(crate) fn of(warehouse: &Warehouse, shop: &Shop, label_phone: &str) -> Result<Address, Obstacle> {
    let Fitted { address, mut unprintable } = fit(&warehouse.address, &[label_phone]);
    let named = Address { name: shop.name.clone(), ..warehouse.address.clone() };
    let address = if address.name.is_empty() || unprintable.contains(&"name") {
        unprintable.retain(|field| *field != "name");
        fit(&named, &[label_phone]).address
    } else {
        address
    };
    if unprintable.is_empty() {
        return Ok(address);
    }
    let detail = format!("A label can't print all of the warehouse's address: {}.", unprintable.join(", "));
    Err(Obstacle::Block(ExceptionKind::WarehouseUnknown, detail))
}
