//! News that comes while an outside call is under way.

use backend::batch::Outcome as Done;
use domain::OrderKey;
use domain::message::{ChangeSource, OrderChange};
use jiff::SignedDuration;
use pipeline::{BackendKind, Drive, FaultPlan, World, WorldConfig, labels_kept};
use punctual::summary::{OrderOutcome, outcome};
use sim::Faults;
use sim::faults::{CallKind, PausePoint};
use sim::sandbox::Kind;

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
pub struct At {
    service: Service,
    n: u64,
    pub kind: CallKind,
    pub point: PausePoint,
    pub told: bool,
}

impl At {
    /// Every call of a calm run, at both points, told and undelivered.
    pub async fn all(backend_kind: &BackendKind) -> Vec<Self> {
        let world = World::new(WorldConfig::one(Kind::Light).on(backend_kind)).await.unwrap();
        let services = [Service::TikTok, Service::EasyPost];
        let connected = services.map(|service| service.faults(&world).log().records().len());
        let mut drive = world.drive(FaultPlan::none()).unwrap();
        drive.notify().await.unwrap();
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
pub struct Found {
    pub bought: bool,
    /// The upload had been begun.
    pub uploading: bool,
}

/// Works until the call comes, lets `news` happen while it is under way, and has it read back if it is told.
pub async fn at_the_call(at: At, world: &World, order: &str, news: impl FnOnce()) -> Found {
    let mut signal = at.service.faults(world).pause_at(at.n, at.point);
    let other = world.functions(&FaultPlan::none()).unwrap();
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    let happens = async {
        assert!(signal.arrived().await, "{at:?}");
        news();
        let found = Found {
            bought: world.sandbox.easypost.faults().log().count(CallKind::ShipmentBuy) > 0,
            uploading: world.sandbox.tiktok.faults().log().count(CallKind::MarkShipped) > 0,
        };
        if at.told {
            let hint = OrderChange { key: world.key(order), source: ChangeSource::Webhook };
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

/// Works until the order is cancelled with nothing left of it to pay or to do.
pub async fn ends_cancelled(at: At, world: &World, key: &OrderKey, drive: &mut Drive<'_>) {
    let order = key.order.as_str();
    drive.until_done().await.unwrap_or_else(|error| panic!("{at:?}: {error}"));
    // What is uploaded and cancelled in silence is found when its timer rings.
    drive.work_for(SignedDuration::from_secs(60)).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(7));
    drive.work_for(SignedDuration::from_secs(60)).await.unwrap();
    drive.until_done().await.unwrap_or_else(|error| panic!("{at:?}: {error}"));

    let record = world.record(order).await.unwrap().unwrap();
    assert_eq!(outcome(&record), OrderOutcome::Cancelled, "{at:?}: {:?}", record.shipments);
    assert_eq!(labels_kept(&world.sandbox, order), Vec::<String>::new(), "{at:?}");
    assert_eq!(record.open_exceptions().count(), 0, "{at:?}: {:?}", record.exceptions);
    assert!(world.backend.queues.dead_letters(10).await.unwrap().is_empty(), "{at:?}");
    let buys = world.sandbox.easypost.faults().log().count(CallKind::ShipmentBuy);
    assert!(buys <= 1, "{at:?}: {buys} purchases");
}
