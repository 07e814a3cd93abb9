//! Places that only the postal service reaches, by how people write them, and streets that are only called so.

use domain::address::{Address, Place};

use Place::{GeneralDelivery as General, Military, PoBox, PostalRoute as Route, Street};

fn united_states() -> Address {
    Address { city: "Reno".into(), state: "NV".into(), country: "US".into(), ..Address::default() }
}

/// The second line follows after a `/`, and after another the company.
fn written(lines: &str) -> Address {
    let mut lines = lines.split('/').map(str::trim);
    let mut next = || lines.next().unwrap_or_default().to_owned();
    let (street1, street2, company) = (next(), next(), next());
    Address { street1, street2, company: (!company.is_empty()).then_some(company), ..united_states() }
}

#[track_caller]
fn check(expect: Place, table: &[&str]) {
    for lines in table {
        for shown in [(*lines).to_owned(), lines.to_lowercase(), lines.to_uppercase()] {
            assert_eq!(written(&shown).place(), expect, "{shown}");
        }
    }
}

#[test]
fn post_office_boxes() {
    check(
        PoBox,
        &[
            "PO Box 12",
            "P.O. Box 12",
            "P. O. Box 12",
            "P O Box 12",
            "P.O.Box #12",
            "PO Box12",
            "POBOX 12",
            "PO-Box 12",
            "P0 Box 12",
            "Post Office Box 7",
            "Post-Office Box 7",
            "Postal Box 7",
            "Post Box 7",
            "Postbox 7",
            "POB 7",
            "P.O.B. 7",
            "P.O. 123",
            "PO Box No. 12",
            "PO Box",
            "ＰＯ Ｂｏｘ １２",
            "Box 12",
            "Hill House / PO Box 3",
            "Hill House PO Box 3",
            "12 Elm Street, PO Box 3",
            "Firm Caller 2016",
            "Caller Service 2016",
            "Caller 89",
            "Call Box 2020",
            "Bin 5A",
            "Lockbox 99",
            "Lock Box 99",
            "Drawer L",
            "Drawer 11",
            "PO Drawer 11",
            "P.O. Bin 40",
            "Apartado 36",
            "Apartado Postal 36",
            "Apdo. 36",
            "Apdo. de Correos 36",
            "Casilla de Correo 36",
            "Postfach 41 02",
            "Boîte postale 12",
            "B.P. 12",
            "Caixa Postal 12",
            "Casella Postale 12",
            "Postbus 12",
            "GPO Box 12",
            "Locked Bag 12",
            " / / PO Box 5",
        ],
    );
}

#[test]
fn general_delivery() {
    check(
        General,
        &[
            "General Delivery",
            "GENERAL DELIVERY",
            "Gen. Delivery",
            "Gen Del",
            "General Del.",
            "c/ / General Delivery",
            "Ann Lee, General Delivery",
            "General Delivery / 400 Main St",
            "General Delivery St Louis",
            "Poste Restante",
            "Lista de Correos",
        ],
    );
}

#[test]
fn rural_and_highway_routes() {
    check(
        Route,
        &[
            "RR 2 Box 152",
            "R.R. 2 Box 152",
            "R R 2 Box 152",
            "RR2 Box 152",
            "RR #2, Box 152",
            "RR 2 / Box 152",
            "RR 03 Box 98D",
            "RR 2",
            "Rural Route 2 Box 18",
            "Rural Rte 2 Box 18",
            "RFD Route 4 #87A",
            "RFD 4 Box 87A",
            "RD 3 Box 9",
            "Rt 1 Box 12",
            "Route 1, Box 12",
            "HC 68 Box 23A",
            "HC68 Box 23",
            "HC 68",
            "HCR 68 Box 23",
            "Highway Contract Route 68 Box 98",
            "Highway Contract 68 Box 98",
            "Star Route 1 Box 5",
            "Star Rte 1 Box 5",
        ],
    );
}

#[test]
fn military_addresses() {
    check(
        Military,
        &[
            "PSC 3 Box 4190",
            "PSC 802, Box 74",
            "CMR 830 Box 123",
            "Unit 2050 Box 4190",
            "Unit 2050 / Box 4190",
            "USS Example / FPO AP 96672",
            "PSC 3 / APO, AE 09012",
        ],
    );
    let check = |city: &str, state: &str, expect: Place| {
        let address = Address {
            street1: "USCGC Example".into(),
            city: city.into(),
            state: state.into(),
            ..united_states()
        };
        assert_eq!(address.place(), expect, "{city} {state}");
    };
    check("FPO", "ae", Military);
    check("APO AP", "", Military);
    check("DPO, AA", "", Military);
    check("Apo Springs", "NV", Street);
    let box_there = Address { city: "DPO".into(), ..written("PO Box 3") };
    assert_eq!(box_there.place(), Military);
    let elsewhere = Address { country: "GB".into(), ..written("Unit 5 Box 6") };
    assert_eq!(elsewhere.place(), Street, "no military address of the United States");
}

#[test]
fn streets_that_are_only_called_so() {
    check(
        Street,
        &[
            "",
            "12 Elm Street",
            "9 Boxwood Street",
            "12 Pobjoy Way",
            "12 Depot Box Lane",
            "Box Canyon Road",
            "12 General Delivery Road",
            "General Delivery Road",
            "RR Donnelley Way",
            "35 RR Donnelley Way",
            "Unit 4, 12 Main St",
            "Unit 4 / 12 Main St",
            "12 Main St / Unit 4",
            "Drawer Lane",
            "12 Drawer Lane",
            "Lockbox Street 5",
            "Bin 5, 12 Main St",
            "12 Binney Street",
            "Route 66",
            "1204 Route 9",
            "4021 County Rd 3 / Box 12",
            "RR 2 Box 18 / 455 Old Mill Rd",
            "RR 2, 455 Old Mill Rd",
            "HC Andersen Way",
            "12 Main St PMB 234",
            "12 Main St #234",
            "12 Caller Court",
            "12 Main St / Lockbox 99",
            "12 Apartado Lane",
            "12 Postal Way",
            "Calle Luna 12",
            "PSC Plaza 3",
            "ß İ 邮政",
            "12 Elm Street / / RR Donnelley",
            "12 Elm Street / / PO Box Supplies Inc",
            "12 Elm Street / / General Delivery Inc",
        ],
    );
}

#[test]
fn a_box_in_a_territory_is_a_box_and_a_street_there_a_territory() {
    let check = |street1: &str, expect: Place| {
        let address = Address { street1: street1.into(), state: "PR".into(), ..united_states() };
        assert_eq!(address.place(), expect, "{street1}");
    };
    check("P.O. Box 7", PoBox);
    check("HC 01 Box 1234", Route);
    check("Calle Luna 3", Place::Territory);
}

#[test]
fn only_the_postal_service_reaches_what_is_no_street() {
    for place in [PoBox, General, Route, Military] {
        assert!(place.is_postal_only(), "{place:?}");
    }
    for place in [Street, Place::Territory] {
        assert!(!place.is_postal_only(), "{place:?}");
    }
}
