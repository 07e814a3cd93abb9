//! What happens to an order without a test's doing.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::core::Core;
use super::{CancelledBy, Recipient, operations};

/// When a step happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// This long after the order came in.
    After(Duration),
    /// This long after the order was first asked for by its id.
    AfterFirstRead(Duration),
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    ReleaseHold,
    /// The order is cancelled.
    Cancel(CancelledBy),
    /// The buyer asks to cancel.
    RequestCancel,
    /// The buyer corrects the address.
    UpdateAddress(Box<Recipient>),
    /// The carrier scans the parcel.
    CarrierScan,
    Deliver,
}

/// One step of an order's script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub when: When,
    pub action: Action,
}

/// Starts the steps that count from now: those after the arrival, or those after the first read.
pub(crate) fn start(core: &Arc<Core>, order_id: &str, script: &[Step], first_read: FirstRead) {
    for step in script {
        let delay = match (step.when, first_read) {
            (When::After(delay), FirstRead::NotYet) | (When::AfterFirstRead(delay), FirstRead::Now) => delay,
            _ => continue,
        };
        let core_then: Weak<Core> = Arc::downgrade(core);
        let (order_id, action) = (order_id.to_owned(), step.action.clone());
        core.runtime.spawn(async move {
            tokio::time::sleep(delay).await;
            let Some(core) = core_then.upgrade() else { return };
            // The order may have moved on meanwhile; then the step does nothing.
            let _ = perform(&core, &order_id, action);
        });
    }
}

/// Whether the steps that wait for a read start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FirstRead {
    NotYet,
    Now,
}

fn perform(core: &Core, order_id: &str, action: Action) -> Result<(), super::OperationError> {
    match action {
        Action::ReleaseHold => operations::release_hold(core, order_id),
        Action::Cancel(by) => operations::cancel(core, order_id, by),
        Action::RequestCancel => operations::request_cancel(core, order_id),
        Action::UpdateAddress(to) => operations::update_address(core, order_id, *to),
        Action::CarrierScan => operations::carrier_scan(core, order_id),
        Action::Deliver => operations::deliver(core, order_id),
    }
}
