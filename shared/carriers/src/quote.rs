//! Asking for rates.

use domain::address::Address;
use domain::customs::CustomsForm;
use domain::parcel::Parcel;

/// What is to be rated.
#[derive(Clone, Copy, Debug)]
pub struct QuoteRequest<'a> {
    /// The warehouse.
    pub from: &'a Address,
    /// The recipient.
    pub to: &'a Address,
    /// The parcel.
    pub parcel: &'a Parcel,
    /// The customs form, for a place that needs one: a label is sold with it or not at all.
    pub customs: Option<&'a CustomsForm>,
    /// Our name for the shipment, to be found again in the carrier's own lists. Not personal data.
    pub reference: &'a str,
}
