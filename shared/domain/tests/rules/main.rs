//! The rules, table by table.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod address;
mod cancelled;
mod changed;
mod choice;
mod deadline;
mod exceptions;
mod filter;
mod hold;
mod parcel;
mod press;
mod privacy;
mod purchase;
mod sellers_rules;
mod shipment;
mod shipped;
mod silence;
mod stage;
mod stored;
mod support;
mod sync;
mod timers;
