//! What a service costs.

use super::services::Service;
use super::shipment::Parcel;

const OUNCES_PER_POUND: f64 = 16.0;
/// Cubic inches a pound may fill before the size counts, by the carriers' common rule.
const DIMENSIONAL_DIVISOR: f64 = 139.0;
/// Below a cubic foot the post charges the weight alone.
const CUBIC_FOOT: f64 = 1_728.0;

/// Pounds charged: the weight or the size, rounded up.
pub(crate) fn billable_pounds(service: &Service, parcel: &Parcel) -> u64 {
    let actual = parcel.weight_oz / OUNCES_PER_POUND;
    let volume: f64 = parcel.dimensions.map_or(0.0, |sides| sides.iter().map(|side| side.ceil()).product());
    let posts_light = matches!(service.carrier, "USPS" | "DhlEcs") && volume <= CUBIC_FOOT;
    let by_size = if posts_light { 0.0 } else { volume / DIMENSIONAL_DIVISOR };
    actual.max(by_size).ceil().max(1.0) as u64
}

/// The price in cents, at the given percentage of the model.
pub(crate) fn price_cents(service: &Service, parcel: &Parcel, zone: u8, percent: u64) -> u64 {
    let pounds = billable_pounds(service, parcel);
    let per_pound = service.pound_cents + service.pound_zone_cents * u64::from(zone);
    (service.base_cents + pounds * per_pound) * percent / 100
}

/// Days in transit.
pub(crate) fn days(service: &Service, zone: u8) -> u32 {
    let (least, zones_per_day) = service.days;
    least + u32::from(zone - 1).checked_div(zones_per_day).unwrap_or(0)
}
