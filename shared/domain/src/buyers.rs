//! The buyer: their address, and what their messages ask for.

pub mod address;
pub mod buyer_intent;
