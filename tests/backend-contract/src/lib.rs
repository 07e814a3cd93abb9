//! The contract of the backend's traits, as tests that every backend runs.
//!
//! A backend's test file implements [`Harness`] and calls [`contract_tests!`](crate::contract_tests), which makes one test for
//! each property, so that a failure names what is broken. All data is invented.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "these are tests, which other crates run")]

pub mod alarms;
pub mod catalogue;
pub mod commits;
pub mod dead_letters;
pub mod deliveries;
pub mod due;
pub mod labels;
pub mod lists;
pub mod parcels;
pub mod processed_events;
pub mod samples;
pub mod secrets;
pub mod shops;
pub mod unreadable;
pub mod waiting;

use std::future::Future;
use std::time::Duration;

pub use system::ManualClock;

use domain::{OrderKey, ShopId};

use backend::Backend;

/// A stored record that a test damages.
#[derive(Clone, Debug)]
pub enum Spoilt {
    Order(OrderKey),
    Shop(ShopId),
}

/// What the contract needs to test a backend.
pub trait Harness: Send + Sync {
    /// Opens a new, empty backend.
    fn backend(&self) -> impl Future<Output = Backend> + Send;

    /// Closes the backend and opens it again on what it has stored.
    fn reopen(&self, backend: Backend) -> impl Future<Output = Backend> + Send;

    /// Lets time pass for the backend: advances its clock, or really waits if the clock is not ours. Queues over the network
    /// count in whole seconds, so the properties do as well.
    fn advance(&self, by: Duration) -> impl Future<Output = ()> + Send;

    /// Replaces the record's stored document by `document` and leaves the rest of the record as it is, as if a newer version had
    /// written it.
    fn spoil(&self, record: Spoilt, document: &str) -> impl Future<Output = ()> + Send;

    /// Whether the receipt of an earlier delivery acknowledges nothing. Nobody relies on it, since whoever acknowledges has done
    /// the work.
    fn voids_old_receipts(&self) -> bool {
        true
    }
}

/// Makes one `#[tokio::test]` of every property of the contract. The argument is an expression for an optional [`Harness`]; `None`
/// skips the backend. The calling crate needs `tokio` with `macros` and `rt-multi-thread`.
#[macro_export]
macro_rules! contract_tests {
    ($harness:expr) => {
        $crate::contract_tests! { $harness;
            commits::a_commit_names_the_version_it_follows,
            commits::of_two_commits_at_once_one_wins,
            commits::what_was_committed_outlives_the_backend,
            commits::the_last_decision_is_kept,
            due::only_what_is_due_comes_the_longest_due_first,
            due::a_timer_that_is_cleared_or_put_off_is_not_due,
            due::alarms_come_by_a_moment_of_their_own,
            parcels::a_parcel_is_found_by_its_number,
            parcels::the_orders_of_a_group_are_found_until_they_are_bought,
            alarms::an_alarm_is_committed_by_version,
            alarms::only_unfinished_alarms_come_the_longest_due_first,
            lists::every_filter_shows_its_orders_only,
            lists::filters_join,
            lists::pages_show_every_order_once_while_orders_arrive,
            lists::shops_are_merged_without_loss,
            lists::the_last_page_has_no_next,
            shops::a_shop_is_committed_by_version,
            shops::only_authorised_shops_that_are_due_are_polled,
            unreadable::an_order_that_cannot_be_read_costs_itself_alone,
            unreadable::a_shop_that_cannot_be_read_costs_itself_alone,
            secrets::a_secret_is_replaced_by_version,
            processed_events::an_event_is_remembered_until_its_end,
            processed_events::a_claim_is_won_once,
            catalogue::an_import_is_never_replaced_by_tiktok,
            catalogue::entries_belong_to_their_shop,
            labels::a_label_is_kept_as_it_came_and_replaced,
            labels::a_removed_label_is_gone,
            deliveries::a_message_is_delivered_in_its_queue_and_acknowledged,
            deliveries::a_delayed_message_is_not_early,
            deliveries::all_of_several_messages_arrive,
            deliveries::an_unacknowledged_message_comes_again,
            deliveries::an_old_receipt_does_nothing,
            deliveries::a_message_given_back_comes_after_its_delay,
            deliveries::receivers_at_once_never_share_a_message,
            deliveries::messages_outlive_the_backend,
            deliveries::only_an_order_that_has_a_message_is_said_to_have_one,
            dead_letters::a_message_given_back_too_often_is_dead,
            dead_letters::a_message_left_too_often_is_dead,
            waiting::a_message_wakes_who_waits,
            waiting::a_delayed_message_wakes_who_waits,
            waiting::every_waiting_receiver_gets_a_message,
            waiting::an_empty_queue_answers_when_the_wait_is_over,
        }
    };
    ($harness:expr; $($group:ident::$property:ident,)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $property() {
                if let Some(harness) = $harness {
                    $crate::$group::$property(&harness).await;
                }
            }
        )+
    };
}
