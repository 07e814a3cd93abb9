//! A seller withdraws the authorization, or it runs out: work stops, says so, and goes on when the shop is connected
//! again.

use domain::exception::ExceptionKind;
use domain::shop::Authorization;
use jiff::SignedDuration;
use pipeline::{BackendKind, FaultPlan, World, WorldConfig};
use punctual::summary::{OrderOutcome, outcome};
use sim::SandboxConfig;
use sim::faults::{CallKind, PausePoint};
use sim::sandbox::Kind;
use sim::tiktok::{TikTok, TikTokConfig};
use system::Clock as _;

pipeline::on_both_backends!(
    an_authorization_lost_before_each_message_stops_the_work_until_the_shop_is_connected_again,
    a_poll_finds_out_and_comes_no_more,
    connecting_again_during_a_step_stands,
);

/// How the authorization is lost.
#[derive(Clone, Copy, Debug)]
enum Loss {
    /// The seller withdraws it.
    Withdrawn,
    /// Nobody refreshed it in time.
    RanOut,
}

impl Loss {
    async fn world(self, backend_kind: &BackendKind) -> World {
        let config = SandboxConfig { orders: 0, ..SandboxConfig::default() };
        let mut sandbox = sim::sandbox::start(config).await.unwrap();
        let mut config = TikTokConfig { shops: sandbox.tiktok.shops().to_vec(), ..TikTokConfig::default() };
        if let Self::RanOut = self {
            config.refresh_token_life = std::time::Duration::ZERO;
        }
        sandbox.tiktok = TikTok::start(config).await.unwrap();
        sandbox.add(WorldConfig::one(Kind::Light).orders);
        World::between(sandbox, backend_kind).await.unwrap()
    }

    fn strike(self, world: &World) {
        match self {
            Self::Withdrawn => world.sandbox.tiktok.deauthorize(),
            Self::RanOut => world.sandbox.tiktok.expire_access_tokens(),
        }
    }
}

async fn authorization(world: &World) -> Authorization {
    world.backend.shops.list_shops().await.unwrap().shops[0].value.authorization
}

fn shows(record: &domain::record::OrderRecord, kind: ExceptionKind) -> bool {
    record.open_exceptions().any(|exception| exception.kind == kind)
}

async fn an_authorization_lost_before_each_message_stops_the_work_until_the_shop_is_connected_again(
    backend_kind: BackendKind,
) {
    for loss in [Loss::Withdrawn, Loss::RanOut] {
        // Before the order is read back, rated, bought, uploaded.
        for messages in 0..=3 {
            let what = format!("{loss:?} after {messages} messages");
            let world = loss.world(&backend_kind).await;
            let id = world.sandbox.kinds().keys().next().unwrap().clone();
            let mut drive = world.drive(FaultPlan::none()).unwrap();
            // The change is older than windows of polls overlap: a second poll does not find it.
            world.clock.advance(SignedDuration::from_mins(3));
            drive.functions().order_poll.run().await.unwrap();
            drive.work_on(messages).await.unwrap();
            loss.strike(&world);

            drive.work_for(SignedDuration::from_secs(125)).await.unwrap();
            assert_eq!(authorization(&world).await, Authorization::Lost, "{what}");
            let record = world.record(&id).await.unwrap();
            assert_eq!(record.is_some(), messages > 0, "{what}");
            if let Some(record) = record {
                assert!(shows(&record, ExceptionKind::ShopUnauthorized), "{what}: {record:?}");
                assert_ne!(
                    outcome(&record),
                    OrderOutcome::Exception,
                    "{what}: it waits for the shop, for no person"
                );
            }
            // Nothing is polled in vain, and the rest of the work does not go wild.
            let searches = world.sandbox.tiktok.faults().log().count(CallKind::OrderSearch);
            let calls = world.sandbox.tiktok.faults().log().records().len();
            for _ in 0..2 {
                drive.functions().order_poll.run().await.unwrap();
                drive.work_for(SignedDuration::from_mins(30)).await.unwrap();
            }
            assert!(
                world.backend.shops.list_shops_due(world.clock.now()).await.unwrap().shops.is_empty(),
                "{what}"
            );
            let log = world.sandbox.tiktok.faults().log();
            assert_eq!(log.count(CallKind::OrderSearch), searches, "{what}");
            let more = log.records().len() - calls;
            assert!(more < 200, "{what}: {more} calls in an hour");

            world.connect().await.unwrap();
            assert_eq!(authorization(&world).await, Authorization::Granted, "{what}");
            let connected = world.clock.now();
            drive.functions().order_poll.run().await.unwrap();
            drive.until_done().await.unwrap_or_else(|error| panic!("{what}: {error}"));
            world.check().await.unwrap_or_else(|error| panic!("{what}: {error}"));
            let took = world.clock.now().duration_since(connected);
            assert!(took <= SignedDuration::from_mins(31), "{what}: it took {took}");
            let record = world.record(&id).await.unwrap().unwrap();
            assert_eq!(record.open_exceptions().count(), 0, "{what}: {:?}", record.exceptions);
        }
    }
}

/// The poll is the first to find out where nothing else is under way.
async fn a_poll_finds_out_and_comes_no_more(backend_kind: BackendKind) {
    for loss in [Loss::Withdrawn, Loss::RanOut] {
        let world = loss.world(&backend_kind).await;
        loss.strike(&world);
        let functions = world.functions(&FaultPlan::none()).unwrap();
        functions.order_poll.run().await.unwrap();
        assert_eq!(authorization(&world).await, Authorization::Lost, "{loss:?}");
        world.clock.advance(SignedDuration::from_hours(24));
        let calls = world.sandbox.tiktok.faults().log().records().len();
        functions.order_poll.run().await.unwrap();
        assert_eq!(world.sandbox.tiktok.faults().log().records().len(), calls, "{loss:?}");

        world.connect().await.unwrap();
        functions.order_poll.run().await.unwrap();
        world.drive(FaultPlan::none()).unwrap().until_done().await.unwrap();
        world.check().await.unwrap();
    }
}

/// A call that was refused for the tokens of before must not undo the new connection.
async fn connecting_again_during_a_step_stands(backend_kind: BackendKind) {
    let calls =
        [CallKind::OrderDetail, CallKind::ProductDetail, CallKind::ShippingProviders, CallKind::MarkShipped];
    for kind in calls {
        let world = Loss::Withdrawn.world(&backend_kind).await;
        let mut drive = world.drive(FaultPlan::none()).unwrap();
        drive.notify().await.unwrap();
        let faults = world.sandbox.tiktok.faults();
        let mut before = faults.pause_on(kind, 1, PausePoint::BeforeEffect);
        let again = async {
            assert!(before.arrived().await, "{kind}");
            world.sandbox.tiktok.deauthorize();
            world.connect().await.unwrap();
            before.release();
        };
        let (worked, ()) = tokio::join!(drive.work_for(SignedDuration::from_secs(30)), again);
        worked.unwrap();
        assert_eq!(authorization(&world).await, Authorization::Granted, "{kind}");
        drive.until_done().await.unwrap_or_else(|error| panic!("{kind}: {error}"));
        world.check().await.unwrap_or_else(|error| panic!("{kind}: {error}"));
    }
}
