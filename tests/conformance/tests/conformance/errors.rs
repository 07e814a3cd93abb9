//! Errors are logged: they hold nothing personal, no credential and no address of a service.

use std::error::Error;

use carriers::{CarrierError, LabelRef};
use conformance::{ApiCall, SimulatedAccount, TestParcel};
use domain::{LabelHandle, TrackingNumber};
use sim::Fault;

conformance::on_every_connector!(no_error_shows_what_is_private);

/// An error and its causes, as a log shows them, and its `Debug`.
fn shown(error: &dyn Error) -> String {
    let mut text = format!("{error:?} {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(" {cause} {cause:?}"));
        source = cause.source();
    }
    text
}

async fn no_error_shows_what_is_private(account: &impl SimulatedAccount) {
    let (connector, parcel) = (account.connector(), TestParcel::new());
    let purchase = parcel.purchase(&*connector).await;
    let mut errors: Vec<String> = Vec::new();
    for fault in [Fault::Status(500), Fault::LostAnswer, Fault::BrokenBody, Fault::HangWithoutEffect] {
        account.faults().on_next(account.request(ApiCall::Quote), fault);
        errors.push(shown(&parcel.quote(&*connector).await.unwrap_err()));
    }
    account.faults().on_next(account.request(ApiCall::Buy), Fault::HangWithoutEffect);
    errors.push(shown(&parcel.buy(&*connector, &purchase).await.unwrap_err()));
    let handle = LabelHandle::new(account.unknown_ticket().as_str());
    let tracking = TrackingNumber::new("9400100000000000000000");
    let label = LabelRef { handle: &handle, tracking: &tracking };
    let refused: [CarrierError; 3] = [
        connector.void(&label).await.unwrap_err(),
        connector.refund(&label).await.unwrap_err(),
        parcel.quote(&*account.intruder()).await.unwrap_err(),
    ];
    errors.extend(refused.iter().map(|error| shown(error)));
    account.refuse_purchases();
    errors.push(shown(&parcel.buy(&*connector, &purchase).await.unwrap_err()));
    assert!(account.faults().all_fired());
    let services = account.secrets();
    for error in errors {
        for secret in parcel.secrets().into_iter().chain(services.iter().map(String::as_str)) {
            assert!(!error.contains(secret), "{secret} in {error}");
        }
    }
}
