//! Carriers behind one trait.
//!
//! A connector speaks one outside API and converts it to the domain's words; what to buy and when is overrides
//! elsewhere. What a carrier lacks answers [`CarrierError::Unsupported`], and [`Carrier::capabilities`] says before
//! the first purchase how the carrier protects from paying twice.
//!
//! **Architecture invariant:** [`Carrier::buy`] sends its request at most once, and only an answer that documents a
//! refusal is an error that says so. Everything in doubt is [`BuyError::Unknown`].

mod address;
mod call;
mod capabilities;
pub mod easypost;
mod error;
mod http;
mod label;
mod purchase;
mod quote;

use async_trait::async_trait;
use domain::address::Address;
use domain::rates::Quotes;
use domain::track::Track;
use domain::{CarrierShipmentId, Private, TrackingNumber};

pub use address::AddressCheck;
pub use call::Call;
pub use capabilities::{Capabilities, DoublePurchase, LabelFormat, RefundWindow};
pub use easypost::EasyPost;
pub use error::{BuyError, CarrierError, Code, Lost, Refusal};
pub use http::{http_client, http_client_builder};
pub use label::LabelFile;
pub use purchase::{BoughtLabel, PurchaseOrder, RefundStatus, VoidOutcome};
pub use quote::QuoteRequest;

/// A carrier, or an aggregator of several.
#[async_trait]
pub trait Carrier: Send + Sync + 'static {
    /// What this carrier can do and how it protects from a double purchase.
    fn capabilities(&self) -> Capabilities;

    /// Asks whether the carrier delivers to `address`.
    ///
    /// # Errors
    /// When there is no verdict; an order must not be held up because the checker is down.
    async fn verify_address(&self, _address: &Address) -> Result<AddressCheck, CarrierError> {
        Err(CarrierError::Unsupported(Call::VerifyAddress))
    }

    /// Makes a shipment at the carrier, unpaid, and returns its rates. A repeated call makes another one.
    async fn quote(&self, request: &QuoteRequest<'_>) -> Result<Quotes, CarrierError>;

    /// Asks anew for the rates of a shipment that exists; the rates get new ids.
    async fn requote(&self, _shipment: &CarrierShipmentId) -> Result<Quotes, CarrierError> {
        Err(CarrierError::Unsupported(Call::Requote))
    }

    /// Buys a label. The request is sent at most once.
    ///
    /// # Errors
    /// [`BuyError::Refused`] and [`BuyError::NotSent`] say for certain that nothing was bought.
    async fn buy(&self, order: &PurchaseOrder<'_>) -> Result<BoughtLabel, BuyError>;

    /// Reads back whether postage exists for `shipment`. `None` proves that there is none only once
    /// [`Capabilities::settle`] has passed since the purchase was sent.
    async fn find_purchase(
        &self,
        _shipment: &CarrierShipmentId,
    ) -> Result<Option<BoughtLabel>, CarrierError> {
        Err(CarrierError::Unsupported(Call::Read))
    }

    /// Asks for the refund of a label. A repeated call is safe.
    async fn void(&self, _shipment: &CarrierShipmentId) -> Result<VoidOutcome, CarrierError> {
        Err(CarrierError::Unsupported(Call::Void))
    }

    /// Reads how far the refund of a label is. It asks for nothing.
    ///
    /// # Errors
    /// Also when the carrier's word for it is not known.
    async fn refund(&self, _shipment: &CarrierShipmentId) -> Result<RefundStatus, CarrierError> {
        Err(CarrierError::Unsupported(Call::Read))
    }

    /// Reads where the parcel of `shipment` is, by its number. `None` when the carrier follows no such parcel. A repeated
    /// call is safe, also where a tracker has to be made first.
    async fn track(
        &self,
        _shipment: &CarrierShipmentId,
        _tracking: &TrackingNumber,
    ) -> Result<Option<Track>, CarrierError> {
        Err(CarrierError::Unsupported(Call::Track))
    }

    /// Fetches the label as a PDF of 4 x 6 inches. `known_url` is the one that came with the purchase.
    async fn label_file(
        &self,
        _shipment: &CarrierShipmentId,
        _known_url: Option<&Private<String>>,
    ) -> Result<LabelFile, CarrierError> {
        Err(CarrierError::Unsupported(Call::DownloadLabel))
    }
}
