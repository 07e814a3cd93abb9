//! What is to be shipped, and what an account offers for it.

use domain::address::Address;
use domain::customs::CustomsForm;
use domain::order::OrderPart;
use domain::parcel::Parcel;
use domain::rates::{CarrierMessage, Quote};

/// Everything that a carrier must know of a parcel, to rate it as well as to sell a label for it.
#[derive(Clone, Copy, Debug)]
pub struct ShipRequest<'a> {
    pub from: &'a Address,
    pub to: &'a Address,
    pub parcel: &'a Parcel,
    /// The customs form, for a place that needs one: a label is sold with it or not at all.
    pub customs: Option<&'a CustomsForm>,
    /// Our name for the parcel, by which people find it in the account's own lists. Not personal data.
    pub reference: &'a str,
    /// What the parcel takes of the order, for an account that sells labels of orders rather than of parcels.
    pub part: &'a OrderPart,
}

/// What one account offers for a parcel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    pub quotes: Vec<Quote>,
    /// Carriers behind the account that gave no rate.
    pub messages: Vec<CarrierMessage>,
}
