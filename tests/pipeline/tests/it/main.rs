//! The whole product between simulated outside services, on both backends.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

mod acceptance;
mod account_refused;
mod addresses;
mod alarms;
mod authorization;
mod batches;
mod cancel_policies;
mod cancel_support;
mod cancellation;
mod carriers;
mod clock;
mod closed_shops;
mod combined;
mod connect_links;
mod connecting;
mod declared_parcels;
mod events;
mod ledger;
mod missing_right;
mod odd_answers;
mod paging;
mod pauses;
mod platform;
mod polling;
mod server_faults;
mod shops;
mod told;
mod unreadable;
mod webhooks;
mod wire;
