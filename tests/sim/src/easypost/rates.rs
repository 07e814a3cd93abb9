//! The rates of a shipment, and the carriers' excuses.

use serde_json::{Value, json};

use super::config::CarrierAccount;
use super::pricing;
use super::services::{PoBox, SERVICES, Service};
use super::shipment::{Parcel, Rate, new_id};
use crate::clock;

/// A further account of a carrier has its own, slightly higher prices.
const FURTHER_ACCOUNT_PERCENT: u64 = 3;

/// Where a parcel goes, as far as carriers care.
pub(crate) struct Trip<'a> {
    pub(crate) parcel: &'a Parcel,
    pub(crate) zone: u8,
    pub(crate) to_po_box: bool,
    pub(crate) price_percent: u64,
}

/// Asks each account. A carrier that cannot carry the parcel says so in a message, not by a failure.
pub(crate) fn quote(accounts: &[&CarrierAccount], trip: &Trip<'_>) -> (Vec<Rate>, Vec<Value>) {
    let (mut rates, mut messages) = (Vec::new(), Vec::new());
    for (place, account) in accounts.iter().enumerate() {
        let further = accounts[..place].iter().filter(|a| a.carrier == account.carrier).count() as u64;
        let percent = trip.price_percent * (100 + FURTHER_ACCOUNT_PERCENT * further) / 100;
        let before = rates.len();
        let mut excuse = "Invalid credentials";
        for service in SERVICES.iter().filter(|service| service.carrier == account.carrier) {
            match cannot_carry(service, trip) {
                Some(reason) => excuse = reason,
                None => rates.push(rate(service, account, trip, percent)),
            }
        }
        if rates.len() == before {
            messages.push(json!({
                "carrier": account.carrier,
                "carrier_account_id": account.id,
                "type": "rate_error",
                "message": excuse,
            }));
        }
    }
    (rates, messages)
}

fn cannot_carry(service: &Service, trip: &Trip<'_>) -> Option<&'static str> {
    if trip.to_po_box && service.po_box == PoBox::Refuses {
        Some("Address is invalid: delivery to a PO Box is not available.")
    } else if trip.parcel.weight_oz > service.pounds_max * 16.0 {
        Some("The package exceeds the maximum weight of the service.")
    } else if trip.parcel.dimensions.is_some_and(|sides| too_large(sides, service.girth_max)) {
        Some("The package exceeds the maximum size of the service.")
    } else {
        None
    }
}

/// True where the longest side is over 108 in, or length plus girth over `girth_max`.
fn too_large(mut sides: [f64; 3], girth_max: f64) -> bool {
    sides.sort_by(f64::total_cmp);
    let [height, width, length] = sides;
    length > 108.0 || length + 2.0 * (width + height) > girth_max
}

fn rate(service: &Service, account: &CarrierAccount, trip: &Trip<'_>, percent: u64) -> Rate {
    Rate {
        id: new_id("rate"),
        account: account.id.clone(),
        carrier: service.carrier,
        service: service.name,
        cents: pricing::price_cents(service, trip.parcel, trip.zone, percent),
        percent: trip.price_percent,
        days: pricing::days(service, trip.zone),
        days_written: service.days_written,
        quoted_at: clock::now(),
    }
}
