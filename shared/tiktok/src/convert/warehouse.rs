//! Parses warehouses of Get Warehouse List.

use domain::WarehouseId;
use domain::address::{Address, postal_state};
use domain::shop::Warehouse;

use super::address::{country_code, joined, unmasked};
use super::present;
use crate::wire::logistics as wire;

/// The warehouse, if parcels are sent from it. `RESTRICTED` means a holiday or a limit on new orders; what was ordered is still
/// shipped. Return warehouses and disabled ones do not send.
pub fn warehouse(wire: wire::Warehouse) -> Option<Warehouse> {
    let sends =
        wire.kind == "SALES_WAREHOUSE" && matches!(wire.effect_status.as_str(), "ENABLED" | "RESTRICTED");
    let id = present(wire.id, WarehouseId::new).filter(|_| sends)?;
    Some(Warehouse { id, address: address(wire.address, wire.name), is_default: wire.is_default })
}

fn address(wire: wire::WarehouseAddress, warehouse_name: String) -> Address {
    let rest = [wire.address_line2.as_str(), &wire.address_line3, &wire.address_line4];
    let street2 = joined(&rest, ", ");
    let address = Address {
        name: if wire.contact_person.is_empty() { warehouse_name } else { wire.contact_person },
        company: None,
        street1: wire.address_line1,
        street2,
        city: wire.city,
        state: postal_state(&wire.state),
        postal_code: wire.postal_code,
        country: country_code(&wire.region_code, &wire.region),
        phone: unmasked(wire.phone_number),
    };
    address.canonical()
}

#[cfg(test)]
mod tests {
    use domain::address::Address;
    use serde_json::{Value, json};

    use super::warehouse;

    fn read(value: Value) -> Option<domain::shop::Warehouse> {
        warehouse(serde_json::from_value(value).unwrap())
    }

    #[test]
    fn keeps_only_warehouses_that_send() {
        let sends = |kind: &str, status: &str| {
            read(json!({"id": 1, "type": kind, "effect_status": status})).is_some()
        };
        assert!(sends("SALES_WAREHOUSE", "ENABLED") && sends("SALES_WAREHOUSE", "RESTRICTED"));
        assert!(!sends("SALES_WAREHOUSE", "DISABLED") && !sends("RETURN_WAREHOUSE", "ENABLED"));
        assert!(read(json!({"type": "SALES_WAREHOUSE", "effect_status": "ENABLED"})).is_none());
    }

    #[test]
    fn parses_the_address() {
        let warehouse = read(json!({
            "id": "7", "name": "Reno 1", "type": "SALES_WAREHOUSE", "effect_status": "ENABLED", "is_default": true,
            "address": {
                "address_line1": "1 Elm", "address_line2": "Dock 2", "city": "Reno", "state": "Nevada",
                "postal_code": "89501", "region_code": "US", "phone_number": "775****2234",
            },
        }))
        .unwrap();
        assert!(warehouse.is_default);
        let expect = Address {
            name: "Reno 1".into(),
            street1: "1 Elm".into(),
            street2: "Dock 2".into(),
            city: "Reno".into(),
            state: "NV".into(),
            postal_code: "89501".into(),
            country: "US".into(),
            ..Address::default()
        };
        assert!(warehouse.address == expect);
    }
}
