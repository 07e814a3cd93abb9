//! How a shipment waits after a call to its carrier account failed.

use carriers::CarrierError;
use domain::AccountId;
use workflow::{Deferral, error_chain};

/// The deferral of a shipment for which `account` can't do now what it was asked for.
pub(crate) fn deferral_after(error: &CarrierError, account: &AccountId) -> Deferral {
    if error.is_about_account() {
        Deferral::account_refused(error)
    } else {
        Deferral::passing(error_chain(error), error.retry()).of(account)
    }
}
