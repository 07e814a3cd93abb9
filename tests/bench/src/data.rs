//! Invented data: no person or shop in it exists.

pub mod orders;
pub mod rates;
pub mod webhooks;
