//! The invented addresses do not contradict themselves: what is wrong with one is wrong on purpose.

use domain::address::{Address, check};
use sim::sandbox::orders;
use sim::tiktok::{Recipient, WarehouseSpec};

#[track_caller]
fn fits(street: &str, city: &str, state: &str, postal_code: &str) {
    let address = Address {
        name: "Somebody".to_owned(),
        street1: street.to_owned(),
        city: city.to_owned(),
        state: state.to_owned(),
        postal_code: postal_code.to_owned(),
        country: "US".to_owned(),
        ..Address::default()
    };
    assert_eq!(check(&address), [], "{street}, {city} {state} {postal_code}");
}

#[test]
fn every_address_fits_its_postal_code() {
    let buyers = (1..20).flat_map(|seed| orders(60, seed)).map(|order| order.spec.recipient);
    for to in buyers.chain([Recipient::sample()]) {
        fits(&to.line1, &to.city, &to.state, &to.postal_code);
    }
    let from = WarehouseSpec::sample();
    fits(&from.street, &from.city, &from.state, &from.postal_code);
}
