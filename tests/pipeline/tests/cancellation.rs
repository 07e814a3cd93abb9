//! An order is cancelled, or its buyer asks for it, at every outside call: no label is kept for nothing, and a wish that
//! is known is not overridden by an upload.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

use domain::OrderKey;
use domain::message::Source;
use engine::batch::Outcome as Done;
use jiff::SignedDuration;
use local::summary::{Outcome, outcome};
use order_sync::Hint;
use pipeline::{Drive, Plan, Site, World, WorldConfig, labels_kept};
use sim::Faults;
use sim::faults::{CallKind, PausePoint};
use sim::sandbox::Kind;
use sim::tiktok::CancelledBy;

pipeline::on_both_engines!(
    a_cancellation_at_every_outside_call_keeps_no_label,
    a_wish_to_cancel_at_every_outside_call_is_not_overridden_once_it_is_known,
    a_label_that_the_carrier_does_not_take_back_is_shown,
);

/// Both outside services.
#[derive(Clone, Copy, Debug)]
enum Service {
    TikTok,
    EasyPost,
}

impl Service {
    fn faults(self, world: &World) -> Faults {
        match self {
            Self::TikTok => world.sandbox.tiktok.faults().clone(),
            Self::EasyPost => world.sandbox.easypost.faults().clone(),
        }
    }
}

/// When the news comes: at a call of the chain, before or after its effect, told or not.
#[derive(Clone, Copy, Debug)]
struct At {
    service: Service,
    n: u64,
    kind: CallKind,
    point: PausePoint,
    told: bool,
}

impl At {
    /// Every call of a calm run, at both points, told and untold.
    async fn all(site: &Site) -> Vec<Self> {
        let world = World::new(WorldConfig::one(Kind::Light).on(site)).await.unwrap();
        let services = [Service::TikTok, Service::EasyPost];
        let connected = services.map(|service| service.faults(&world).log().records().len());
        let mut drive = world.drive(Plan::calm()).unwrap();
        drive.announce().await.unwrap();
        drive.until_done().await.unwrap();
        let mut all = Vec::new();
        for (service, connected) in services.into_iter().zip(connected) {
            for call in &service.faults(&world).log().records()[connected..] {
                for point in [PausePoint::BeforeEffect, PausePoint::AfterEffect] {
                    for told in [false, true] {
                        all.push(Self { service, n: call.seq, kind: call.kind, point, told });
                    }
                }
            }
        }
        let uploads = all.iter().filter(|at| at.kind == CallKind::MarkShipped).count();
        assert!(uploads == 4 && all.len() >= 24, "{all:?}");
        all
    }
}

/// What the news found.
struct Found {
    bought: bool,
    /// The upload had been begun.
    uploading: bool,
}

/// Works until the call comes, lets `news` happen while it is under way, and has it read back if it is told.
async fn at_the_call(at: At, world: &World, order: &str, news: impl FnOnce()) -> Found {
    let mut signal = at.service.faults(world).pause_at(at.n, at.point);
    let other = world.functions(&Plan::calm()).unwrap();
    let mut drive = world.drive(Plan::calm()).unwrap();
    drive.announce().await.unwrap();
    let happens = async {
        assert!(signal.arrived().await, "{at:?}");
        news();
        let found = Found {
            bought: world.sandbox.easypost.faults().log().count(CallKind::ShipmentBuy) > 0,
            uploading: world.sandbox.tiktok.faults().log().count(CallKind::MarkShipped) > 0,
        };
        if at.told {
            let hint = Hint { key: world.key(order), source: Source::Webhook };
            let outcomes = other.order_sync.handle_batch(vec![hint]).await;
            assert!(matches!(outcomes.as_slice(), [Done::Done]), "{at:?}");
        }
        signal.release();
        found
    };
    let (worked, found) = tokio::join!(drive.work_for(SignedDuration::from_secs(10)), happens);
    worked.unwrap_or_else(|error| panic!("{at:?}: {error}"));
    found
}

async fn ends_cancelled(at: At, world: &World, key: &OrderKey, drive: &mut Drive<'_>) {
    let order = key.order.as_str();
    drive.until_done().await.unwrap_or_else(|error| panic!("{at:?}: {error}"));
    // What is uploaded and cancelled in silence is found when its timer rings.
    drive.work_for(SignedDuration::from_secs(60)).await.unwrap();
    world.clock.turn(SignedDuration::from_hours(7));
    drive.work_for(SignedDuration::from_secs(60)).await.unwrap();
    drive.until_done().await.unwrap_or_else(|error| panic!("{at:?}: {error}"));

    let record = world.record(order).await.unwrap().unwrap();
    assert_eq!(outcome(&record), Outcome::Cancelled, "{at:?}: {:?}", record.shipments);
    assert_eq!(labels_kept(&world.sandbox, order), Vec::<String>::new(), "{at:?}");
    assert_eq!(record.open_exceptions().count(), 0, "{at:?}: {:?}", record.exceptions);
    assert!(world.engine.queues.dead_letters(10).await.unwrap().is_empty(), "{at:?}");
    let buys = world.sandbox.easypost.faults().log().count(CallKind::ShipmentBuy);
    assert!(buys <= 1, "{at:?}: {buys} purchases");
}

async fn a_cancellation_at_every_outside_call_keeps_no_label(site: Site) {
    for at in At::all(&site).await {
        let world = World::new(WorldConfig::one(Kind::Light).on(&site)).await.unwrap();
        let order = world.sandbox.kinds().keys().next().unwrap().clone();
        let cancel = || world.sandbox.tiktok.cancel(&order, CancelledBy::Buyer).unwrap();
        let found = Box::pin(at_the_call(at, &world, &order, cancel)).await;
        let mut drive = world.drive(Plan::calm()).unwrap();
        ends_cancelled(at, &world, &world.key(&order), &mut drive).await;
        if at.told && !found.bought {
            assert_eq!(
                world.sandbox.easypost.labels_bought(),
                0,
                "{at:?}: it was known and bought all the same"
            );
        }
        let expected = usize::from(at.kind == CallKind::MarkShipped && at.point == PausePoint::AfterEffect);
        let uploads = world.sandbox.tiktok.uploads().len();
        if found.uploading || at.told {
            assert!(uploads <= usize::from(found.uploading), "{at:?}");
        }
        assert!(uploads >= expected, "{at:?}");
    }
}

async fn a_wish_to_cancel_at_every_outside_call_is_not_overridden_once_it_is_known(site: Site) {
    for at in At::all(&site).await {
        let world = World::new(WorldConfig::one(Kind::Light).on(&site)).await.unwrap();
        let order = world.sandbox.kinds().keys().next().unwrap().clone();
        let ask = || world.sandbox.tiktok.request_cancel(&order).unwrap();
        let found = Box::pin(at_the_call(at, &world, &order, ask)).await;
        let mut drive = world.drive(Plan::calm()).unwrap();
        // TikTok gives the seller hours to answer; nothing must happen in them.
        drive.work_for(SignedDuration::from_mins(20)).await.unwrap();
        let uploads = world.sandbox.tiktok.uploads().len();
        if at.told && !found.uploading {
            assert_eq!(uploads, 0, "{at:?}: the upload rejects the buyer's wish");
            let bought = world.sandbox.easypost.labels_bought();
            assert!(found.bought || bought == 0, "{at:?}: a label for an order that may be cancelled");
        }
        if uploads == 0 {
            world.sandbox.tiktok.cancel(&order, CancelledBy::Buyer).unwrap();
            drive.announce().await.unwrap();
            ends_cancelled(at, &world, &world.key(&order), &mut drive).await;
        } else {
            drive.until_done().await.unwrap_or_else(|error| panic!("{at:?}: {error}"));
            let record = world.record(&order).await.unwrap().unwrap();
            assert_eq!(outcome(&record), Outcome::Uploaded, "{at:?}: {:?}", record.shipments);
            assert_eq!(labels_kept(&world.sandbox, &order).len(), 1, "{at:?}");
            world.check().await.unwrap_or_else(|error| panic!("{at:?}: {error}"));
        }
    }
}

/// The carrier has the parcel, so the label stays paid: a person has to hear of it.
async fn a_label_that_the_carrier_does_not_take_back_is_shown(site: Site) {
    let world = World::new(WorldConfig::one(Kind::Light).on(&site)).await.unwrap();
    let order = world.sandbox.kinds().keys().next().unwrap().clone();
    let mut drive = world.drive(Plan::calm()).unwrap();
    drive.announce().await.unwrap();
    drive.until_done().await.unwrap();
    // The carrier has scanned it and TikTok has not heard of that yet.
    let tracking = world.sandbox.tiktok.order(&order).unwrap().tracking_number.unwrap();
    assert!(world.sandbox.easypost.scan(&tracking));
    world.sandbox.tiktok.cancel(&order, CancelledBy::Seller).unwrap();
    drive.announce().await.unwrap();
    drive.work_for(SignedDuration::from_mins(5)).await.unwrap();
    let record = world.record(&order).await.unwrap().unwrap();
    let kinds: Vec<_> = record.open_exceptions().map(|exception| exception.kind).collect();
    assert_eq!(kinds, [domain::exception::ExceptionKind::VoidRefused]);
}
