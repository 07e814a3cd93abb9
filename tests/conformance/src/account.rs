//! An account of a connector at the simulator of its outside service.

use std::collections::BTreeSet;
use std::sync::Arc;

use carriers::Connector;
use domain::AccountId;
use domain::rates::Ticket;
use sim::{CallKind, Faults};

/// A label that is paid at the simulator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidLabel {
    /// Our name of the parcel.
    pub reference: String,
    pub tracking: String,
    /// The price of the label, without fees.
    pub minor: i64,
}

/// The calls of a connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiCall {
    VerifyAddress,
    Quote,
    QuoteAgain,
    Buy,
    FindPurchase,
    Void,
    Refund,
    LabelFile,
    Track,
}

/// An account at a running simulator, and what a test may do there.
pub trait SimulatedAccount: Send + Sync {
    /// A connector as a process that has just started has it. It waits for [`crate::parcel::PATIENCE`].
    fn connector(&self) -> Arc<dyn Connector>;

    /// The same account under another name, as a second one of the seller's.
    fn connector_named(&self, account: AccountId) -> Arc<dyn Connector>;

    /// A connector whose credentials are not accepted.
    fn intruder(&self) -> Arc<dyn Connector>;

    /// What goes wrong at the simulator.
    fn faults(&self) -> &Faults;

    /// The first request by which the connector does this.
    fn request(&self, call: ApiCall) -> CallKind;

    /// A ticket that the connector could have given and that the account does not know.
    fn unknown_ticket(&self) -> Ticket;

    /// Every label that is paid, refunded or not.
    fn paid(&self) -> Vec<PaidLabel>;

    /// Prices of new quotes rise by this.
    fn raise_prices(&self, percent: u64);

    /// No carrier sells from now on.
    fn refuse_purchases(&self);

    /// Links to the files of labels lead nowhere from now on.
    fn expire_label_links(&self);

    /// The carrier scans the parcel.
    fn scan(&self, tracking: &str);

    /// The parcel arrives.
    fn deliver(&self, tracking: &str);

    /// What was asked for is refunded.
    fn settle_refunds(&self);

    /// What must not show in an error: credentials and addresses of the service.
    fn secrets(&self) -> Vec<String>;

    /// How many requests came.
    fn requests(&self) -> usize {
        self.faults().log().records().len()
    }

    /// The labels that are paid for this parcel.
    fn paid_for(&self, reference: &str) -> Vec<PaidLabel> {
        self.paid().into_iter().filter(|label| label.reference == reference).collect()
    }

    /// For one parcel at most one label is paid.
    fn assert_nothing_bought_twice(&self) {
        let paid = self.paid();
        let parcels: BTreeSet<&str> = paid.iter().map(|label| label.reference.as_str()).collect();
        assert_eq!(parcels.len(), paid.len(), "bought twice: {paid:?}");
    }
}
