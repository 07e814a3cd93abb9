//! Tokens, webhooks and dead letters of a shop, over real sockets.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use std::time::Duration;

use backend::Backend;
use backend_sqlite::SqliteBackend;
use domain::exception::ExceptionKind as K;
use domain::message::{ChangeSource, Message, Queue, ShipmentRef};
use domain::shop::Authorization;
use domain::{OrderKey, ShipmentId, ShopId};
use jiff::SignedDuration;
use sim::faults::{CallKind, Fault};
use support::HousekeepingWorld;
use system::ManualClock;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[tokio::test]
async fn tokens_are_renewed_a_day_ahead_and_once() {
    let world = HousekeepingWorld::quiet().await;
    let year = world.after(HOUR * 24 * 365);
    world.run().await;
    assert_eq!(world.sim.refreshes(), 0, "they are new");
    assert!(world.stored_shop().await.monitor.authorization_ends_at.is_some_and(|at| at > year));

    world.age_tokens(HOUR * 25, year).await;
    world.run().await;
    assert_eq!(world.sim.refreshes(), 0);
    assert_eq!(world.stored_shop().await.monitor.authorization_ends_at, Some(year));

    world.age_tokens(HOUR * 23, year).await;
    world.run().await;
    world.run().await;
    assert_eq!(world.sim.refreshes(), 1);
    assert!(world.stored_shop().await.monitor.authorization_ends_at.is_some_and(|at| at > year));
    assert_eq!(world.open_of_shop().await, []);
}

#[tokio::test]
async fn tokens_that_cannot_be_renewed_open_an_exception_after_a_quarter_of_an_hour() {
    let world = HousekeepingWorld::quiet().await;
    world.age_tokens(HOUR, world.after(HOUR * 24 * 365)).await;
    let failing_run = async || {
        world.sim.faults().on_next(CallKind::TokenRefresh, Fault::Status(500));
        world.run().await;
    };
    failing_run().await;
    assert_eq!(world.stored_shop().await.monitor.tokens_failing_since, Some(world.began));
    world.advance(MINUTE * 14);
    failing_run().await;
    assert_eq!(world.open_of_shop().await, []);
    world.advance(MINUTE);
    failing_run().await;
    let told = world.only_open().await;
    assert_eq!(told.kind, K::TokenRefreshFailing);
    assert!(told.detail.starts_with("The tokens can't be refreshed: "), "{}", told.detail);
    assert_eq!(world.stored_shop().await.authorization, Authorization::Granted);
    assert_eq!(world.sim.refreshes(), 0);

    world.advance(MINUTE * 5);
    world.run().await;
    assert_eq!((world.sim.refreshes(), world.open_of_shop().await), (1, vec![]));
    assert_eq!(world.stored_shop().await.monitor.tokens_failing_since, None);
}

#[tokio::test]
async fn a_refused_refresh_is_a_lost_authorization() {
    let world = HousekeepingWorld::quiet().await;
    world.age_tokens(HOUR, world.after(HOUR * 24 * 365)).await;
    world.sim.deauthorize();
    world.run().await;
    assert_eq!(world.stored_shop().await.authorization, Authorization::Lost);
    assert_eq!(world.open_of_shop().await, [K::ShopUnauthorized]);

    let before = world.sim.calls();
    world.advance(HOUR * 48);
    world.run().await;
    assert_eq!(world.sim.calls(), before, "nothing is asked without an authorization");
    assert_eq!(world.open_of_shop().await, [K::ShopUnauthorized]);
}

#[tokio::test]
async fn an_authorization_that_ends_within_thirty_days_has_an_exception_until_it_is_renewed() {
    let world = HousekeepingWorld::quiet().await;
    let ends_at = world.after(HOUR * (24 * 30 + 1));
    world.age_tokens(HOUR * 100, ends_at).await;
    world.run().await;
    assert_eq!(world.open_of_shop().await, []);
    world.advance(HOUR);
    world.run().await;
    let told = world.only_open().await;
    assert_eq!(told.kind, K::AuthorizationEnding);
    let detail = format!("The seller's authorization expires on {} (UTC).", ends_at.strftime("%Y-%m-%d"));
    assert_eq!(told.detail, detail);

    world.age_tokens(HOUR, ends_at).await;
    world.run().await;
    assert_eq!((world.sim.refreshes(), world.open_of_shop().await), (1, vec![]));
}

#[tokio::test]
async fn webhooks_that_are_missed_for_ten_minutes_open_an_exception() {
    let world = HousekeepingWorld::quiet().await;
    let began = world.began;
    world.change(|shop| shop.poll.webhooks_missed_since = Some(began)).await;
    world.advance(MINUTE * 9);
    world.run().await;
    assert_eq!(world.open_of_shop().await, []);
    world.advance(MINUTE);
    world.run().await;
    assert_eq!(world.open_of_shop().await, [K::WebhooksMissed]);
    world.change(|shop| shop.poll.webhooks_missed_since = None).await;
    world.run().await;
    assert_eq!(world.open_of_shop().await, []);
}

/// Lets a message fail until it is a dead letter.
async fn fail_permanently(world: &HousekeepingWorld, message: &Message) {
    let queues = &world.backend.queues;
    queues.send(message, Duration::ZERO).await.unwrap();
    for _ in 0..backend::queues::RECEIVES_MAX {
        let received =
            queues.receive(message.queue(), 1, Duration::from_secs(60), Duration::ZERO).await.unwrap();
        queues.nack(message.queue(), &received[0].receipt, Duration::ZERO).await.unwrap();
    }
}

#[tokio::test]
async fn dead_letters_are_shown_with_their_counts() {
    let world = HousekeepingWorld::quiet().await;
    let change = |key| Message::order_change(key, ChangeSource::Webhook);
    let key = world.key("576461000000000001");
    // Dead letters of another shop do not count for this one.
    let other = OrderKey::new(ShopId::new("7495000000000000000"), key.order.clone());
    fail_permanently(&world, &change(other)).await;
    world.run().await;
    assert_eq!(world.open_of_shop().await, []);

    fail_permanently(&world, &change(key.clone())).await;
    fail_permanently(&world, &change(world.key("576461000000000002"))).await;
    fail_permanently(&world, &Message::RateRequest(ShipmentRef { key, shipment: ShipmentId::new("s") }))
        .await;
    world.run().await;
    let told = world.only_open().await;
    assert_eq!(told.kind, K::DeadLetters);
    let (changes, rates) = (Queue::OrderChanges.name(), Queue::RateRequests.name());
    assert_eq!(told.detail, format!("Messages failed permanently: 2 in {changes}, 1 in {rates}."));

    // A person has emptied the queue of dead letters.
    let folder = tempfile::tempdir().unwrap();
    let clock = std::sync::Arc::new(ManualClock::new(world.began));
    let emptied = Backend::of(SqliteBackend::open(folder.path(), clock).unwrap());
    world.run_over(&emptied.queues).await;
    assert_eq!(world.open_of_shop().await, []);
}
