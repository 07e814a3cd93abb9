//! What becomes of an order whose buyer asks to cancel: by the seller's policy, by the answer that a person gives, and
//! in a market where shipping is no answer; and what becomes of the money of its label.

use domain::exception::ExceptionKind;
use domain::hold::HoldReason;
use domain::purchase::PurchaseState;
use domain::record::OrderRecord;
use domain::remedy::Remedy;
use domain::settings::{AllSettings, CancellationPolicy, Settings};
use domain::stage::{Stage, Void};
use jiff::SignedDuration;
use pipeline::{BackendKind, FaultPlan, World, WorldConfig, labels_kept};
use punctual::summary::{OrderOutcome, outcome};
use remedy::RemedyRequest;
use sim::SandboxConfig;
use sim::easypost::{Purchase, RefundStatus};
use sim::faults::CallKind;
use sim::sandbox::Kind;
use sim::tiktok::{CancelledBy, OrderStatus, Recipient, Region};

use crate::cancel_support::{At, at_the_call, ends_cancelled};

const PENDING: &str = "CANCELLATION_REQUEST_PENDING";
const REJECTED: &str = "CANCELLATION_REQUEST_CANCELLED";
const REFUSE: Remedy = Remedy::RefuseCancellation { reason: None, comment: None };
const MINUTES: SignedDuration = SignedDuration::from_mins(5);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// One order, on the embedded backend, and its id.
async fn world(policy: CancellationPolicy, region: Region) -> (World, String) {
    let default = Settings { cancellation: policy, ..Settings::default() };
    let mut config = WorldConfig::one(Kind::Light);
    config.settings = AllSettings { default, ..AllSettings::default() };
    config.sandbox = SandboxConfig { region, ..config.sandbox };
    if region == Region::Gb {
        config.orders[0].spec.recipient = Recipient {
            phone: "(+44)2079460142".to_owned(),
            line1: "18 Imaginary Elm Road".to_owned(),
            city: "London".to_owned(),
            county: "Greater London".to_owned(),
            state: "England".to_owned(),
            postal_code: "SW1A 2ZZ".to_owned(),
            ..Recipient::sample()
        };
    }
    let world = World::new(config).await.unwrap();
    let order = world.sandbox.kinds().keys().next().unwrap().clone();
    (world, order)
}

/// A person applies `remedy` to the order.
async fn answer(world: &World, order: &str, remedy: Remedy) {
    let key = world.key(order);
    let request = RemedyRequest { shop: key.shop, orders: vec![key.order], remedy };
    let report = world.remedies().unwrap().run(request).await.unwrap();
    let outcome = &report.outcomes[0].outcome;
    assert!(matches!(outcome, remedy::RemedyOutcome::Done { .. }), "{outcome:?}");
}

async fn record(world: &World, order: &str) -> OrderRecord {
    world.record(order).await.unwrap().unwrap()
}

fn open(record: &OrderRecord) -> Vec<ExceptionKind> {
    record.open_exceptions().map(|exception| exception.kind).collect()
}

fn request_at_tiktok(world: &World, order: &str) -> &'static str {
    world.sandbox.tiktok.cancellation(order).unwrap().status
}

/// The order is shipped with one label, and nobody has to answer anything.
async fn ends_uploaded(world: &World, order: &str) {
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.until_done().await.unwrap();
    drive.tell(order).await.unwrap();
    drive.until_done().await.unwrap();
    let record = record(world, order).await;
    assert_eq!(outcome(&record), OrderOutcome::Uploaded, "{:?}", record.shipments);
    assert_eq!(open(&record), []);
    assert_eq!(world.sandbox.tiktok.uploads().len(), 1);
    assert_eq!(world.sandbox.easypost.labels_bought(), 1);
    world.check().await.unwrap();
}

/// Every label of a cancelled order is given back, and that is on record, as is its purchase.
#[track_caller]
fn no_label_is_kept(world: &World, record: &OrderRecord) {
    assert_eq!(labels_kept(&world.sandbox, record.order.id.as_str()), Vec::<String>::new());
    let sold = world.sandbox.easypost.purchases();
    for shipment in &record.shipments {
        let is_of_it = |purchase: &&Purchase| purchase.reference.as_deref() == Some(shipment.id.as_str());
        let sold = sold.iter().filter(is_of_it).count();
        let bought =
            shipment.ledger.iter().filter(|p| matches!(p.state, PurchaseState::Bought { .. })).count();
        assert_eq!(bought, sold, "a purchase is not on record: {:?}", shipment.ledger);
        let voided = matches!(shipment.stage, Stage::Cancelled { voided: Some(_) });
        assert_eq!(voided, sold > 0, "no void is on record: {:?}", shipment.stage);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ships_all_the_same_whenever_the_wish_comes() {
    for at in At::all(&BackendKind::Sqlite).await {
        let (world, order) = world(CancellationPolicy::Ship, Region::Us).await;
        let mut was_shipped = false;
        let ask = || {
            was_shipped = !world.sandbox.tiktok.uploads().is_empty();
            world.sandbox.tiktok.request_cancel(&order).unwrap();
        };
        Box::pin(at_the_call(at, &world, &order, ask)).await;
        ends_uploaded(&world, &order).await;
        // TikTok lets a buyer ask after the shipment, too.
        let expected = if was_shipped { PENDING } else { REJECTED };
        assert_eq!(request_at_tiktok(&world, &order), expected, "{at:?}");
        assert_eq!(world.sandbox.tiktok.faults().log().count(CallKind::CancellationReject), 0, "{at:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ships_all_the_same_when_the_wish_is_there_before_all_else_or_comes_after() {
    for before in [true, false] {
        let (world, order) = world(CancellationPolicy::Ship, Region::Us).await;
        if !before {
            world.drive(FaultPlan::none()).unwrap().tell(&order).await.unwrap();
            ends_uploaded(&world, &order).await;
        }
        world.sandbox.tiktok.request_cancel(&order).unwrap();
        world.drive(FaultPlan::none()).unwrap().tell(&order).await.unwrap();
        ends_uploaded(&world, &order).await;
        assert_eq!(request_at_tiktok(&world, &order), if before { REJECTED } else { PENDING });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stops_until_a_person_answers() {
    let (mut given_back, mut granted_late) = (0, 0);
    let told = At::all(&BackendKind::Sqlite).await.into_iter().filter(|at| at.told);
    for (at, remedy) in told.flat_map(|at| [(at, Remedy::ApproveCancellation), (at, REFUSE)]) {
        let (world, order) = world(CancellationPolicy::Stop, Region::Us).await;
        let ask = || world.sandbox.tiktok.request_cancel(&order).unwrap();
        let found = Box::pin(at_the_call(at, &world, &order, ask)).await;
        let mut drive = world.drive(FaultPlan::none()).unwrap();
        drive.work_for(MINUTES).await.unwrap();
        if found.uploading {
            // The wish came too late to stop anything; the seller may still grant one that the shipment did not refuse.
            assert_eq!(world.sandbox.tiktok.uploads().len(), 1, "{at:?}");
            if remedy != REFUSE && request_at_tiktok(&world, &order) == PENDING {
                answer(&world, &order, remedy).await;
                ends_cancelled(at, &world, &world.key(&order), &mut drive).await;
                no_label_is_kept(&world, &record(&world, &order).await);
                granted_late += 1;
            }
            continue;
        }
        let bought = world.sandbox.easypost.labels_bought();
        assert!(bought == usize::from(found.bought) || at.kind == CallKind::ShipmentBuy, "{at:?}: {bought}");
        assert_eq!(world.sandbox.tiktok.uploads().len(), 0, "{at:?}");
        assert_eq!(open(&record(&world, &order).await), [ExceptionKind::CancelRequested], "{at:?}");

        answer(&world, &order, remedy.clone()).await;
        if remedy == REFUSE {
            ends_uploaded(&world, &order).await;
            assert_eq!(request_at_tiktok(&world, &order), REJECTED, "{at:?}");
        } else {
            ends_cancelled(at, &world, &world.key(&order), &mut drive).await;
            no_label_is_kept(&world, &record(&world, &order).await);
            given_back += bought;
            assert_eq!(world.sandbox.tiktok.uploads().len(), 0, "{at:?}");
            assert_eq!(world.sandbox.easypost.labels_bought(), bought, "{at:?}: bought while it was held");
        }
    }
    assert!(
        given_back > 0 && granted_late > 0,
        "{given_back} labels given back, {granted_late} granted late"
    );
}

/// In the United Kingdom TikTok refuses a shipment while a request stands, so the policy to ship is none there.
#[tokio::test(flavor = "multi_thread")]
async fn waits_for_an_answer_in_the_united_kingdom_whatever_the_policy() {
    let refuse = Remedy::RefuseCancellation {
        reason: Some("seller_reject_apply_product_has_been_packed".to_owned()),
        comment: None,
    };
    for policy in [CancellationPolicy::Stop, CancellationPolicy::Ship] {
        for remedy in [Remedy::ApproveCancellation, refuse.clone()] {
            let (world, order) = world(policy, Region::Gb).await;
            world.sandbox.tiktok.request_cancel(&order).unwrap();
            let mut drive = world.drive(FaultPlan::none()).unwrap();
            drive.tell(&order).await.unwrap();
            drive.work_for(MINUTES).await.unwrap();
            let waiting = record(&world, &order).await;
            let why = HoldReason::CancelRequested;
            assert_eq!(waiting.shipments[0].stage, Stage::Held { until: None, why }, "{policy:?}");
            assert_eq!(open(&waiting), [ExceptionKind::CancelRequested], "{policy:?}");
            assert_eq!(world.sandbox.easypost.shipments_created(), 0, "{policy:?}");
            assert_eq!(world.sandbox.tiktok.faults().log().count(CallKind::MarkShipped), 0, "{policy:?}");

            answer(&world, &order, remedy.clone()).await;
            drive.work_for(MINUTES).await.unwrap();
            let answered = record(&world, &order).await;
            if remedy == refuse {
                assert_eq!(request_at_tiktok(&world, &order), REJECTED);
                // It goes on, as far as it can: TikTok has no provider in this market for the simulator's carriers.
                assert!(world.sandbox.easypost.shipments_created() > 0);
                assert_eq!(open(&answered), [ExceptionKind::ProviderUnknown], "{:?}", answered.exceptions);
            } else {
                assert_eq!(world.sandbox.tiktok.order(&order).unwrap().status, OrderStatus::Cancelled);
                assert_eq!(answered.shipments[0].stage, Stage::Cancelled { voided: None });
                assert_eq!(open(&answered), []);
                no_label_is_kept(&world, &answered);
            }
            assert_eq!(world.sandbox.easypost.labels_bought(), 0);
            assert_eq!(world.sandbox.tiktok.uploads().len(), 0);
        }
    }
}

/// An order that was cancelled after its upload, whose label is on its way back; with its tracking number.
async fn given_back() -> (World, String, String) {
    let (world, order) = world(CancellationPolicy::Stop, Region::Us).await;
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.tell(&order).await.unwrap();
    drive.until_done().await.unwrap();
    let tracking = world.sandbox.tiktok.order(&order).unwrap().tracking_number.unwrap();
    world.sandbox.tiktok.cancel(&order, CancelledBy::Seller).unwrap();
    drive.tell(&order).await.unwrap();
    drive.work_off().await.unwrap();
    assert_eq!(void_of(&record(&world, &order).await), Some(Void::Submitted));
    (world, order, tracking)
}

fn void_of(record: &OrderRecord) -> Option<Void> {
    match &record.shipments[0].stage {
        Stage::Cancelled { voided } => voided.as_ref().map(|(_, void)| *void),
        _ => None,
    }
}

/// How often the carrier is asked after the refund while `span` and a minute pass.
async fn asked_within(world: &World, span: SignedDuration) -> usize {
    let asked = || world.sandbox.easypost.faults().log().count(CallKind::ShipmentGet);
    let before = asked();
    world.clock.advance(span);
    world.drive(FaultPlan::none()).unwrap().work_for(SignedDuration::from_mins(1)).await.unwrap();
    usize::try_from(asked() - before).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_followed_to_its_end() {
    for (settled, void, exceptions) in [
        (RefundStatus::Refunded, Void::Refunded, [].as_slice()),
        (RefundStatus::Rejected, Void::Rejected, &[ExceptionKind::VoidRefused]),
    ] {
        let (world, order, tracking) = Box::pin(given_back()).await;
        assert!(world.sandbox.easypost.settle_refund(&tracking, settled));
        assert_eq!(asked_within(&world, SignedDuration::from_hours(23)).await, 0, "{settled:?}");
        assert_eq!(void_of(&record(&world, &order).await), Some(Void::Submitted), "{settled:?}");
        assert_eq!(asked_within(&world, SignedDuration::from_hours(1)).await, 1, "{settled:?}");
        let ended = record(&world, &order).await;
        assert_eq!(void_of(&ended), Some(void));
        assert_eq!(open(&ended), exceptions);
        no_label_is_kept(&world, &ended);
        assert_eq!(asked_within(&world, DAY + DAY).await, 0, "{settled:?}: it has ended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_does_not_come_is_shown_after_thirty_days() {
    let (world, order, tracking) = Box::pin(given_back()).await;
    for day in 1..=31 {
        assert_eq!(asked_within(&world, DAY).await, 1, "day {day}");
        let waiting = record(&world, &order).await;
        assert_eq!(void_of(&waiting), Some(Void::Submitted), "day {day}");
        let expected: &[_] = if day < 30 { &[] } else { &[ExceptionKind::RefundOverdue] };
        assert_eq!(open(&waiting), expected, "day {day}");
    }
    no_label_is_kept(&world, &record(&world, &order).await);
    // It comes after all.
    assert!(world.sandbox.easypost.settle_refund(&tracking, RefundStatus::Refunded));
    assert_eq!(asked_within(&world, DAY).await, 1);
    let ended = record(&world, &order).await;
    assert_eq!((void_of(&ended), open(&ended)), (Some(Void::Refunded), Vec::new()));
}
