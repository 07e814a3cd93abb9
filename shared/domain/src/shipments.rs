//! One parcel of an order: its stage, its purchase ledger, its contents, its tracking.

pub mod customs;
pub(crate) mod label_document;
pub mod parcel;
pub mod parties;
pub mod purchase;
pub mod shipment;
pub mod stage;
pub mod track;
