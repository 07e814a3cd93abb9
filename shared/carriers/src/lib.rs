//! The accounts that sell labels, behind one trait.
//!
//! A [`Connector`] speaks to one account at one outside API and converts what it says into the domain's words; what is bought
//! and when is decided elsewhere. [`CarrierAccounts`] are the accounts of a shop. What an account does not offer answers
//! [`CarrierError::Unsupported`], and [`Capabilities`] say so before anybody asks.
//!
//! **Architecture invariant:** [`Connector::buy`] sends its request at most once, and only an answer that documents a
//! refusal is an error that says so. Everything in doubt is [`BuyError::Unknown`].
//!
//! **Architecture invariant:** only [`registry`] names the connectors. Whoever uses one gets it from there.

mod accounts;
mod address;
mod call;
mod capabilities;
mod connector;
pub mod easypost;
mod error;
mod http;
mod purchase;
pub mod registry;
mod request;
mod webhooks;

pub use accounts::{CarrierAccounts, NoQuotes, UnknownAccount};
pub use address::AddressCheck;
pub use call::{AccountRefused, CallCounter, CarrierCall};
pub use capabilities::{Capabilities, Feature};
pub use connector::Connector;
pub use error::{BuyError, CarrierCode, CarrierError, Rejection, UnknownOutcome};
pub use http::{http_client, http_client_builder};
pub use purchase::{
    BoughtLabel, Certainty, Found, Issue, IssuedLabel, LabelRef, LabelSource, PurchaseOrder, RefundStatus,
    Sold, SoldLabel, VoidOutcome,
};
pub use request::{Offer, ShipRequest};
pub use webhooks::{CarrierEvent, CarrierWebhooks, EventSubject, UnreadableEvent, WebhookSource};
