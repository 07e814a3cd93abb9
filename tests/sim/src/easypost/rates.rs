//! The rates of a shipment, and the carriers' excuses.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::config::CarrierAccount;
use super::given::GivenRate;
use super::pricing;
use super::services::{Days, PoBox, SERVICES, Service};
use super::shipment::{Parcel, Rate, new_id};
use crate::clock;

/// A further account of a carrier has its own, slightly higher prices.
const FURTHER_ACCOUNT_PERCENT: u64 = 3;

/// Where a parcel goes, as far as carriers care.
pub(crate) struct Trip<'a> {
    pub(crate) parcel: &'a Parcel,
    pub(crate) zone: u8,
    /// To a box or to the armed forces: the post alone delivers.
    pub(crate) postal_only: bool,
    pub(crate) price_percent: u64,
    /// What single carriers add to it, in percent.
    pub(crate) price_rises: &'a BTreeMap<String, u64>,
}

/// Asks each account. A carrier that cannot carry the parcel says so in a message, not by a failure.
/// Those of `given` take the place of the price model's, and who `declined` has words in place of rates.
pub(crate) fn quote(
    accounts: &[&CarrierAccount],
    trip: &Trip<'_>,
    given: Option<&[GivenRate]>,
    declined: impl Fn(&str) -> Option<String>,
) -> (Vec<Rate>, Vec<Value>) {
    let (mut rates, mut messages) = (Vec::new(), Vec::new());
    for (place, account) in accounts.iter().enumerate() {
        let further = accounts[..place].iter().filter(|a| a.carrier == account.carrier).count() as u64;
        let rise = trip.price_rises.get(&account.carrier).copied().unwrap_or_default();
        let percent = (trip.price_percent + rise) * (100 + FURTHER_ACCOUNT_PERCENT * further) / 100;
        if let Some(words) = declined(&account.carrier) {
            messages.push(message(account, &words));
            continue;
        }
        if let Some(given) = given {
            let of_account = given.iter().filter(|rate| rate.carrier == account.carrier);
            rates.extend(of_account.map(|given| given_rate(given, account, trip.price_percent)));
            continue;
        }
        let before = rates.len();
        let mut excuse = "Invalid credentials";
        for service in SERVICES.iter().filter(|service| service.carrier == account.carrier) {
            match cannot_carry(service, trip) {
                Some(reason) => excuse = reason,
                None => rates.push(rate(service, account, trip, percent)),
            }
        }
        if rates.len() == before {
            messages.push(message(account, excuse));
        }
    }
    (rates, messages)
}

fn message(account: &CarrierAccount, words: &str) -> Value {
    json!({
        "carrier": account.carrier,
        "carrier_account_id": account.id,
        "type": "rate_error",
        "message": words,
    })
}

fn given_rate(given: &GivenRate, account: &CarrierAccount, percent: u64) -> Rate {
    Rate {
        id: new_id("rate"),
        account: account.id.clone(),
        currency: account.currency,
        carrier: given.carrier,
        service: given.service,
        cents: given.cents,
        percent,
        days: given.days.unwrap_or_default(),
        days_written: given.days.map_or(Days::Unknown, |_| Days::Whole),
        date: given.delivery_date.clone(),
        quoted_at: clock::now(),
    }
}

fn cannot_carry(service: &Service, trip: &Trip<'_>) -> Option<&'static str> {
    if trip.postal_only && service.po_box == PoBox::Refuses {
        Some("Address is invalid: delivery to a PO Box or military address is not available.")
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
    let (now, days) = (clock::now(), pricing::days(service, trip.zone));
    let arrives = now + SignedDuration::from_hours(24 * i64::from(days));
    // UPS alone names the day: by the clock of the place of delivery, although it ends in Z.
    let date = (service.carrier == "UPSDAP").then(|| arrives.strftime("%Y-%m-%dT23:00:00Z").to_string());
    Rate {
        id: new_id("rate"),
        account: account.id.clone(),
        currency: account.currency,
        carrier: service.carrier,
        service: service.name,
        cents: pricing::price_cents(service, trip.parcel, trip.zone, percent),
        percent: trip.price_percent,
        days,
        days_written: service.days_written,
        date,
        quoted_at: now,
    }
}
