//! A label that is paid for, and its files.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::account_id::AccountId;
use crate::ids::{CarrierAccountId, LabelHandle, TrackingNumber};
use crate::money::Money;
use crate::private::Private;
use crate::rates::Service;

/// What the cost of a label is worth as a figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostBasis {
    /// The account charged it.
    #[default]
    Charged,
    /// The account's estimate; what is charged follows from the parcel as the carrier measures it.
    Estimated,
    /// The account does not say what it will charge; the amount is 0.
    NotTold,
}

impl CostBasis {
    fn is_charged(&self) -> bool {
        *self == Self::Charged
    }
}

/// A label that is paid for and not issued yet: it has no tracking number. TikTok issues its labels some seconds after it has
/// sold them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingLabel {
    /// The account that sold it.
    pub account: AccountId,
    /// What that account calls it.
    pub handle: LabelHandle,
    pub service: Service,
    /// The contract that is billed.
    pub billed_to: CarrierAccountId,
    pub cost: Money,
    #[serde(default, skip_serializing_if = "CostBasis::is_charged")]
    pub cost_basis: CostBasis,
    /// When it was bought, or first seen where somebody else bought it.
    pub bought_at: Timestamp,
    /// The parcel that it was bought for, see [`crate::order::Order::parcel_fingerprint`].
    pub fingerprint: u64,
}

impl PendingLabel {
    /// The label, now that it has a number.
    pub fn issued(self, tracking: TrackingNumber, file: LabelFileState, hazmat_sheet: HazmatSheet) -> Label {
        let Self { account, handle, service, billed_to, cost, cost_basis, bought_at, fingerprint } = self;
        Label {
            account,
            handle,
            tracking,
            service,
            billed_to,
            cost,
            cost_basis,
            bought_at,
            fingerprint,
            file,
            hazmat_sheet,
        }
    }
}

/// A label that is paid for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// The account that sold it: it alone can void, follow and show it.
    pub account: AccountId,
    /// What that account calls it.
    pub handle: LabelHandle,
    pub tracking: TrackingNumber,
    pub service: Service,
    /// The carrier's contract that is billed.
    pub billed_to: CarrierAccountId,
    pub cost: Money,
    #[serde(default, skip_serializing_if = "CostBasis::is_charged")]
    pub cost_basis: CostBasis,
    pub bought_at: Timestamp,
    /// The parcel that it was bought for, see [`crate::order::Order::parcel_fingerprint`].
    pub fingerprint: u64,
    pub file: LabelFileState,
    #[serde(default, skip_serializing_if = "HazmatSheet::is_none")]
    pub hazmat_sheet: HazmatSheet,
}

/// The printable file of a label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "file")]
pub enum LabelFileState {
    /// To be fetched from the account that sold the label.
    Pending {
        /// Where it lies, if the purchase said so; it shows the buyer's address to whoever has it. Without a link the account
        /// is asked for the file.
        link: Option<Private<String>>,
    },
    /// Kept by the backend under this name.
    Kept { name: String },
    /// Removed with the personal data of its order.
    Removed,
}

/// The sheet that goes on a parcel of dangerous goods beside TikTok's label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "sheet")]
pub enum HazmatSheet {
    /// The parcel needs none.
    #[default]
    None,
    /// The account that sold the label is asked for it.
    Pending,
    /// Kept by the backend under this name.
    Kept { name: String },
    /// Removed with the personal data of its order.
    Removed,
}

impl HazmatSheet {
    fn is_none(&self) -> bool {
        *self == Self::None
    }
}
