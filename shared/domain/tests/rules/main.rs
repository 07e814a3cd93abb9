//! The rules, table by table.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod address;
mod alarms;
mod calendar;
mod cancelled;
mod changed;
mod choice;
mod deadline;
mod deadline_by_rule;
mod deadline_properties;
mod dispatch_rules;
mod exceptions;
mod filter;
mod hold;
mod paging;
mod parcel;
mod polling;
mod press;
mod privacy;
mod purchase;
mod recipients;
mod remedies;
mod sellers_rules;
mod shipment;
mod shipped;
mod silence;
mod stage;
mod stored;
mod support;
mod sync;
mod telling;
mod timers;
mod track;
