//! What TikTok's errors say of a purchase, and of what follows it.

use std::time::Duration;

use carriers::{BuyError, CarrierCall, CarrierCode, CarrierError, Rejection, UnknownOutcome};
use domain::CarrierText;
use tiktok::{Class, Error, Fault};

/// The pause before a call that never left is made again.
const PAUSE_UNSENT: Duration = Duration::from_secs(5);
/// The pause while the seller or a person has to mend the authorization or the app: its own alarm tells of it.
const PAUSE_UNAUTHORIZED: Duration = Duration::from_secs(60);

/// What a refusal of Create Packages or Ship Package means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// It is bought already, or being bought, or nobody knows: read it back. "Try again" is no permission.
    ReadBack,
    Rejected(Cause),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// TikTok has no service for this parcel.
    Parcel,
    Address,
    /// The service is gone: the list is read again.
    Service,
    /// The order must be read back before anything else.
    OrderState,
    /// An invoice, customs data, split attributes.
    Precondition,
    /// A defect, or rights that the seller did not grant.
    Request,
    Rights,
}

/// Sources: the error tables of Create Packages and Ship Package, and what was seen in production.
const REFUSALS: &[(Refusal, &[i64])] = &[
    // Bought or shipped already.
    (Refusal::ReadBack, &[21_022_025, 21_030_006, 21_008_042, 21_011_006, 21_011_020, 21_042_076]),
    (Refusal::ReadBack, &[11_006_021, 21_008_099, 21_011_040]),
    // Being bought.
    (Refusal::ReadBack, &[21_030_005]),
    // No weight or size of that kind; oversize.
    (Refusal::Rejected(Cause::Parcel), &[11_021_009, 21_011_037, 11_021_014]),
    (Refusal::Rejected(Cause::Address), &[11_021_010, 11_021_011, 11_021_012, 11_021_013, 21_014_009]),
    (Refusal::Rejected(Cause::Service), &[11_003_011, 21_004_008]),
    // An after-sale is pending; the state; the rule does not fit; lines; split and combine; fulfilled by TikTok; not this shop's.
    (Refusal::Rejected(Cause::OrderState), &[21_011_007, 21_008_044, 21_011_003, 21_032_001]),
    (Refusal::Rejected(Cause::OrderState), &[21_011_012, 21_011_013, 21_011_029, 21_011_048]),
    (Refusal::Rejected(Cause::OrderState), &[21_011_033, 21_011_035, 21_011_046, 21_008_025, 21_042_204]),
    (Refusal::Rejected(Cause::OrderState), &[21_011_041, 21_011_042, 21_011_044, 21_011_028]),
    (Refusal::Rejected(Cause::Service), &SLOT_TAKEN),
    // Brazil's invoice; Mexico's split attributes.
    (Refusal::Rejected(Cause::Precondition), &[21_004_006, 21_004_019, 21_004_020, 21_004_024]),
    (Refusal::Rejected(Cause::Request), &[11_001_002, 11_050_001, 21_001_001, 11_028_006]),
    (Refusal::Rejected(Cause::Request), &[21_004_010, 21_008_106, 36_009_004]),
    (Refusal::Rejected(Cause::Rights), &[105_005]),
];

/// Codes that say that the slot for the pickup is gone.
const SLOT_TAKEN: [i64; 3] = [21_011_053, 21_011_054, 21_004_017];

/// Whether only the slot for the pickup was refused.
pub(crate) fn is_slot_taken(error: &Error) -> bool {
    error.code().is_some_and(|code| SLOT_TAKEN.contains(&code))
}

/// Codes that say for good that a label can't be had any more: too late, twice; its package is cancelled.
const LABEL_GONE: [i64; 3] = [21_023_046, 21_042_102, 21_023_059];

/// Codes that say that a label is not made yet.
pub(crate) fn is_label_pending(error: &Error) -> bool {
    error.code().is_some_and(|code| tiktok::LABEL_NOT_READY.contains(&code))
}

/// Codes that say that there is no document of this kind for the package.
const NO_SUCH_DOCUMENT: [i64; 3] = [11_034_002, 21_008_017, 21_008_043];

/// Whether there is no document of this kind for the package.
pub(crate) fn is_no_such_document(error: &Error) -> bool {
    error.code().is_some_and(|code| NO_SUCH_DOCUMENT.contains(&code))
}

/// Whether the label can't be had any more.
pub(crate) fn is_label_gone(error: &Error) -> bool {
    error.code().is_some_and(|code| LABEL_GONE.contains(&code))
}

/// Whether TikTok has no service for the parcel, which is an answer and not a failure.
pub(crate) fn is_no_service(error: &Error) -> bool {
    refusal(error) == Some(Refusal::Rejected(Cause::Parcel))
}

fn refusal(error: &Error) -> Option<Refusal> {
    let code = error.code()?;
    REFUSALS.iter().find(|(_, codes)| codes.contains(&code)).map(|(refusal, _)| *refusal)
}

/// What a failed purchase proves. Whatever is not known to mean that nothing was bought is unknown.
pub(crate) fn of_purchase(error: Error) -> BuyError {
    if let Error::Throttled { after, .. } = error {
        return BuyError::NotSent { after, source: None };
    }
    if let Error::Lost { fault: Fault::NotSent, source, .. } = error {
        return BuyError::NotSent { after: PAUSE_UNSENT, source };
    }
    match error.class() {
        // Nothing that was asked was looked at.
        Class::AppRefused | Class::Reauthorize => {
            return BuyError::NotSent { after: PAUSE_UNAUTHORIZED, source: None };
        }
        _ if matches!(error, Error::Store(_)) => {
            return BuyError::NotSent { after: PAUSE_UNSENT, source: None };
        }
        _ => {}
    }
    match (&error, refusal(&error)) {
        (_, Some(Refusal::Rejected(cause))) => {
            BuyError::Rejected { reason: rejection(cause), code: code(&error), text: CarrierText::default() }
        }
        (Error::Unacceptable { .. }, _) => {
            let (reason, code) = (Rejection::Request, CarrierCode::none());
            BuyError::Rejected { reason, code, text: CarrierText::default() }
        }
        _ => BuyError::Unknown(unknown(error)),
    }
}

/// Why another call than a purchase failed.
pub(crate) fn of_call(call: CarrierCall, error: Error) -> CarrierError {
    if let Error::Throttled { after, .. } = error {
        return CarrierError::NotSent { call, after, source: None };
    }
    match error.class() {
        Class::Retry if matches!(error, Error::Lost { fault: Fault::NotSent, .. }) => {
            let source = match error {
                Error::Lost { source, .. } => source,
                _ => None,
            };
            CarrierError::NotSent { call, after: PAUSE_UNSENT, source }
        }
        Class::AppRefused | Class::Reauthorize => {
            CarrierError::NotSent { call, after: PAUSE_UNAUTHORIZED, source: None }
        }
        Class::MissingScope => rejected(call, &error, Rejection::Account),
        Class::OrderState | Class::AlreadyDone => rejected(call, &error, Rejection::OrderState),
        Class::Bug | Class::Unknown | Class::ContentRefused | Class::TrackingRefused => {
            let reason = match refusal(&error) {
                Some(Refusal::Rejected(cause)) => rejection(cause),
                Some(Refusal::ReadBack) => Rejection::OrderState,
                None => Rejection::Request,
            };
            rejected(call, &error, reason)
        }
        Class::Retry | Class::RereadFirst | Class::Throttled { .. } => {
            CarrierError::Unknown { call, cause: unknown(error) }
        }
    }
}

fn rejected(call: CarrierCall, error: &Error, reason: Rejection) -> CarrierError {
    let status = match error {
        Error::Refused { status, .. } => *status,
        _ => 0,
    };
    CarrierError::Rejected { call, reason, status, code: code(error), text: CarrierText::default() }
}

fn rejection(cause: Cause) -> Rejection {
    match cause {
        Cause::Parcel | Cause::Request => Rejection::Request,
        Cause::Address => Rejection::Address,
        Cause::Service => Rejection::QuoteGone,
        Cause::OrderState => Rejection::OrderState,
        Cause::Precondition => Rejection::Precondition,
        Cause::Rights => Rejection::Account,
    }
}

fn code(error: &Error) -> CarrierCode {
    error.code().map_or_else(CarrierCode::none, |code| CarrierCode::new(&code.to_string()))
}

pub(crate) fn unknown(error: Error) -> UnknownOutcome {
    match error {
        Error::Lost { source: Some(source), .. } => UnknownOutcome::Transport(source),
        Error::Lost { fault: Fault::Status(status), .. } => {
            UnknownOutcome::Status { status, code: CarrierCode::none() }
        }
        Error::Refused { status, .. } => UnknownOutcome::Status { status, code: code(&error) },
        _ => UnknownOutcome::Broken("it lacks what it must have"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Cause, LABEL_GONE, REFUSALS, Refusal, rejection};
    use carriers::Rejection;

    #[test]
    fn a_code_has_one_meaning() {
        let codes: Vec<i64> = REFUSALS.iter().flat_map(|(_, codes)| codes.iter().copied()).collect();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
        assert!(LABEL_GONE.iter().all(|code| !tiktok::LABEL_NOT_READY.contains(code)));
    }

    #[test]
    fn what_was_bought_before_is_no_refusal() {
        for code in [21_022_025, 21_030_005, 21_042_076] {
            let found = REFUSALS.iter().find(|(_, codes)| codes.contains(&code)).map(|(refusal, _)| *refusal);
            assert_eq!(found, Some(Refusal::ReadBack), "{code}");
        }
        assert_eq!(rejection(Cause::OrderState), Rejection::OrderState);
    }
}
