//! What a test has carriers offer and decline.

use super::EasyPost;
use super::address::Address;
use super::shipment::Shipment;
use crate::lock::locked;

/// A rate that is offered in place of those of the price model.
#[derive(Debug, Clone)]
pub struct GivenRate {
    /// The carrier, by EasyPost's name.
    pub carrier: &'static str,
    /// The service.
    pub service: &'static str,
    /// The price.
    pub cents: u64,
    /// `delivery_days`.
    pub days: Option<u32>,
    /// `delivery_date`, as it is written.
    pub delivery_date: Option<String>,
}

impl GivenRate {
    /// A rate without a date.
    pub fn new(carrier: &'static str, service: &'static str, cents: u64, days: u32) -> Self {
        Self { carrier, service, cents, days: Some(days), delivery_date: None }
    }

    /// The same with a `delivery_date`.
    #[must_use]
    pub fn on(self, delivery_date: &str) -> Self {
        Self { delivery_date: Some(delivery_date.to_owned()), ..self }
    }
}

/// What was laid down.
#[derive(Debug, Default)]
pub(crate) struct Given {
    pub(crate) rates: Option<Vec<GivenRate>>,
    /// Carrier and words.
    pub(crate) declined: Vec<(String, String)>,
}

/// Carriers repeat what they were sent: `{street1}` is the recipient's, `{from.street1}` the sender's.
pub(crate) fn filled(words: &str, shipment: &Shipment) -> String {
    let put = |words: String, prefix: &str, address: &Address| {
        let fields = ["name", "street1", "street2", "city", "zip", "phone"].into_iter();
        fields.fold(words, |words, field| words.replace(&format!("{{{prefix}{field}}}"), address.get(field)))
    };
    put(put(words.to_owned(), "from.", &shipment.from), "", &shipment.to)
}

impl EasyPost {
    /// Offers these rates for every shipment from now on.
    pub fn offer(&self, rates: Vec<GivenRate>) {
        locked(&self.core().state).given.rates = Some(rates);
    }

    /// Has `carrier` offer no rates, and say `words` instead.
    pub fn decline(&self, carrier: &str, words: &str) {
        locked(&self.core().state).given.declined.push((carrier.to_owned(), words.to_owned()));
    }

    /// The customs form of the last shipment that was made under this reference, if it had one.
    pub fn customs_info(&self, reference: &str) -> Option<serde_json::Value> {
        let state = locked(&self.core().state);
        let of = state.shipments.values().filter(|shipment| shipment.reference.as_deref() == Some(reference));
        of.max_by_key(|shipment| shipment.created_at)?.customs.clone()
    }

    /// A field of the recipient's address of the last shipment that was made under this reference.
    pub fn sent_to(&self, reference: &str, field: &str) -> Option<String> {
        let state = locked(&self.core().state);
        let of = state.shipments.values().filter(|shipment| shipment.reference.as_deref() == Some(reference));
        Some(of.max_by_key(|shipment| shipment.created_at)?.to.get(field).to_owned())
    }
}
