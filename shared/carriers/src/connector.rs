//! One account at one outside API.

use std::time::Instant;

use async_trait::async_trait;
use domain::address::Address;
use domain::order::OrderPart;
use domain::purchase::Purchase;
use domain::rates::Ticket;
use domain::track::Track;
use domain::{AccountId, LabelDocument, LabelHandle, Private};

use crate::{
    AddressCheck, BuyError, Capabilities, CarrierError, Certainty, Feature, Found, Issue, LabelRef, Offer,
    PurchaseOrder, RefundStatus, ShipRequest, Sold, VoidOutcome,
};

/// Speaks to one account that sells labels: a carrier's own, or an aggregator's that sells for several carriers.
///
/// No error may hold an address, a credential or a URL. `tests/conformance` runs every connector against its simulator, and
/// `docs/adding-a-carrier.md` says how to add one.
#[async_trait]
pub trait Connector: Send + Sync + 'static {
    /// The account that this connector speaks to. Its quotes and labels carry it.
    fn account(&self) -> &AccountId;

    /// What the account offers, and the times that hold for it.
    fn capabilities(&self) -> &Capabilities;

    /// Asks whether mail is delivered to `address`.
    ///
    /// # Errors
    /// When there is no verdict. An order must not be held up because the checker is down.
    async fn verify_address(&self, _address: &Address) -> Result<AddressCheck, CarrierError> {
        Err(CarrierError::Unsupported(Feature::VerifyAddress))
    }

    /// Asks for rates; nothing is paid. With `again`, the ticket of an earlier quote, the same parcel is priced anew. It
    /// answers by `deadline`: others' quotes wait for it.
    async fn quote(
        &self,
        request: &ShipRequest<'_>,
        again: Option<&Ticket>,
        deadline: Instant,
    ) -> Result<Offer, CarrierError>;

    /// Buys a label. The request is sent at most once, and the answer is awaited for [`Capabilities::buy_timeout`] at most.
    ///
    /// # Errors
    /// [`BuyError::Rejected`] and [`BuyError::NotSent`] say for certain that nothing was bought.
    async fn buy(&self, order: &PurchaseOrder<'_>) -> Result<Sold, BuyError>;

    /// Looks whether the account sold what it was asked for, when its answer was lost. It reads and never pays. The parcel's
    /// addresses are not at hand: they may be forgotten by then. An account that can't be looked into proves nothing.
    async fn find_purchase(&self, _purchase: &Purchase, _part: &OrderPart) -> Result<Found, CarrierError> {
        Ok(Found::Nothing(Certainty::Weak))
    }

    /// Asks for a label that was sold and not issued at once ([`Sold::Pending`]).
    async fn issued(&self, _handle: &LabelHandle) -> Result<Issue, CarrierError> {
        Err(CarrierError::Unsupported(Feature::IssueLater))
    }

    /// Asks for the refund of a label. A repeated call is safe.
    async fn void(&self, _label: &LabelRef<'_>) -> Result<VoidOutcome, CarrierError> {
        Err(CarrierError::Unsupported(Feature::Void))
    }

    /// Reads how far the refund of a label is. It asks for none.
    ///
    /// # Errors
    /// Also when the account's word for it is not known.
    async fn refund(&self, _label: &LabelRef<'_>) -> Result<RefundStatus, CarrierError> {
        Err(CarrierError::Unsupported(Feature::Refund))
    }

    /// Fetches the label as a PDF of 4 x 6 inches. `link` came with the purchase, where one did.
    async fn label_file(
        &self,
        _label: &LabelRef<'_>,
        _link: Option<&Private<String>>,
    ) -> Result<LabelDocument, CarrierError> {
        Err(CarrierError::Unsupported(Feature::LabelFile))
    }

    /// Fetches the sheet that goes on a parcel of dangerous goods beside the label, as a PDF; `None` when the account has none for it.
    async fn hazmat_sheet(&self, _label: &LabelRef<'_>) -> Result<Option<LabelDocument>, CarrierError> {
        Err(CarrierError::Unsupported(Feature::HazmatSheet))
    }

    /// Reads where parcels are: one answer a parcel, in the same order, and `None` for a parcel that the account does not
    /// follow. A repeated call is safe.
    async fn track(&self, _parcels: &[LabelRef<'_>]) -> Result<Vec<Option<Track>>, CarrierError> {
        Err(CarrierError::Unsupported(Feature::Track))
    }
}
