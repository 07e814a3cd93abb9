//! The buyer: the address, and what a message asks for.

pub mod address;
pub mod buyer_intent;
