//! Where the parcel is sent from, as a label prints it.

use domain::address::{Address, LabelAddress, label_address};
use domain::exception::ExceptionKind;
use domain::shop::{Shop, Warehouse};

use crate::Obstacle;

/// The warehouse's address. Where a label can't print who is there, the shop's name stands for them; `label_phone`, the
/// seller's, for a phone that can't be dialled.
pub(crate) fn of(warehouse: &Warehouse, shop: &Shop, label_phone: &str) -> Result<Address, Obstacle> {
    let LabelAddress { address, mut unprintable } = label_address(&warehouse.address, &[label_phone]);
    let named = Address { name: shop.name.clone(), ..warehouse.address.clone() };
    let address = if address.name.is_empty() || unprintable.contains(&"name") {
        unprintable.retain(|field| *field != "name");
        label_address(&named, &[label_phone]).address
    } else {
        address
    };
    if unprintable.is_empty() {
        return Ok(address);
    }
    let detail = format!("A label can't print all of the warehouse's address: {}.", unprintable.join(", "));
    Err(Obstacle::Block(ExceptionKind::WarehouseUnknown, detail))
}

#[cfg(test)]
mod tests {
    use backend_contract::samples;
    use domain::address::Address;
    use domain::exception::ExceptionKind;
    use domain::shop::Warehouse;
    use domain::{Timestamp, WarehouseId};

    use crate::Obstacle;

    fn sent_from(change: impl Fn(&mut Address)) -> Result<Address, String> {
        let mut address = Address {
            name: "Dock 2".into(),
            street1: "1 Elm Street".into(),
            city: "Reno".into(),
            state: "NV".into(),
            postal_code: "89501".into(),
            country: "US".into(),
            ..Address::default()
        };
        change(&mut address);
        let warehouse = Warehouse { id: WarehouseId::new("7"), address, is_default: true };
        let shop = samples::shop("7", Timestamp::UNIX_EPOCH);
        match super::of(
            &warehouse,
            &domain::shop::Shop { name: "Example Supply".into(), ..shop },
            "+14155550100",
        ) {
            Ok(from) => Ok(from),
            Err(Obstacle::Block(ExceptionKind::WarehouseUnknown, detail)) => Err(detail),
            Err(_) => Err("another obstacle".to_owned()),
        }
    }

    #[test]
    fn a_warehouse_is_fitted_like_a_buyer() {
        let from = sent_from(|from| from.phone = "775****2234".into()).unwrap();
        assert_eq!((from.name.as_str(), from.phone.as_str()), ("Dock 2", "4155550100"));
        let from = sent_from(|from| from.phone = "+1 (775) 555-0134".into()).unwrap();
        assert_eq!(from.phone, "7755550134");
    }

    #[test]
    fn the_shop_stands_for_a_person_that_no_label_prints() {
        for name in ["张三", "", "📦"] {
            assert_eq!(sent_from(|from| from.name = name.into()).unwrap().name, "Example Supply", "{name}");
        }
        let lost =
            sent_from(|from| (from.name, from.street1) = ("张三".into(), "深圳路 1".into())).unwrap_err();
        assert_eq!(lost, "A label can't print all of the warehouse's address: street.");
    }
}
