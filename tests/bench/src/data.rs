//! Invented data: nothing here is of a person or a shop that exists.

pub mod orders;
pub mod rates;
pub mod webhooks;
