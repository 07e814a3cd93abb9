//! The rules, table by table.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod cancelled;
mod changed;
mod choice;
mod deadline;
mod exceptions;
mod filter;
mod hold;
mod parcel;
mod privacy;
mod purchase;
mod recipients;
mod sellers_rules;
mod shipment;
mod shipped;
mod stage;
mod stored;
mod support;
mod sync;
mod timers;
mod track;
