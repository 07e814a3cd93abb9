//! What every connector must hold; see `conformance`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

mod accounts;
mod after_the_purchase;
mod buying;
mod denied;
mod errors;
mod quoting;
mod registration;
mod trouble;
