//! Purchases that a carrier refuses although it quoted them.

use std::collections::BTreeMap;

use super::EasyPost;
use super::errors::ApiError;
use super::given::filled;
use super::shipment::{Rate, Shipment};
use crate::faults::CallKind;
use crate::lock::locked;

/// Purchases that are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseRefusal {
    /// The carrier, by EasyPost's name.
    pub carrier: String,
    /// The service; `None` for all of the carrier's.
    pub service: Option<String>,
    /// EasyPost's code.
    pub code: &'static str,
    /// The carrier's words; what stands in braces is filled in, as `filled` does it.
    pub message: String,
    /// How many purchases are refused; `None` for all.
    pub times: Option<u64>,
}

impl PurchaseRefusal {
    /// The carrier sells nothing.
    pub fn of(carrier: &str) -> Self {
        Self {
            carrier: carrier.to_owned(),
            service: None,
            code: "SHIPMENT.POSTAGE.FAILURE",
            message: "The account is not set up for this service.".to_owned(),
            times: None,
        }
    }
}

/// Why the account itself is refused, whatever is asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountRefusal {
    /// Its key is not accepted: 401 to every call.
    Key,
    /// Its balance is too low: 402 to every purchase.
    Funds,
}

/// The refusals that stand, and how many there were.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    standing: Vec<PurchaseRefusal>,
    given: u64,
    account: Option<AccountRefusal>,
    account_refused: BTreeMap<CallKind, u64>,
}

impl Refusals {
    /// Refuses a call of `kind` while the account itself is refused.
    pub(crate) fn check_account(&mut self, kind: CallKind) -> Result<(), ApiError> {
        let error = match self.account {
            Some(AccountRefusal::Key) => ApiError::unauthorized(),
            Some(AccountRefusal::Funds) if kind == CallKind::ShipmentBuy => ApiError::no_funds(),
            Some(AccountRefusal::Funds) | None => return Ok(()),
        };
        *self.account_refused.entry(kind).or_default() += 1;
        Err(error)
    }

    /// Refuses the purchase of `rate` where a test wants it so.
    pub(crate) fn check(&mut self, rate: &Rate, shipment: &Shipment) -> Result<(), ApiError> {
        let standing = self.standing.iter_mut().find(|refusal| {
            refusal.carrier == rate.carrier
                && refusal.service.as_ref().is_none_or(|service| service == rate.service)
                && refusal.times != Some(0)
        });
        let Some(refusal) = standing else { return Ok(()) };
        refusal.times = refusal.times.map(|times| times - 1);
        self.given += 1;
        Err(ApiError::refused(refusal.code, filled(&refusal.message, shipment)))
    }
}

impl EasyPost {
    /// Has a carrier refuse purchases from now on.
    pub fn refuse_purchases(&self, refusal: PurchaseRefusal) {
        locked(&self.core().state).refusals.standing.push(refusal);
    }

    /// All carriers sell again.
    pub fn accept_purchases(&self) {
        locked(&self.core().state).refusals.standing.clear();
    }

    /// Refuses the account itself from now on; `None` accepts it again.
    pub fn refuse_account(&self, refusal: Option<AccountRefusal>) {
        locked(&self.core().state).refusals.account = refusal;
    }

    /// How many calls of each kind were refused for an [`AccountRefusal`].
    pub fn account_refused(&self) -> BTreeMap<CallKind, u64> {
        locked(&self.core().state).refusals.account_refused.clone()
    }

    /// How many purchases were refused for a [`PurchaseRefusal`].
    pub fn purchases_refused(&self) -> u64 {
        locked(&self.core().state).refusals.given
    }
}
